import { expect, test } from 'vitest'
import { bulkAddWorkspaceMembers, listWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 shows everybody of the organization in the default workspace, always under the same id', async () => {
  const answer = await send('GET', '/api/v1/workspaces/default/members')
  const page = expectAnswer(answer, 200, listWorkspaceMembers.output)
  const inDefault = { workspace_id: gateway.defaultWorkspaceId }
  expect(page.data[0]).toMatchObject({ user_id: gateway.userId, role: 'admin', ...inDefault })
  const { userId } = gateway.sessions.orgMember
  const member = page.data.find(({ user_id }) => user_id === userId)
  expect(member).toMatchObject({ role: 'member', workspace_role: 'developer', ...inDefault })
  expect(page.data).toHaveLength(Math.min(50, page.total_count))
  expect((await send('GET', '/api/v1/workspaces/default/members')).body).toEqual(page)
})

test('200 shows nobody in a new workspace, and whom one adds', async () => {
  const { id, slug } = await newWorkspace()
  expect(await call(listWorkspaceMembers, { id })).toEqual({ data: [], total_count: 0 })
  const added = await call(bulkAddWorkspaceMembers, { id, user_ids: [gateway.userId] })
  expect(await call(listWorkspaceMembers, { id: slug })).toEqual({ data: added.data, total_count: 1 })
  expect(await call(listWorkspaceMembers, { id, offset: 1 })).toEqual({ data: [], total_count: 1 })
})

test('400 for a page out of range', async () => {
  expectError(await send('GET', '/api/v1/workspaces/default/members?limit=101'), 400, 'limit')
})

test('404 for an unknown workspace', async () => {
  expectError(await send('GET', `/api/v1/workspaces/${NO_UUID}/members`), 404, 'Workspace not found')
})
