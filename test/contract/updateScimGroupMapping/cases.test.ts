import { expect, test } from 'vitest'
import { SCIM_OPERATIONS } from '../../../src/contract/management/scim.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, send } from '../request.ts'
import { map, newDirectoryGroup, newDirectoryUser, personOf, rolesIn } from '../scim-fixtures.ts'

test('200 changes the role of everybody in the group', async () => {
  const user = await newDirectoryUser()
  const { id } = await newWorkspace()
  const mapping = await map((await newDirectoryGroup([user])).id, id, 'member')
  const person = (await personOf(user)) ?? ''
  expect(await rolesIn(id)).toEqual({ [person]: 'developer' })
  const answer = await send('PATCH', `/api/v1/scim/group-mappings/${mapping.id}`, { body: { role: 'admin' } })
  const { data } = expectAnswer(answer, 200, SCIM_OPERATIONS.updateScimGroupMapping.output)
  expect(data).toEqual({ ...mapping, role: 'admin', updated_at: expect.any(String) })
  expect(await rolesIn(id)).toEqual({ [person]: 'admin' })
})

test('400 for another role', async () => {
  const answer = await send('PATCH', `/api/v1/scim/group-mappings/${NO_UUID}`, { body: { role: 'owner' } })
  expectError(answer, 400, '^role: ')
})

test('404 for an unknown mapping', async () => {
  const answer = await send('PATCH', `/api/v1/scim/group-mappings/${NO_UUID}`, { body: { role: 'admin' } })
  expectError(answer, 404, '^Group mapping not found$')
})
