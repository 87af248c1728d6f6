import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers, listWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { crowd, NO_UUID, newWorkspace, signInAnew } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

test('200 adds a member with the role it has in the organization; again changes nothing', async () => {
  const { id } = await newWorkspace()
  const body = { user_ids: [gateway.userId, gateway.userId] }
  const answers = [
    await send('POST', `/api/v1/workspaces/${id}/members/add`, { body }),
    await send('POST', `/api/v1/workspaces/${id}/members/add`, { body }),
  ].map((answer) => expectAnswer(answer, 200, bulkAddWorkspaceMembers.output))
  expect(answers[0]).toMatchObject({
    added_count: 1,
    data: [{ user_id: gateway.userId, role: 'admin', workspace_role: 'admin' }],
  })
  expect(answers[1]).toEqual(answers[0])
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(1)
})

test('200 gives newcomers the role that is named, and members keep theirs until one is named', async () => {
  const { id } = await newWorkspace()
  const path = `/api/v1/workspaces/${id}/members/add`
  const [orgMember, viewer] = crowd(2)
  if (!orgMember || !viewer) throw new Error('two members to add')
  const add = async (body: object) =>
    expectAnswer(await send('POST', path, { body }), 200, bulkAddWorkspaceMembers.output).data.map(
      ({ user_id, role, workspace_role }) => [user_id, role, workspace_role],
    )
  expect(await add({ user_ids: [viewer.userId], workspace_role: 'viewer' })).toEqual([
    [viewer.userId, 'member', 'viewer'],
  ])
  expect((await add({ user_ids: [viewer.userId, orgMember.userId] })).toSorted()).toEqual(
    [
      [viewer.userId, 'member', 'viewer'],
      [orgMember.userId, 'member', 'developer'],
    ].toSorted(),
  )
  expect(await add({ user_ids: [viewer.userId], workspace_role: 'admin' })).toEqual([[viewer.userId, 'admin', 'admin']])
})

test('400 for a sixth Admin or a fourth Billing Manager, naming cap and count, and nobody is added', async () => {
  const { id } = await newWorkspace()
  const path = `/api/v1/workspaces/${id}/members/add`
  const six = crowd(6).map(({ userId }) => userId)
  const add = (user_ids: string[], workspace_role: string) => send('POST', path, { body: { user_ids, workspace_role } })
  expectError(await add(six, 'admin'), 400, 'at most 5 .* admin.* there would be 6')
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(0)
  expect((await add(six.slice(1), 'admin')).status).toBe(200)
  expect((await add([gateway.userId], 'admin')).status).toBe(200)
  expectError(await add(six.slice(0, 1), 'admin'), 400, 'at most 5 .* admin.* there would be 6')
  expect((await add(six.slice(0, 4), 'viewer')).status).toBe(200)
  expectError(await add(six.slice(0, 4), 'billing_manager'), 400, 'at most 3 .* billing_manager.* there would be 4')
  expect((await add(six.slice(0, 3), 'billing_manager')).status).toBe(200)
})

test('403 for a role that a custom role of the caller does not include', async () => {
  const { id } = await newWorkspace()
  const [orgMember, viewer] = crowd(2)
  if (!orgMember || !viewer) throw new Error('two members to add')
  const role = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, {
    name: newSlug(),
    permissions: ['workspace:read', 'member:read', 'member:write'],
  })
  await call(bulkAddWorkspaceMembers, { id, user_ids: [orgMember.userId], workspace_role: 'viewer' })
  const fields = { id, user_id: orgMember.userId, custom_role_id: role.data.id }
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, fields)
  const cookie = await signInAnew(orgMember)
  const add = (body: object) => send('POST', `/api/v1/workspaces/${id}/members/add`, { cookie, body })
  for (const workspace_role of ['admin', 'developer', 'viewer', 'billing_manager']) {
    const answer = await add({ user_ids: [viewer.userId], workspace_role })
    expectError(answer, 403, 'which you do not have yourself')
  }
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(1)
})

test('200 in the default workspace, where everybody already is', async () => {
  const body = { user_ids: [gateway.userId] }
  const answer = await send('POST', '/api/v1/workspaces/default/members/add', { body })
  const listed = await call(listWorkspaceMembers, { id: 'default' })
  const data = listed.data.filter(({ user_id }) => user_id === gateway.userId)
  expect(expectAnswer(answer, 200, bulkAddWorkspaceMembers.output)).toEqual({ added_count: 0, data })
})

test('400 for a user who is not in the organization, and nobody is added', async () => {
  const { id } = await newWorkspace()
  const body = { user_ids: [gateway.userId, 'user_stranger'] }
  expectError(await send('POST', `/api/v1/workspaces/${id}/members/add`, { body }), 400, 'user_stranger')
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(0)
})

test.each([
  ['no list', {}],
  ['an empty list', { user_ids: [] }],
  ['101 users', { user_ids: Array.from({ length: 101 }, (_, index) => `user_${index}`) }],
  ['an empty user', { user_ids: [''] }],
])('400 for %s', async (_name, body) => {
  expectError(await send('POST', '/api/v1/workspaces/default/members/add', { body }), 400, 'user_ids')
})

test('404 for an unknown workspace', async () => {
  const body = { user_ids: [gateway.userId] }
  expectError(await send('POST', `/api/v1/workspaces/${NO_UUID}/members/add`, { body }), 404, 'Workspace not found')
})
