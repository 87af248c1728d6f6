import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newWorkspace, signInAnew, spare } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/custom-roles'
const { createCustomRole, updateCustomRole } = CUSTOM_ROLE_OPERATIONS

async function newRole() {
  return (await call(createCustomRole, { name: newSlug(), description: 'Text', permissions: ['workspace:read'] })).data
}

test('200 changes what is named and keeps the rest', async () => {
  const role = await newRole()
  const patch = async (body: object) =>
    expectAnswer(await send('PATCH', `${PATH}/${role.id}`, { body }), 200, updateCustomRole.output).data
  const updated_at = expect.any(String)
  expect(await patch({ permissions: ['audit:read'] })).toEqual({ ...role, permissions: ['audit:read'], updated_at })
  expect(await patch({ description: null, name: role.name })).toMatchObject({ name: role.name, description: null })
})

test('200 changes at once what everybody with the role may', async () => {
  const role = await newRole()
  const { id } = await newWorkspace()
  const orgMember = spare(12)
  await call(bulkAddWorkspaceMembers, { id, user_ids: [orgMember.userId] })
  const fields = { id, user_id: orgMember.userId, custom_role_id: role.id }
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, fields)
  const cookie = await signInAnew(orgMember)
  const rename = () => send('PATCH', `/api/v1/workspaces/${id}`, { cookie, body: { name: 'Renamed' } })
  expectError(await rename(), 403, 'workspace:update')
  await call(updateCustomRole, { id: role.id, permissions: ['workspace:read', 'workspace:update'] })
  expect((await rename()).status).toBe(200)
})

test('400 for the name of another role, an empty set and an unknown permission', async () => {
  const [role, other] = [await newRole(), await newRole()]
  const path = `${PATH}/${role.id}`
  expectError(await send('PATCH', path, { body: { name: other.name } }), 400, 'name: .*exists')
  expectError(await send('PATCH', path, { body: { permissions: [] } }), 400, 'permissions')
  expectError(await send('PATCH', path, { body: { permissions: ['everything'] } }), 400, 'permissions')
})

test('404 for an unknown role and one of another organization', async () => {
  const body = { name: newSlug() }
  expectError(await send('PATCH', `${PATH}/${NO_UUID}`, { body }), 404, 'Custom role not found')
  const { id } = await newRole()
  const key = gateway.other.managementKey
  expectError(await send('PATCH', `${PATH}/${id}`, { body, key }), 404, 'Custom role not found')
})
