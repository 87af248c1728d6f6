import { expect, test } from 'vitest'
import { WORKSPACE_PERMISSIONS } from '../../src/contract/common/permissions.ts'
import { INVITATION_OPERATIONS } from '../../src/contract/management/invitations.ts'
import { MEMBER_OPERATIONS } from '../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers } from '../../src/contract/management/workspaces.ts'
import { acceptLink, crowd, newEmail, newKey, newWorkspace, signInAnew } from './fixtures.ts'
import { call, expectAnswer, expectError, send } from './request.ts'
import { newDirectoryUser, personOf, scim } from './scim-fixtures.ts'

const PATH = '/api/v1/organization/invitations'
const { acceptInvitation, createInvitation, listInvitations, resendInvitation } = INVITATION_OPERATIONS

/** An invitation into a workspace that one of its Admins made, whom it names. */
async function invitedByAdmin(workspace_role: 'admin' | 'developer' = 'developer') {
  const [sender] = crowd(1)
  if (sender === undefined) throw new Error('nobody there')
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [sender.userId], workspace_role: 'admin' })
  const body = { email: newEmail(), workspaces: [{ workspace_id: id, workspace_role }] }
  const answer = await send('POST', PATH, { cookie: await signInAnew(sender), body })
  const { data } = expectAnswer(answer, 201, createInvitation.output)
  return { ...data, sender, workspaceId: id }
}

/** A member whom nobody else knows. */
async function newMember(email = newEmail()): Promise<{ email: string; userId: string }> {
  const { link } = (await call(createInvitation, { email })).data
  const { data } = expectAnswer(await acceptLink(link), 200, acceptInvitation.output)
  return { email, userId: data.user_id }
}

test('an invitation is worth nothing once its sender may not give the role any more, and works again with the role', async () => {
  const { link, sender, workspaceId: id } = await invitedByAdmin('admin')
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id: sender.userId, workspace_role: 'developer' })
  expectError(await acceptLink(link), 404, 'does not exist')
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id: sender.userId, workspace_role: 'admin' })
  expect((await acceptLink(link)).status).toBe(200)
})

test('an invitation that somebody else sends again counts on their rights', async () => {
  const { id: invitationId, link, sender, workspaceId: id } = await invitedByAdmin()
  await call(MEMBER_OPERATIONS.deleteWorkspaceMember, { id, user_id: sender.userId })
  expectError(await acceptLink(link), 404, 'does not exist')
  const again = (await call(resendInvitation, { id: invitationId })).data
  expect(again.created_by).toBeNull()
  expect((await acceptLink(again.link)).status).toBe(200)
})

test('a deactivation by the directory revokes what the person has invited', async () => {
  const user = await newDirectoryUser()
  const userId = (await personOf(user)) ?? ''
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [userId], workspace_role: 'admin' })
  const permissions = Object.keys(WORKSPACE_PERMISSIONS)
  const { key } = await newKey({ workspace_id: id, creator_user_id: userId, type: 'scoped', permissions })
  const email = newEmail()
  const body = { email, workspaces: [{ workspace_id: id, workspace_role: 'admin' }] }
  const { data } = expectAnswer(await send('POST', PATH, { key, body }), 201, createInvitation.output)
  expect(data.created_by).toBe(userId)
  await scim('PATCH', `/Users/${user.id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
  expectError(await acceptLink(data.link), 404, 'does not exist')
  const revoked = await call(listInvitations, { status: 'revoked', limit: 100 })
  expect(revoked.data.map((row) => row.id)).toContain(data.id)
})

test('nobody who was removed comes back by an invitation from before', async () => {
  const email = newEmail()
  const { id } = await newWorkspace()
  const open = (await call(createInvitation, { email, workspaces: [{ workspace_id: id, workspace_role: 'admin' }] }))
    .data
  const { userId } = await newMember(email)
  await call(MEMBER_OPERATIONS.deleteOrganizationMember, { id: userId })
  expectError(await acceptLink(open.link), 404, 'does not exist')
})

test('nobody whom the directory deactivated comes back by an invitation from before', async () => {
  const email = newEmail()
  const open = (await call(createInvitation, { email })).data
  const user = await newDirectoryUser({ userName: email })
  await scim('PATCH', `/Users/${user.id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
  expectError(await acceptLink(open.link), 404, 'does not exist')
  expect(await personOf(user)).toBeUndefined()
})
