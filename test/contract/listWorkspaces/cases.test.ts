import { expect, test } from 'vitest'
import { deleteWorkspace, listWorkspaces } from '../../../src/contract/management/workspaces.ts'
import { newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 lists the default workspace with exactly the declared keys', async () => {
  const { data, total_count } = expectAnswer(await send('GET', '/api/v1/workspaces'), 200, listWorkspaces.output)
  expect(data[0]).toMatchObject({ id: gateway.defaultWorkspaceId, slug: 'default', updated_at: null })
  expect(data[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/)
  expect(data).toHaveLength(Math.min(50, total_count))
})

test('200 pages without a gap and says how many there are in all', async () => {
  for (let count = 0; count < 3; count += 1) await newWorkspace()
  const total = (await call(listWorkspaces, {})).total_count
  const paged = new Set<string>()
  for (let offset = 0; offset < total; offset += 7) {
    const page = await call(listWorkspaces, { offset, limit: 7 })
    expect(page.total_count).toBe(total)
    expect(page.data).toHaveLength(Math.min(7, total - offset))
    for (const { id } of page.data) paged.add(id)
  }
  expect(paged.size).toBe(total)
  expect((await call(listWorkspaces, { offset: total })).data).toEqual([])
})

test('200 leaves deleted workspaces out', async () => {
  const before = await call(listWorkspaces, {})
  const { id } = await newWorkspace()
  await call(deleteWorkspace, { id })
  expect(await call(listWorkspaces, {})).toEqual(before)
})

test.each([
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=ten', 'limit'],
  ['limit=', 'limit'],
  ['offset=-1', 'offset'],
  ['offset=1.5', 'offset'],
  ['offset=0x1', 'offset'],
  ['offset=1&offset=2', 'offset'],
  ['offset=99999999999999', 'offset'],
  ['page=2', 'page'],
])('400 names what is wrong in ?%s', async (query, name) => {
  expectError(await send('GET', `/api/v1/workspaces?${query}`), 400, name)
})
