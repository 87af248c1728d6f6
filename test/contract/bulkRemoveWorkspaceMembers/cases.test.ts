import { expect, test } from 'vitest'
import { deleteKeys } from '../../../src/contract/management/keys.ts'
import {
  bulkAddWorkspaceMembers,
  bulkRemoveWorkspaceMembers,
  listWorkspaceMembers,
} from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

async function workspaceWithAdmin(): Promise<string> {
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [gateway.userId] })
  return id
}

test('200 counts who was removed, and nobody the second time', async () => {
  const id = await workspaceWithAdmin()
  const body = { user_ids: [gateway.userId, 'user_stranger'] }
  for (const removed_count of [1, 0]) {
    const answer = await send('POST', `/api/v1/workspaces/${id}/members/remove`, { body })
    expect(expectAnswer(answer, 200, bulkRemoveWorkspaceMembers.output)).toEqual({ removed_count })
  }
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(0)
})

test('400 while a member owns a key there; 200 once the key is deleted', async () => {
  const id = await workspaceWithAdmin()
  const { data } = await newKey({ workspace_id: id, creator_user_id: gateway.userId })
  const body = { user_ids: [gateway.userId] }
  expectError(await send('POST', `/api/v1/workspaces/${id}/members/remove`, { body }), 400, gateway.userId)
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(1)
  await call(deleteKeys, { hash: data.hash })
  expect(await call(bulkRemoveWorkspaceMembers, { id, ...body })).toEqual({ removed_count: 1 })
})

test('400 in the default workspace, which nobody of the organization can leave', async () => {
  const body = { user_ids: [gateway.userId] }
  expectError(await send('POST', '/api/v1/workspaces/default/members/remove', { body }), 400, 'organization')
})

test('400 for an empty list', async () => {
  const id = await workspaceWithAdmin()
  expectError(
    await send('POST', `/api/v1/workspaces/${id}/members/remove`, { body: { user_ids: [] } }),
    400,
    'user_ids',
  )
})

test('404 for an unknown workspace', async () => {
  const body = { user_ids: [gateway.userId] }
  expectError(await send('POST', `/api/v1/workspaces/${NO_UUID}/members/remove`, { body }), 404, 'Workspace not found')
})
