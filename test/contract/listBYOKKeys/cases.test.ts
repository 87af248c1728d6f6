import { expect, test } from 'vitest'
import { BYOK_OPERATIONS } from '../../../src/contract/management/byok.ts'
import { newByokKey } from '../byok-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'

const PATH = '/api/v1/byok'
const { listBYOKKeys } = BYOK_OPERATIONS

async function list(query: string) {
  return expectAnswer(await send('GET', `${PATH}?${query}`), 200, listBYOKKeys.output)
}

test('200 gives those of the workspace and those of all workspaces, by provider and order', async () => {
  const { id } = await newWorkspace()
  const second = await newByokKey({ workspace_id: id, provider: 'openai' })
  const first = await newByokKey({ workspace_id: id, provider: 'anthropic' })
  const everywhere = await newByokKey({ workspace_id: null, provider: 'xai' })
  await newByokKey({ provider: 'openai' })
  const { data } = await list(`workspace_id=${id}`)
  const ids = data.map((row) => row.id)
  expect(ids.filter((row) => [first.id, second.id, everywhere.id].includes(row))).toEqual([
    first.id,
    second.id,
    everywhere.id,
  ])
  expect(data.filter(({ workspace_id }) => workspace_id !== id && workspace_id !== null)).toEqual([])
})

test('200 in pages, and of one provider', async () => {
  const { id } = await newWorkspace()
  const made = []
  for (let n = 0; n < 3; n += 1) made.push(await newByokKey({ workspace_id: id, provider: 'mistral' }))
  await newByokKey({ workspace_id: id, provider: 'openai' })
  const page = await list(`workspace_id=${id}&provider=mistral&limit=2&offset=1`)
  expect(page).toEqual({ data: made.slice(1), total_count: 3 })
})

test.each([['limit=0'], ['limit=101'], ['offset=-1'], ['workspace_id=default'], ['provider=']])(
  '400 for %s',
  async (query) => {
    expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
  },
)

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `${PATH}?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
})
