import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/organization/role-templates'
const { deleteRoleTemplate, upsertRoleTemplate } = CUSTOM_ROLE_OPERATIONS

test('200 makes a template, then changes what is named and clears what is null; newcomers get it, members keep theirs', async () => {
  const put = async (body: object) =>
    expectAnswer(await send('PUT', `${PATH}/viewer`, { body }), 200, upsertRoleTemplate.output).data
  const first = { key_creation: false, spending_limit_usd: 20, limit_reset: 'monthly', key_rate_limit_rpm: 60 }
  expect(await put(first)).toMatchObject({ role: 'viewer', ...first })
  const { id } = await newWorkspace()
  const { viewer, orgMember } = gateway.sessions
  const added = async (user_id: string) =>
    (await call(bulkAddWorkspaceMembers, { id, user_ids: [user_id], workspace_role: 'viewer' })).data[0]
  expect(await added(viewer.userId)).toMatchObject(first)
  const second = { ...first, spending_limit_usd: null, key_creation: true }
  expect(await put({ spending_limit_usd: null, key_creation: true })).toMatchObject(second)
  expect(await added(orgMember.userId)).toMatchObject(second)
  const { data } = await call(bulkAddWorkspaceMembers, { id, user_ids: [viewer.userId] })
  expect(data[0]).toMatchObject(first)
  await call(deleteRoleTemplate, { role: 'viewer' })
})

test.each([
  ['an unknown role', 'owner', {}, 'role'],
  ['a negative limit', 'admin', { spending_limit_usd: -1 }, 'spending_limit_usd'],
  ['half a request a minute', 'admin', { key_rate_limit_rpm: 0.5 }, 'key_rate_limit_rpm'],
  ['an unknown interval', 'admin', { limit_reset: 'yearly' }, 'limit_reset'],
])('400 for %s', async (_name, role, body, field) => {
  expectError(await send('PUT', `${PATH}/${role}`, { body }), 400, field)
})

test('404 for a custom role that does not exist', async () => {
  expectError(await send('PUT', `${PATH}/${NO_UUID}`, { body: {} }), 404, 'Custom role not found')
})
