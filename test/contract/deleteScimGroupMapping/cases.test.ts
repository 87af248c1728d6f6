import { expect, test } from 'vitest'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectError, send } from '../request.ts'
import { map, newDirectoryGroup, newDirectoryUser, personOf, rolesIn } from '../scim-fixtures.ts'

const PATH = '/api/v1/scim/group-mappings'

async function mapped() {
  const user = await newDirectoryUser()
  const { id } = await newWorkspace()
  const mapping = await map((await newDirectoryGroup([user])).id, id, 'member')
  return { id, mapping, person: (await personOf(user)) ?? '' }
}

test('200 removes whom the mapping added', async () => {
  const { id, mapping } = await mapped()
  expect((await send('DELETE', `${PATH}/${mapping.id}?keep_members=false`)).body).toEqual({ deleted: true })
  expect(await rolesIn(id)).toEqual({})
  expectError(await send('GET', `${PATH}/${mapping.id}`), 404, 'not found')
})

test('200 keeps whom the mapping added, as if added by hand', async () => {
  const { id, mapping, person } = await mapped()
  const body = { user_ids: [person] }
  expectError(await send('POST', `/api/v1/workspaces/${id}/members/remove`, { body }), 400, 'SCIM group')
  expect((await send('DELETE', `${PATH}/${mapping.id}?keep_members=true`)).status).toBe(200)
  expect(await rolesIn(id)).toEqual({ [person]: 'developer' })
  expect((await send('POST', `/api/v1/workspaces/${id}/members/remove`, { body })).body).toEqual({ removed_count: 1 })
})

test('400 without a word about the members', async () => {
  const { id, mapping, person } = await mapped()
  expectError(await send('DELETE', `${PATH}/${mapping.id}`), 400, '^keep_members: ')
  expect(await rolesIn(id)).toEqual({ [person]: 'developer' })
})

test('404 for an unknown mapping', async () => {
  expectError(await send('DELETE', `${PATH}/${NO_UUID}?keep_members=true`), 404, '^Group mapping not found$')
})
