import { expect, test } from 'vitest'
import { getKey } from '../../../src/contract/management/keys.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers, listWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newKey, newWorkspace, signInAnew, spare } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { deleteWorkspaceMember } = MEMBER_OPERATIONS
const leaver = spare(2)
const heir = spare(3)

async function newTeam(): Promise<{ id: string; path: string }> {
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [leaver.userId, heir.userId] })
  return { id, path: `/api/v1/workspaces/${id}/members/${leaver.userId}` }
}

const ownedKey = (workspace_id: string) => newKey({ workspace_id, creator_user_id: leaver.userId })

test('200 removes somebody without keys, and only from this workspace', async () => {
  const { id, path } = await newTeam()
  const { id: elsewhere } = await newTeam()
  const answer = await send('DELETE', path)
  expect(expectAnswer(answer, 200, deleteWorkspaceMember.output)).toEqual({ deleted: true, key_hashes: [] })
  expect((await call(listWorkspaceMembers, { id })).data.map(({ user_id }) => user_id)).toEqual([heir.userId])
  expect((await call(listWorkspaceMembers, { id: elsewhere })).total_count).toBe(2)
  expectError(
    await send('GET', `/api/v1/workspaces/${id}`, { cookie: await signInAnew(leaver) }),
    404,
    'Workspace not found',
  )
})

test('200 with keys=delete ends the keys in this workspace, and only here', async () => {
  const { id, path } = await newTeam()
  const { id: elsewhere } = await newTeam()
  const here = await ownedKey(id)
  const there = await ownedKey(elsewhere)
  const answer = await send('DELETE', `${path}?keys=delete`)
  const { key_hashes } = expectAnswer(answer, 200, deleteWorkspaceMember.output)
  expect(key_hashes).toEqual([here.data.hash])
  expectError(await send('GET', `/api/v1/keys/${here.data.hash}`), 404, 'API key not found')
  expectError(await send('GET', '/api/v1/key', { key: here.key }), 401, 'User not found')
  expect((await send('GET', '/api/v1/key', { key: there.key })).status).toBe(200)
})

test('200 with keys=transfer gives the keys to another member, and they go on working', async () => {
  const { id, path } = await newTeam()
  const { key, data } = await ownedKey(id)
  const answer = await send('DELETE', `${path}?keys=transfer&transfer_to=${heir.userId}`)
  expect(expectAnswer(answer, 200, deleteWorkspaceMember.output).key_hashes).toEqual([data.hash])
  expect((await call(getKey, { hash: data.hash })).data).toMatchObject({
    creator_user_id: heir.userId,
    disabled: false,
  })
  expect((await send('GET', '/api/v1/key', { key })).status).toBe(200)
})

test('200: who goes leads no project of the workspace any more', async () => {
  const { id, path } = await newTeam()
  const body = { slug: 'launch', name: 'Launch', lead_user_ids: [heir.userId, leaver.userId] }
  expect((await send('POST', `/api/v1/workspaces/${id}/projects`, { body })).status).toBe(201)
  expect((await send('DELETE', path)).status).toBe(200)
  const { body: project } = await send('GET', `/api/v1/workspaces/${id}/projects/launch`)
  expect(project).toMatchObject({ data: { lead_user_ids: [heir.userId] } })
})

test('400 while keys live on, listing them, and nothing has changed', async () => {
  const { id, path } = await newTeam()
  const { data } = await ownedKey(id)
  const answer = await send('DELETE', path)
  expectError(answer, 400, `keys: .*${leaver.userId}: ${data.label.replaceAll('.', '\\.')}`)
  expect(answer.body).toMatchObject({ error: { metadata: { keys: [{ hash: data.hash, name: data.name }] } } })
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(2)
})

test.each([
  ['an heir without a transfer', `?transfer_to=${heir.userId}`, 'transfer_to: only'],
  ['a transfer without an heir', '?keys=transfer', 'transfer_to: required'],
  ['a transfer to the leaver', `?keys=transfer&transfer_to=${leaver.userId}`, 'transfer_to: must be somebody else'],
  ['an heir outside the organization', '?keys=transfer&transfer_to=user_unknown', 'may not have API keys'],
  ['an heir outside the workspace', `?keys=transfer&transfer_to=${spare(4).userId}`, 'may not have API keys'],
  ['an unknown fate', '?keys=keep', 'keys'],
])('400 for %s', async (_name, query, message) => {
  const { id, path } = await newTeam()
  await ownedKey(id)
  expectError(await send('DELETE', path + query), 400, message)
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(2)
})

test('400 in the default workspace, which everybody in the organization belongs to', async () => {
  const path = `/api/v1/workspaces/default/members/${leaver.userId}`
  expectError(await send('DELETE', path), 400, 'default workspace')
})

test('403 for a developer, also of themselves', async () => {
  const { developer } = gateway.sessions
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}/members/${developer.userId}`
  expectError(await send('DELETE', path, { cookie: developer.cookie }), 403, 'member:write')
})

test('404 for an unknown workspace, for who is no member, and for who has been removed', async () => {
  const { path } = await newTeam()
  const unknown = `/api/v1/workspaces/${NO_UUID}/members/${leaver.userId}`
  expectError(await send('DELETE', unknown), 404, 'Workspace not found')
  expect((await send('DELETE', path)).status).toBe(200)
  expectError(await send('DELETE', path), 404, 'Member not found')
  expectError(await send('DELETE', path.replace(leaver.userId, 'user_unknown')), 404, 'Member not found')
})
