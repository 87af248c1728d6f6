import { expect, test } from 'vitest'
import { bulkAddWorkspaceMembers, listWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

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
