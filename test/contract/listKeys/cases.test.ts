import { expect, test } from 'vitest'
import { deleteKeys, listKeys, updateKeys } from '../../../src/contract/management/keys.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

async function hashes(query: Parameters<typeof call<typeof listKeys>>[1]): Promise<string[]> {
  return (await call(listKeys, query)).data.map(({ hash }) => hash)
}

test('200 shows the default workspace alone when none is named', async () => {
  const [here, there] = [await newKey(), await newKey({ workspace_id: (await newWorkspace()).id })]
  const { data } = expectAnswer(await send('GET', '/api/v1/keys'), 200, listKeys.output)
  expect(data.map(({ hash }) => hash)).toContain(here.data.hash)
  expect(data.map(({ hash }) => hash)).not.toContain(there.data.hash)
  expect(new Set(data.map((key) => key.workspace_id))).toEqual(new Set([gateway.defaultWorkspaceId]))
  expect(await hashes({ workspace_id: there.data.workspace_id })).toEqual([there.data.hash])
})

test('200 leaves deleted keys out, and disabled ones unless asked for', async () => {
  const { id: workspace_id } = await newWorkspace()
  const keys = [await newKey({ workspace_id }), await newKey({ workspace_id }), await newKey({ workspace_id })]
  const [live = '', disabled = '', deleted = ''] = keys.map(({ data }) => data.hash)
  await call(updateKeys, { hash: disabled, disabled: true })
  await call(deleteKeys, { hash: deleted })
  expect(await hashes({ workspace_id })).toEqual([live])
  expect(await hashes({ workspace_id, include_disabled: true })).toEqual([disabled, live])
  expect(await hashes({ workspace_id, include_disabled: false })).toEqual([live])
})

test('200 shows management keys only when asked for, wherever they are', async () => {
  const { data } = await newKey({ type: 'management' })
  expect(await hashes({})).not.toContain(data.hash)
  expect(await hashes({ type: 'management' })).toContain(data.hash)
  expect((await call(listKeys, { type: 'management' })).data.map(({ type }) => type)).not.toContain('standard')
})

test('200 has pages of 100, newest first', async () => {
  const { id: workspace_id } = await newWorkspace()
  const made: string[] = []
  for (let count = 0; count < 103; count += 1) made.unshift((await newKey({ workspace_id })).data.hash)
  expect(await hashes({ workspace_id })).toEqual(made.slice(0, 100))
  expect(await hashes({ workspace_id, offset: 100 })).toEqual(made.slice(100))
  expect(await hashes({ workspace_id, offset: 103 })).toEqual([])
})

test.each([
  ['offset=-1', 'offset'],
  ['offset=abc', 'offset'],
  ['limit=10', 'limit'],
  ['include_disabled=maybe', 'include_disabled'],
  ['workspace_id=default', 'workspace_id'],
  ['type=all', 'type'],
])('400 names what is wrong in ?%s', async (query, name) => {
  expectError(await send('GET', `/api/v1/keys?${query}`), 400, name)
})

test('404 for an unknown workspace', async () => {
  expectError(await send('GET', `/api/v1/keys?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
})
