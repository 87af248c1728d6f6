import { expect, test } from 'vitest'
import { FALSE_POSITIVE_OPERATIONS } from '../../../src/contract/inference/false-positives.ts'
import { listLogs } from '../../../src/contract/management/logs.ts'
import { FALSE_POSITIVE_PATH, newFiltered } from '../false-positive-fixtures.ts'
import { newKey, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { markFalsePositive, unmarkFalsePositive } = FALSE_POSITIVE_OPERATIONS

async function unmark(id: string, finding?: number) {
  const query = finding === undefined ? '' : `&finding=${finding}`
  const answer = await send('DELETE', `${FALSE_POSITIVE_PATH}?id=${id}${query}`)
  const { data } = expectAnswer(answer, 200, unmarkFalsePositive.output)
  return data.guardrail_findings.map(({ false_positive }) => false_positive !== null)
}

test('200 takes back one finding, then the rest, and the log no longer shows the request as marked', async () => {
  const { say, workspaceId } = await newFiltered()
  const id = await say('PRJ-7 is asked for by a@b.de')
  await call(markFalsePositive, { id })
  const listed = async () => (await call(listLogs, { workspace_id: workspaceId, false_positive: true })).data.length
  expect(await unmark(id, 0)).toEqual([false, true])
  expect(await listed()).toBe(1)
  expect(await unmark(id)).toEqual([false, false])
  expect(await listed()).toBe(0)
})

test('200 where nothing was marked, of a refused request, too', async () => {
  const { say } = await newFiltered()
  const id = await say('123-45-6789')
  expect(await unmark(id)).toEqual([false])
  await call(markFalsePositive, { id })
  expect(await unmark(id)).toEqual([false])
})

test('400 without a request, for a finding that is no number, and where nothing was found', async () => {
  expectError(await send('DELETE', FALSE_POSITIVE_PATH), 400, 'id')
  expectError(await send('DELETE', `${FALSE_POSITIVE_PATH}?id=gen-1&finding=email`), 400, 'finding')
  const { generationId } = await spend((await newKey()).key)
  expectError(await send('DELETE', `${FALSE_POSITIVE_PATH}?id=${generationId}`), 400, /^id: /)
})

test('404 for an unknown generation', async () => {
  const id = `gen-${Math.floor(Date.now() / 1_000)}-00000000000000000000`
  expectError(await send('DELETE', `${FALSE_POSITIVE_PATH}?id=${id}`), 404, 'Generation not found')
})
