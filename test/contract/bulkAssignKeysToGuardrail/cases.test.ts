import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { NO_HASH, NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { bulkAssignKeysToGuardrail, listGuardrailKeyAssignments } = GUARDRAIL_OPERATIONS
const assign = (id: string, body: unknown) => send('POST', `/api/v1/guardrails/${id}/assignments/keys`, { body })

async function assigned(id: string): Promise<string[]> {
  const { data } = await call(listGuardrailKeyAssignments, { id })
  return data.map(({ key_hash }) => key_hash)
}

test('200 counts each key once; again changes nothing', async () => {
  const { id } = await newGuardrail()
  const [first, second] = [(await newKey()).data.hash, (await newKey()).data.hash]
  const answers = [
    await assign(id, { key_hashes: [first, second, first] }),
    await assign(id, { key_hashes: [first] }),
  ].map((answer) => expectAnswer(answer, 200, bulkAssignKeysToGuardrail.output))
  expect(answers).toEqual([{ assigned_count: 2 }, { assigned_count: 1 }])
  expect((await assigned(id)).toSorted()).toEqual([first, second].toSorted())
})

test('200 replaces the guardrail that a key had', async () => {
  const [old, now] = [await newGuardrail(), await newGuardrail()]
  const { hash } = (await newKey()).data
  await call(bulkAssignKeysToGuardrail, { id: old.id, key_hashes: [hash] })
  await call(bulkAssignKeysToGuardrail, { id: now.id, key_hashes: [hash] })
  expect([await assigned(old.id), await assigned(now.id)]).toEqual([[], [hash]])
})

test('400 for an unknown key, a deleted one and one of another workspace, and none is assigned', async () => {
  const { id } = await newGuardrail()
  const fine = (await newKey()).data.hash
  const deleted = (await newKey()).data.hash
  await send('DELETE', `/api/v1/keys/${deleted}`)
  const elsewhere = (await newKey({ workspace_id: (await newWorkspace()).id })).data.hash
  for (const wrong of [NO_HASH, deleted, elsewhere]) {
    expectError(await assign(id, { key_hashes: [fine, wrong] }), 400, `^key_hashes: .*${wrong}`)
    expect(await assigned(id)).toEqual([])
  }
})

test.each([
  ['no list', {}],
  ['an empty list', { key_hashes: [] }],
  ['an empty hash', { key_hashes: [''] }],
  ['1001 hashes', { key_hashes: Array.from({ length: 1_001 }, (_, index) => `h${index}`) }],
])('400 for %s', async (_name, body) => {
  const { id } = await newGuardrail()
  expectError(await assign(id, body), 400, 'key_hashes')
})

test('404 for an unknown guardrail', async () => {
  expectError(await assign(NO_UUID, { key_hashes: [NO_HASH] }), 404, /^Guardrail not found$/)
})
