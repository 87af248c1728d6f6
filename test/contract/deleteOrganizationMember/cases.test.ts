import { expect, test } from 'vitest'
import { getKey } from '../../../src/contract/management/keys.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { listOrganizationMembers } from '../../../src/contract/management/organization.ts'
import { bulkAddWorkspaceMembers, listWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { newKey, newWorkspace, signInAnew, spare } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { deleteOrganizationMember, updateOrganizationMember } = MEMBER_OPERATIONS
const pathOf = (userId: string) => `/api/v1/organization/members/${userId}`

async function memberIds(): Promise<string[]> {
  return (await call(listOrganizationMembers, { limit: 100 })).data.map(({ id }) => id)
}

test('200 takes the member out of every workspace and disables the keys, in one call', async () => {
  const leaver = spare(6)
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [leaver.userId] })
  const keys = [
    await newKey({ workspace_id: id, creator_user_id: leaver.userId }),
    await newKey({ creator_user_id: leaver.userId }),
  ]
  const system = await newKey({ workspace_id: id })
  const answer = await send('DELETE', pathOf(leaver.userId))
  const { key_hashes } = expectAnswer(answer, 200, deleteOrganizationMember.output)
  expect(key_hashes).toEqual(keys.map(({ data }) => data.hash))
  for (const { key, data } of keys) {
    expectError(await send('GET', '/api/v1/key', { key }), 401, 'User not found')
    expect((await call(getKey, { hash: data.hash })).data).toMatchObject({ disabled: true })
  }
  expect((await send('GET', '/api/v1/key', { key: system.key })).status).toBe(200)
  expect(await memberIds()).not.toContain(leaver.userId)
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(0)
  expectError(await send('GET', '/api/v1/workspaces', { cookie: leaver.cookie }), 401, 'User not found')
  expectError(await send('DELETE', pathOf(leaver.userId)), 404, 'Member not found')
})

test('200 with keys=transfer and keys=delete', async () => {
  const [first, second, heir] = [spare(7), spare(8), spare(9)]
  const kept = await newKey({ creator_user_id: first.userId })
  const gone = await newKey({ creator_user_id: second.userId })
  const transfer = `${pathOf(first.userId)}?keys=transfer&transfer_to=${heir.userId}`
  expect((await send('DELETE', transfer)).body).toEqual({ deleted: true, key_hashes: [kept.data.hash] })
  const moved = { creator_user_id: heir.userId, disabled: false }
  expect((await call(getKey, { hash: kept.data.hash })).data).toMatchObject(moved)
  expect((await send('DELETE', `${pathOf(second.userId)}?keys=delete`)).status).toBe(200)
  expectError(await send('GET', `/api/v1/keys/${gone.data.hash}`), 404, 'API key not found')
})

test.each([
  ['an heir without a transfer', `?transfer_to=${gateway.userId}`, 'transfer_to: only'],
  ['a transfer without an heir', '?keys=transfer', 'transfer_to: required'],
  ['an heir who is no member', '?keys=transfer&transfer_to=user_unknown', 'is not a member'],
  ['an unknown fate', '?keys=keep', 'keys'],
])('400 for %s, and nothing has changed', async (_name, query, message) => {
  expectError(await send('DELETE', pathOf(spare(10).userId) + query), 400, message)
  expect(await memberIds()).toContain(spare(10).userId)
})

test('400 for an heir who may not have keys where they are', async () => {
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [spare(10).userId] })
  const { data } = await newKey({ workspace_id: id, creator_user_id: spare(10).userId })
  const query = `?keys=transfer&transfer_to=${spare(9).userId}`
  expectError(await send('DELETE', pathOf(spare(10).userId) + query), 400, `may not have API keys in .* ${id}`)
  await send('DELETE', `/api/v1/keys/${data.hash}`)
})

test('400: the last administrator cannot be removed, one of two can', async () => {
  const { orgAdmin, managementKey } = gateway.other
  expectError(await send('DELETE', pathOf(orgAdmin.userId), { key: managementKey }), 400, 'last administrator')
  const second = spare(11)
  await call(updateOrganizationMember, { id: second.userId, role: 'org:admin' })
  expect((await send('DELETE', pathOf(second.userId), { cookie: await signInAnew(second) })).status).toBe(200)
})

test('403 for an Admin of a workspace', async () => {
  const answer = await send('DELETE', pathOf(spare(10).userId), { cookie: gateway.sessions.admin.cookie })
  expectError(answer, 403, 'organization-member:write')
})

test('404 for who is not or elsewhere a member', async () => {
  for (const id of ['user_unknown', gateway.sessions.removed.userId, gateway.other.orgAdmin.userId]) {
    expectError(await send('DELETE', pathOf(id)), 404, 'Member not found')
  }
})
