import { expect, test } from 'vitest'
import { WORKSPACE_PERMISSIONS } from '../../src/contract/common/permissions.ts'
import { CUSTOM_ROLE_OPERATIONS } from '../../src/contract/management/custom-roles.ts'
import { GUARDRAIL_OPERATIONS } from '../../src/contract/management/guardrails.ts'
import { listKeys } from '../../src/contract/management/keys.ts'
import { MEMBER_OPERATIONS } from '../../src/contract/management/members.ts'
import { SCIM_OPERATIONS } from '../../src/contract/management/scim.ts'
import { bulkAddWorkspaceMembers } from '../../src/contract/management/workspaces.ts'
import { DESTINATIONS, newDestination } from './destination-fixtures.ts'
import { crowd, newEmail, newKey, newWorkspace, signInAnew } from './fixtures.ts'
import { newGuardrail } from './guardrail-fixtures.ts'
import { exchange, newCode } from './oauth-fixtures.ts'
import { call, expectError, gateway, newSlug, send } from './request.ts'
import { map, newDirectoryGroup } from './scim-fixtures.ts'

/*
 * Nobody gets, or gives, more than they have: not by a key that changes hands, not by an application's code, not by a management
 * key with a part of its work, not by a guardrail that an administrator of the organization put on them.
 */

/** Signed in, whatever other tests did with their roles. */
async function two() {
  const [one, other] = crowd(2)
  if (one === undefined || other === undefined) throw new Error('nobody there')
  return [{ ...one, cookie: await signInAnew(one) }, other] as const
}

/** A workspace in which two members have these roles. */
async function workspaceOf(role: 'admin' | 'developer', otherRole: 'admin' | 'developer') {
  const [one, other] = await two()
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [one.userId], workspace_role: role })
  await call(bulkAddWorkspaceMembers, { id, user_ids: [other.userId], workspace_role: otherRole })
  return { id, one, other }
}

test('a key that reaches what is its maker’s own is not passed on: its secret would reach the heir’s', async () => {
  for (const heirRole of ['admin', 'developer'] as const) {
    const { id, one: leaver, other: heir } = await workspaceOf('developer', heirRole)
    const permissions = ['inference', 'key:read', 'key:rotate']
    const { data } = await newKey({ workspace_id: id, type: 'scoped', permissions, creator_user_id: leaver.userId })
    const path = `/api/v1/workspaces/${id}/members/${leaver.userId}`
    const query = `?keys=transfer&transfer_to=${heir.userId}`
    expectError(await send('DELETE', path + query), 400, `transfer_to: ${data.label} .* more than before`)
    await send('DELETE', `/api/v1/keys/${data.hash}`)
    const plain = await newKey({ workspace_id: id, creator_user_id: leaver.userId })
    expect((await send('DELETE', path + query)).body).toEqual({ deleted: true, key_hashes: [plain.data.hash] })
  }
})

test('a key of an Admin goes to another Admin with all that it may', async () => {
  const { id, one: leaver, other: heir } = await workspaceOf('admin', 'admin')
  const permissions = ['member:read', 'key:read']
  const { data } = await newKey({ workspace_id: id, type: 'scoped', permissions, creator_user_id: leaver.userId })
  const path = `/api/v1/workspaces/${id}/members/${leaver.userId}?keys=transfer&transfer_to=${heir.userId}`
  expect((await send('DELETE', path)).body).toEqual({ deleted: true, key_hashes: [data.hash] })
})

test('a key for an application has the rate limit that comes with the member’s role', async () => {
  const [member] = await two()
  const { id } = await newWorkspace()
  await call(CUSTOM_ROLE_OPERATIONS.upsertRoleTemplate, { role: 'developer', key_rate_limit_rpm: 7 })
  await call(bulkAddWorkspaceMembers, { id, user_ids: [member.userId], workspace_role: 'developer' })
  await call(CUSTOM_ROLE_OPERATIONS.deleteRoleTemplate, { role: 'developer' })
  const code = await newCode({ workspace_id: id }, { cookie: member.cookie })
  expect((await exchange({ code })).status).toBe(200)
  expect((await call(listKeys, { workspace_id: id })).data).toMatchObject([{ rate_limit_rpm: 7 }])
})

test('a code is worth nothing when its maker may not call models any more', async () => {
  const { id, one: member } = await workspaceOf('developer', 'developer')
  const code = await newCode({ workspace_id: id }, { cookie: member.cookie })
  const role = { name: newSlug(), permissions: ['key:create' as const, 'workspace:read' as const] }
  const { data } = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, role)
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id: member.userId, custom_role_id: data.id })
  expectError(await exchange({ code }), 403, 'Invalid code')
})

test('a management key with a part of its work makes nobody an administrator, and removes none', async () => {
  const [member] = await two()
  const { key } = await newKey({ type: 'management', permissions: ['organization-member:write', 'invitation:write'] })
  const path = `/api/v1/organization/members/${member.userId}`
  expectError(await send('PATCH', path, { key, body: { role: 'org:admin' } }), 403, 'This needs the permission')
  await call(MEMBER_OPERATIONS.updateOrganizationMember, { id: member.userId, role: 'org:admin' })
  expectError(await send('PATCH', path, { key, body: { role: 'org:member' } }), 403, 'This needs the permission')
  expectError(await send('DELETE', path, { key }), 403, 'This needs the permission')
  await call(MEMBER_OPERATIONS.updateOrganizationMember, { id: member.userId, role: 'org:member' })
  const body = { email: newEmail(), role: 'org:admin' }
  const invited = await send('POST', '/api/v1/organization/invitations', { key, body })
  expectError(invited, 403, 'This needs the permission')
})

test('a management key with a part of its work puts no more into a role, and maps no group to more', async () => {
  const { key } = await newKey({ type: 'management', permissions: ['custom-role:write', 'scim:write', 'member:read'] })
  const wide = { permissions: Object.keys(WORKSPACE_PERMISSIONS) }
  const create = { key, body: { name: newSlug(), ...wide } }
  const custom = '/api/v1/organization/custom-roles'
  expectError(await send('POST', custom, create), 403, 'This needs the permission')
  const { data: role } = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, {
    name: newSlug(),
    permissions: ['member:read'],
  })
  expectError(await send('PATCH', `${custom}/${role.id}`, { key, body: wide }), 403, 'This needs the permission')
  expect((await send('PATCH', `${custom}/${role.id}`, { key, body: { permissions: ['member:read'] } })).status).toBe(
    200,
  )
  const [group, { id: workspace_id }] = [await newDirectoryGroup(), await newWorkspace()]
  const mappings = '/api/v1/scim/group-mappings'
  const body = { scim_group_id: group.id, workspace_id, role: 'admin' }
  expectError(await send('POST', mappings, { key, body }), 403, 'which you do not have yourself')
  const mapping = await map(group.id, workspace_id, 'member')
  const widen = { key, body: { role: 'admin' } }
  expectError(await send('PATCH', `${mappings}/${mapping.id}`, widen), 403, 'which you do not have yourself')
  expectError(
    await send('DELETE', `${mappings}/${mapping.id}?keep_members=false`, { key }),
    403,
    'which you do not have yourself',
  )
  await call(SCIM_OPERATIONS.deleteScimGroupMapping, { id: mapping.id, keep_members: false })
})

test('an Admin of a workspace takes off nobody what an administrator of the organization put on them everywhere', async () => {
  const { id, one: admin, other } = await workspaceOf('admin', 'developer')
  const guardrail = await newGuardrail({ workspace_id: id, limit_usd: 1 })
  const input = { id: guardrail.id, member_user_ids: [admin.userId] }
  await call(GUARDRAIL_OPERATIONS.bulkAssignMembersToGuardrail, input)
  const as = { cookie: admin.cookie }
  const path = `/api/v1/guardrails/${guardrail.id}`
  const remove = { ...as, body: { member_user_ids: [admin.userId, other.userId] } }
  expect((await send('POST', `${path}/assignments/members/remove`, remove)).body).toEqual({ unassigned_count: 0 })
  const assigned = await call(GUARDRAIL_OPERATIONS.listGuardrailMemberAssignments, { id: guardrail.id })
  expect(assigned.total_count).toBe(1)
  expectError(await send('PATCH', path, { ...as, body: { limit_usd: null } }), 403, 'holds in other workspaces')
  expectError(await send('DELETE', path, as), 403, 'holds in other workspaces')
  await call(GUARDRAIL_OPERATIONS.bulkUnassignMembersFromGuardrail, input)
  expect((await send('PATCH', path, { ...as, body: { limit_usd: 2 } })).status).toBe(200)
  expect((await send('DELETE', path, as)).status).toBe(200)
})

test('an Admin of a workspace does not change the guardrail that comes with a role everywhere', async () => {
  const { id, one: admin } = await workspaceOf('admin', 'developer')
  const guardrail = await newGuardrail({ workspace_id: id })
  await call(CUSTOM_ROLE_OPERATIONS.upsertRoleTemplate, { role: 'viewer', guardrail_id: guardrail.id })
  const path = `/api/v1/guardrails/${guardrail.id}`
  expectError(await send('DELETE', path, { cookie: admin.cookie }), 403, 'holds in other workspaces')
  await call(CUSTOM_ROLE_OPERATIONS.deleteRoleTemplate, { role: 'viewer' })
  expect((await send('DELETE', path, { cookie: admin.cookie })).status).toBe(200)
})

test('whoever knows a secret that a key had makes no key of their own of it, in no workspace and no organization', async () => {
  const { id, one: member } = await workspaceOf('developer', 'developer')
  const secret = await newKey()
  await send('POST', `/api/v1/keys/${secret.data.hash}/rotate`, { body: { overlap_seconds: 600 } })
  const external = { user: 'partner', api_key: secret.key }
  const inWorkspace = { cookie: member.cookie, body: { name: 'mine', workspace_id: id, external } }
  expectError(await send('POST', '/api/v1/keys', inWorkspace), 400, 'already in use')
  const elsewhere = { key: gateway.other.managementKey, body: { name: 'theirs', external } }
  expectError(await send('POST', '/api/v1/keys', elsewhere), 400, 'already in use')
})

test('whoever says where a destination is does not learn its secrets: they stay only where they were', async () => {
  const config = { secretKey: 'langf-secret-0001', publicKey: 'pk', headers: { 'x-auth': 'another-secret-0002' } }
  const { id } = await newDestination({ type: 'langfuse', config })
  const path = `${DESTINATIONS}/${id}`
  const change = (fields: object) => send('PATCH', path, { body: { config: fields } })
  const baseUrl = 'https://evil.example'
  expectError(await change({ baseUrl }), 400, 'config.secretKey: required, because config.baseUrl')
  const secretKey = 'langf-secret-0009'
  expectError(await change({ baseUrl, secretKey }), 400, 'config.headers: required')
  expectError(
    await change({ baseUrl, secretKey, headers: { 'x-auth': 'ano...0002' } }),
    400,
    'config.headers: required',
  )
  expect((await change({ baseUrl, secretKey, headers: null })).status).toBe(200)
  expect((await change({ baseUrl: `${baseUrl}/v2` })).status).toBe(200)
  expectError(await change({ baseUrl: 'http://evil.example' }), 400, 'config.secretKey: required')
  expect((await change({ baseUrl: 'https://good.example', secretKey })).status).toBe(200)
  await send('DELETE', path)
})
