import { expect, test } from 'vitest'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { listOrganizationMembers } from '../../../src/contract/management/organization.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { crowd, newWorkspace, signInAnew, spare } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { updateOrganizationMember } = MEMBER_OPERATIONS
const member = spare(5)
const { userId, email } = member
const PATH = `/api/v1/organization/members/${userId}`

async function becomes(role: 'org:admin' | 'org:member') {
  return expectAnswer(await send('PATCH', PATH, { body: { role } }), 200, updateOrganizationMember.output).data
}

test('200 promotes and demotes, and it counts from the next session on', async () => {
  let cookie = await signInAnew(member)
  const create = () => send('POST', '/api/v1/workspaces', { cookie, body: { name: 'New', slug: newSlug() } })
  expectError(await create(), 403, 'workspace:create')
  const admin = { id: userId, email, first_name: 'spare-5', last_name: null, role: 'org:admin' }
  expect(await becomes('org:admin')).toEqual(admin)
  expectError(await create(), 401, 'User not found')
  cookie = await signInAnew(member)
  expect((await create()).status).toBe(201)
  expect((await call(listOrganizationMembers, { limit: 100 })).data).toContainEqual(admin)
  expect(await becomes('org:member')).toEqual({ ...admin, role: 'org:member' })
  cookie = await signInAnew(member)
  expectError(await create(), 403, 'workspace:create')
})

test('400: the last administrator cannot be demoted', async () => {
  const { orgAdmin, managementKey } = gateway.other
  const path = `/api/v1/organization/members/${orgAdmin.userId}`
  const body = { role: 'org:member' }
  expectError(await send('PATCH', path, { key: managementKey, body }), 400, 'last administrator')
  expectError(await send('PATCH', path, { cookie: orgAdmin.cookie, body }), 400, 'last administrator')
  expect((await send('PATCH', path, { key: managementKey, body: { role: 'org:admin' } })).status).toBe(200)
})

test('400: nobody is demoted whose explicit role would be one too many in a workspace', async () => {
  await becomes('org:admin')
  const { id, name } = await newWorkspace()
  const user_ids = crowd(5).map(({ userId }) => userId)
  await call(bulkAddWorkspaceMembers, { id, user_ids: [...user_ids, userId], workspace_role: 'admin' })
  expectError(await send('PATCH', PATH, { body: { role: 'org:member' } }), 400, `at most 5 .*"${name}".* be 6`)
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id: userId, workspace_role: 'viewer' })
  await becomes('org:member')
})

test.each([
  ['an unknown role', { role: 'owner' }],
  ['a role of a workspace', { role: 'admin' }],
  ['no role', {}],
])('400 for %s', async (_name, body) => expectError(await send('PATCH', PATH, { body }), 400, 'role'))

test('403 for an Admin of a workspace', async () => {
  const answer = await send('PATCH', PATH, { cookie: gateway.sessions.admin.cookie, body: { role: 'org:admin' } })
  expectError(answer, 403, 'organization-member:write')
})

test('404 for who is not, not any more or elsewhere a member', async () => {
  for (const id of ['user_unknown', gateway.sessions.removed.userId, gateway.other.orgAdmin.userId]) {
    const answer = await send('PATCH', `/api/v1/organization/members/${id}`, { body: { role: 'org:admin' } })
    expectError(answer, 404, 'Member not found')
  }
})
