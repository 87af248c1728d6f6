import { expect, test } from 'vitest'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectError, send } from '../request.ts'
import { expectScimError, map, newDirectoryGroup, newDirectoryUser, rolesIn, scim } from '../scim-fixtures.ts'

test('200 at the door, 204 for the directory: its mappings and what they gave go with it', async () => {
  const group = await newDirectoryGroup([await newDirectoryUser()])
  const { id } = await newWorkspace()
  const mapping = await map(group.id, id, 'member')
  expect((await scim('DELETE', `/Groups/${group.id}`)).status).toBe(204)
  expect(await rolesIn(id)).toEqual({})
  expectError(await send('GET', `/api/v1/scim/group-mappings/${mapping.id}`), 404, 'not found')
  expectScimError(await scim('GET', `/Groups/${group.id}`), 404, '^Group not found$')
})

test('404 for an unknown group', async () => {
  expectScimError(await scim('DELETE', `/Groups/${NO_UUID}`), 404, '^Group not found$')
})
