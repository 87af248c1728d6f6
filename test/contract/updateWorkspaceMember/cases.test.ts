import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers, listWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { crowd, NO_UUID, newWorkspace, signInAnew, spare } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { updateWorkspaceMember } = MEMBER_OPERATIONS
const member = spare(0)
const { userId } = member

async function workspaceWith(workspace_role: 'admin' | 'developer' | 'viewer' | 'billing_manager'): Promise<string> {
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [userId], workspace_role })
  return `/api/v1/workspaces/${id}/members/${userId}`
}

test('200 changes role and spending limit, keeps what is not named and clears what is null', async () => {
  const path = await workspaceWith('viewer')
  const patch = async (body: object) =>
    expectAnswer(await send('PATCH', path, { body }), 200, updateWorkspaceMember.output).data
  expect(await patch({ workspace_role: 'developer', spending_limit_usd: 12.5, limit_reset: 'weekly' })).toMatchObject({
    user_id: userId,
    role: 'member',
    workspace_role: 'developer',
    custom_role_id: null,
    spending_limit_usd: 12.5,
    limit_reset: 'weekly',
  })
  expect(await patch({ limit_reset: null })).toMatchObject({ spending_limit_usd: 12.5, limit_reset: null })
  expect(await patch({ spending_limit_usd: null })).toMatchObject({
    workspace_role: 'developer',
    spending_limit_usd: null,
  })
  expect(await patch({ workspace_role: 'admin' })).toMatchObject({ role: 'admin', workspace_role: 'admin' })
})

test('200: a role counts from the next session on, and no session of the one before goes on', async () => {
  const path = await workspaceWith('viewer')
  const workspace = path.split('/members')[0] ?? ''
  let cookie = await signInAnew(member)
  const rename = () => send('PATCH', workspace, { cookie, body: { name: 'Renamed' } })
  expectError(await rename(), 403, 'workspace:update')
  await send('PATCH', path, { body: { workspace_role: 'admin' } })
  expectError(await rename(), 401, 'User not found')
  cookie = await signInAnew(member)
  expect((await rename()).status).toBe(200)
  await send('PATCH', path, { body: { workspace_role: 'billing_manager' } })
  cookie = await signInAnew(member)
  expectError(await rename(), 403, 'workspace:update')
})

test('200: a custom role gives exactly what it names', async () => {
  const path = await workspaceWith('viewer')
  const workspace = path.split('/members')[0] ?? ''
  const { data: role } = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, {
    name: newSlug(),
    permissions: ['workspace:read', 'workspace:update'],
  })
  const answer = await send('PATCH', path, { body: { custom_role_id: role.id } })
  expect(expectAnswer(answer, 200, updateWorkspaceMember.output).data).toMatchObject({
    role: 'member',
    workspace_role: null,
    custom_role_id: role.id,
  })
  const cookie = await signInAnew(member)
  expect((await send('PATCH', workspace, { cookie, body: { name: 'Renamed' } })).status).toBe(200)
  expectError(await send('GET', `${workspace}/members`, { cookie }), 404, 'Workspace not found')
  expectError(await send('DELETE', workspace, { cookie }), 403, 'workspace:delete')
})

test('200 in the default workspace, where everybody is a developer until told otherwise', async () => {
  const path = `/api/v1/workspaces/default/members/${spare(1).userId}`
  const before = await call(listWorkspaceMembers, { id: 'default', limit: 100 })
  const answer = await send('PATCH', path, { body: { workspace_role: 'viewer' } })
  const { data } = expectAnswer(answer, 200, updateWorkspaceMember.output)
  const mine = before.data.find(({ user_id }) => user_id === spare(1).userId)
  expect(data).toEqual({ ...mine, workspace_role: 'viewer' })
  const after = await call(listWorkspaceMembers, { id: 'default', limit: 100 })
  expect(after.data.find(({ user_id }) => user_id === spare(1).userId)).toEqual(data)
  expect(after.total_count).toBe(before.total_count)
  const body = { name: 'key', workspace_id: gateway.defaultWorkspaceId }
  expectError(await send('POST', '/api/v1/keys', { cookie: await signInAnew(spare(1)), body }), 403, 'key:create')
})

test('200: what comes with a role comes with its change, and what the call says counts before that', async () => {
  const path = await workspaceWith('viewer')
  const { data: role } = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, {
    name: newSlug(),
    permissions: ['workspace:read', 'key:create', 'key:read'],
  })
  await call(CUSTOM_ROLE_OPERATIONS.upsertRoleTemplate, {
    role: role.id,
    key_creation: false,
    spending_limit_usd: 3,
    limit_reset: 'daily',
    key_rate_limit_rpm: 7,
  })
  const patch = async (body: object) =>
    expectAnswer(await send('PATCH', path, { body }), 200, updateWorkspaceMember.output).data
  const terms = { key_creation: false, spending_limit_usd: 3, limit_reset: 'daily', key_rate_limit_rpm: 7 }
  expect(await patch({ custom_role_id: role.id })).toMatchObject(terms)
  const workspace_id = path.split('/')[4]
  const cookie = await signInAnew(member)
  const answer = await send('POST', '/api/v1/keys', { cookie, body: { name: 'key', workspace_id } })
  expectError(answer, 403, 'key:create')
  expect(await patch({ custom_role_id: role.id, spending_limit_usd: 9 })).toMatchObject({
    ...terms,
    spending_limit_usd: 9,
  })
  expect(await patch({ workspace_role: 'developer' })).toMatchObject({
    key_creation: true,
    spending_limit_usd: null,
    limit_reset: null,
    key_rate_limit_rpm: null,
  })
})

test('400 for a sixth Admin, naming cap and count', async () => {
  const path = await workspaceWith('developer')
  const user_ids = crowd(5).map((member) => member.userId)
  await call(bulkAddWorkspaceMembers, { id: path.split('/')[4] ?? '', user_ids, workspace_role: 'admin' })
  expectError(await send('PATCH', path, { body: { workspace_role: 'admin' } }), 400, 'at most 5 .* would be 6')
})

test.each([
  ['nothing to change', {}, 'workspace_role'],
  ['an unknown role', { workspace_role: 'owner' }, 'workspace_role'],
  ['two roles', { workspace_role: 'admin', custom_role_id: NO_UUID }, 'custom_role_id'],
  ['a custom role that does not exist', { custom_role_id: NO_UUID }, 'custom_role_id'],
  ['a negative limit', { spending_limit_usd: -1 }, 'spending_limit_usd'],
  ['an unknown interval', { limit_reset: 'yearly' }, 'limit_reset'],
])('400 for %s', async (_name, body, field) => {
  expectError(await send('PATCH', await workspaceWith('viewer'), { body }), 400, field)
})

test('403 for who may see the members but not change them', async () => {
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}/members/${gateway.sessions.viewer.userId}`
  for (const { cookie: theirs } of [gateway.sessions.developer, gateway.sessions.viewer]) {
    const answer = await send('PATCH', path, { cookie: theirs, body: { workspace_role: 'admin' } })
    expectError(answer, 403, 'member:write')
  }
})

test('404 for an unknown workspace, and for somebody who is not in it or not in the organization', async () => {
  const { id } = await newWorkspace()
  const body = { workspace_role: 'viewer' }
  const unknown = `/api/v1/workspaces/${NO_UUID}/members/${userId}`
  expectError(await send('PATCH', unknown, { body }), 404, 'Workspace not found')
  for (const other of [userId, 'user_unknown', gateway.other.orgAdmin.userId, gateway.sessions.removed.userId]) {
    expectError(await send('PATCH', `/api/v1/workspaces/${id}/members/${other}`, { body }), 404, 'Member not found')
  }
})
