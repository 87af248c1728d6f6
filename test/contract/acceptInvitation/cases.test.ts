import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { listOrganizationMembers } from '../../../src/contract/management/organization.ts'
import {
  bulkAddWorkspaceMembers,
  deleteWorkspace,
  listWorkspaceMembers,
} from '../../../src/contract/management/workspaces.ts'
import { auditRows } from '../audit-trail.ts'
import { acceptLink, crowd, newEmail, newWorkspace, tokenOf } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/organization/invitations/accept'
const { acceptInvitation, createInvitation } = INVITATION_OPERATIONS

test('200 makes the user and gives the role in each workspace, with what its template says', async () => {
  const [first, second] = [await newWorkspace(), await newWorkspace()]
  await call(CUSTOM_ROLE_OPERATIONS.upsertRoleTemplate, {
    role: 'developer',
    spending_limit_usd: 4,
    limit_reset: 'daily',
  })
  const email = newEmail()
  const workspaces = [
    { workspace_id: first.id, workspace_role: 'developer' as const },
    { workspace_id: second.id, workspace_role: 'admin' as const },
  ]
  const { link } = (await call(createInvitation, { email, workspaces })).data
  const answer = await acceptLink(link, { first_name: 'Grace', last_name: 'Hopper', email: email.toUpperCase() })
  const { data } = expectAnswer(answer, 200, acceptInvitation.output)
  expect(data).toMatchObject({ email, organization_id: gateway.organizationId, role: 'org:member' })
  expect(data.workspace_ids.toSorted()).toEqual([first.id, second.id].toSorted())
  const members = (await call(listOrganizationMembers, { limit: 100 })).data
  expect(members.find(({ id }) => id === data.user_id)).toMatchObject({ first_name: 'Grace', last_name: 'Hopper' })
  expect((await call(listWorkspaceMembers, { id: first.id })).data).toMatchObject([
    { user_id: data.user_id, workspace_role: 'developer', spending_limit_usd: 4, limit_reset: 'daily' },
  ])
  expect((await call(listWorkspaceMembers, { id: second.id })).data).toMatchObject([
    { user_id: data.user_id, workspace_role: 'admin', spending_limit_usd: null },
  ])
  await call(CUSTOM_ROLE_OPERATIONS.deleteRoleTemplate, { role: 'developer' })
})

test('200 keeps the user of somebody who is in another organization, and needs no key', async () => {
  const { email, userId } = gateway.other.orgAdmin
  const { link } = (await call(createInvitation, { email, role: 'org:admin' })).data
  const answer = await acceptLink(link, {}, gateway.other.managementKey)
  const { data } = expectAnswer(answer, 200, acceptInvitation.output)
  expect(data).toMatchObject({ user_id: userId, role: 'org:admin', organization_id: gateway.organizationId })
  const ours = await call(listOrganizationMembers, { limit: 100 })
  expect(ours.data.find(({ id }) => id === userId)).toMatchObject({ role: 'org:admin' })
  await send('DELETE', `/api/v1/organization/members/${userId}`)
})

test('200 is in the audit log once, as the act of who accepted and without the token', async () => {
  const { link, id } = (await call(createInvitation, { email: newEmail() })).data
  const { user_id } = expectAnswer(await acceptLink(link), 200, acceptInvitation.output).data
  const data = await auditRows({ resource_type: 'invitation', resource_id: id })
  expect(data.map(({ action }) => action).toSorted()).toEqual(['acceptInvitation', 'createInvitation'])
  expect(data.find(({ action }) => action === 'acceptInvitation')?.user_id).toBe(user_id)
  expect(JSON.stringify(data)).not.toContain(tokenOf(link))
})

test('200 for one of those who accept at the same time, 409 for the others', async () => {
  const email = newEmail()
  const { link } = (await call(createInvitation, { email })).data
  const answers = await Promise.all(Array.from({ length: 8 }, () => acceptLink(link)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(409)])
  const members = (await call(listOrganizationMembers, { limit: 100 })).data
  expect(members.filter((member) => member.email === email)).toHaveLength(1)
})

test('200: two invitations of one address add up, and a workspace deleted meanwhile is passed over', async () => {
  const [first, second, gone] = [await newWorkspace(), await newWorkspace(), await newWorkspace()]
  const email = newEmail()
  const invite = async (...ids: string[]) =>
    (await call(createInvitation, { email, workspaces: ids.map((workspace_id) => ({ workspace_id })) })).data.link
  const links = [await invite(first.id, gone.id), await invite(second.id)]
  await call(deleteWorkspace, { id: gone.id })
  const users = new Set<string>()
  for (const link of links) {
    users.add(expectAnswer(await acceptLink(link), 200, acceptInvitation.output).data.user_id)
  }
  expect(users.size).toBe(1)
  for (const { id } of [first, second]) expect((await call(listWorkspaceMembers, { id })).total_count).toBe(1)
})

test('200 leaves the role that somebody was given in the Default workspace meanwhile', async () => {
  const email = newEmail()
  const { id } = await newWorkspace()
  const into = async (workspace_id: string, workspace_role: 'viewer' | 'admin') =>
    (await call(createInvitation, { email, workspaces: [{ workspace_id, workspace_role }] })).data.link
  const links = [await into(id, 'viewer'), await into(gateway.defaultWorkspaceId, 'admin')]
  const { user_id } = expectAnswer(await acceptLink(links[0]), 200, acceptInvitation.output).data
  const to = { id: gateway.defaultWorkspaceId, user_ids: [user_id], workspace_role: 'viewer' as const }
  expect((await call(bulkAddWorkspaceMembers, to)).data).toMatchObject([{ workspace_role: 'viewer' }])
  expect((await acceptLink(links[1])).status).toBe(200)
  expect((await call(bulkAddWorkspaceMembers, { id: to.id, user_ids: [user_id] })).data).toMatchObject([
    { workspace_role: 'viewer' },
  ])
})

test('400 when the role has no room any more, and the invitation stays open', async () => {
  const { id } = await newWorkspace()
  const place = { workspace_id: id, workspace_role: 'admin' as const }
  const { link } = (await call(createInvitation, { email: newEmail(), workspaces: [place] })).data
  const user_ids = crowd(5).map(({ userId }) => userId)
  await call(bulkAddWorkspaceMembers, { id, user_ids, workspace_role: 'admin' })
  expectError(await acceptLink(link), 400, 'at most 5 .* would be 6')
  expect((await call(listWorkspaceMembers, { id })).total_count).toBe(5)
  await call(bulkAddWorkspaceMembers, { id, user_ids: user_ids.slice(0, 1), workspace_role: 'viewer' })
  expect((await acceptLink(link)).status).toBe(200)
})

test.each([
  ['no token', {}, 'token'],
  ['an empty token', { token: '' }, 'token'],
  ['an e-mail that is none', { token: 'x', email: 'nobody' }, 'email'],
  ['a role of one’s own choice', { token: 'x', role: 'org:admin' }, 'role'],
])('400 for %s', async (_name, body, field) => {
  expectError(await send('POST', PATH, { key: null, body }), 400, field)
})

test('403 for another address than the invited one, and the invitation stays open', async () => {
  const { link } = (await call(createInvitation, { email: newEmail() })).data
  expectError(await acceptLink(link, { email: newEmail() }), 403, 'another e-mail address')
  expect((await acceptLink(link)).status).toBe(200)
})

test('404 for an unknown token, and for one that is cut', async () => {
  const { link } = (await call(createInvitation, { email: newEmail() })).data
  for (const token of ['x', tokenOf(link).slice(0, -1), `${tokenOf(link)}x`]) {
    expectError(await send('POST', PATH, { key: null, body: { token } }), 404, 'does not exist')
  }
})

test('409 the second time', async () => {
  const { link } = (await call(createInvitation, { email: newEmail() })).data
  expect((await acceptLink(link)).status).toBe(200)
  expectError(await acceptLink(link), 409, 'accepted already')
})
