import { expect, test } from 'vitest'
import { CUSTOM_ROLE_OPERATIONS } from '../../../src/contract/management/custom-roles.ts'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { crowd, NO_UUID, newEmail, newWorkspace, signInAnew, spare } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const PATH = '/api/v1/organization/invitations'
const { createInvitation, listInvitations } = INVITATION_OPERATIONS
const DAY_MS = 86_400_000

test('201 invites into workspaces with a role in each, and gives the link once where no mail is sent', async () => {
  const { id } = await newWorkspace()
  const email = newEmail()
  const body = { email, workspaces: [{ workspace_id: id, workspace_role: 'viewer' }], expires_in_days: 2 }
  const { data } = expectAnswer(await send('POST', PATH, { body }), 201, createInvitation.output)
  expect(data).toMatchObject({
    email,
    role: 'org:member',
    workspaces: [{ workspace_id: id, workspace_role: 'viewer', custom_role_id: null }],
    status: 'pending',
    created_by: null,
    accepted_at: null,
    accepted_by: null,
  })
  expect(Date.parse(data.expires_at) - Date.parse(data.created_at)).toBe(2 * DAY_MS)
  expect(data.link).toMatch(new RegExp(`^${gateway.url}/invitations/accept\\?token=[\\w-]{43}$`))
  const { link, ...listed } = data
  const page = await send('GET', `${PATH}?limit=100`)
  expect(page.body).toMatchObject({ data: expect.arrayContaining([listed]) })
  expect(JSON.stringify(page.body)).not.toContain(String(link).split('token=')[1])
})

test('201: an Admin of a workspace invites into it, as Developer unless told otherwise', async () => {
  const { admin } = gateway.sessions
  const body = { email: newEmail(), workspaces: [{ workspace_id: gateway.teamWorkspaceId }] }
  const { data } = expectAnswer(await send('POST', PATH, { cookie: admin.cookie, body }), 201, createInvitation.output)
  expect(data).toMatchObject({ created_by: admin.userId, workspaces: [{ workspace_role: 'developer' }] })
})

test.each([
  ['no e-mail', { email: undefined }, 'email'],
  ['an e-mail that is none', { email: 'nobody' }, 'email'],
  ['an unknown role', { role: 'org:owner' }, 'role'],
  ['no time at all', { expires_in_days: 0 }, 'expires_in_days'],
  ['more than a month', { expires_in_days: 31 }, 'expires_in_days'],
  ['a workspace that is no id', { workspaces: [{ workspace_id: 'default' }] }, 'workspaces.0.workspace_id'],
  ['51 workspaces', { workspaces: Array(51).fill({ workspace_id: NO_UUID }) }, 'workspaces'],
])('400 for %s', async (_name, fields, field) => {
  expectError(await send('POST', PATH, { body: { email: newEmail(), ...fields } }), 400, field)
})

test('400 for two roles, an unknown custom role, and one workspace twice', async () => {
  const { id: workspace_id } = await newWorkspace()
  const invite = (workspaces: object[]) => send('POST', PATH, { body: { email: newEmail(), workspaces } })
  const both = { workspace_id, workspace_role: 'viewer', custom_role_id: NO_UUID }
  expectError(await invite([both]), 400, '^workspaces.0.custom_role_id: ')
  expectError(await invite([{ workspace_id, custom_role_id: NO_UUID }]), 400, '^workspaces.0.custom_role_id: ')
  expectError(await invite([{ workspace_id }, { workspace_id }]), 400, '^workspaces: ')
})

test('400 for somebody who is a member already, in whatever case the address is written', async () => {
  const { viewer } = gateway.sessions
  expectError(await send('POST', PATH, { body: { email: viewer.email.toUpperCase() } }), 400, '^email: .*already')
})

test('400 for a role that has no room left, naming cap and count', async () => {
  const { id: workspace_id } = await newWorkspace()
  const user_ids = crowd(3).map(({ userId }) => userId)
  await call(bulkAddWorkspaceMembers, { id: workspace_id, user_ids, workspace_role: 'billing_manager' })
  const body = { email: newEmail(), workspaces: [{ workspace_id, workspace_role: 'billing_manager' }] }
  expectError(await send('POST', PATH, { body }), 400, 'at most 3 .* would be 4')
})

test('403: an Admin of a workspace invites neither into the organization alone nor as its administrator', async () => {
  const { cookie } = gateway.sessions.admin
  const workspaces = [{ workspace_id: gateway.teamWorkspaceId }]
  for (const body of [{ email: newEmail() }, { email: newEmail(), role: 'org:admin', workspaces }]) {
    expectError(await send('POST', PATH, { cookie, body }), 403, 'invitation:write')
  }
  const body = { email: newEmail(), workspaces }
  expectError(await send('POST', PATH, { cookie: gateway.sessions.developer.cookie, body }), 403, 'invitation:write')
})

test('403: nobody invites to a role that has more in it than their own', async () => {
  const { id: workspace_id } = await newWorkspace()
  const orgMember = spare(12)
  const { data } = await call(CUSTOM_ROLE_OPERATIONS.createCustomRole, {
    name: newSlug(),
    permissions: ['workspace:read', 'invitation:read', 'invitation:write'],
  })
  await call(bulkAddWorkspaceMembers, { id: workspace_id, user_ids: [orgMember.userId] })
  const member = `/api/v1/workspaces/${workspace_id}/members/${orgMember.userId}`
  await send('PATCH', member, { body: { custom_role_id: data.id } })
  const cookie = await signInAnew(orgMember)
  const invite = (place: object) => send('POST', PATH, { cookie, body: { email: newEmail(), workspaces: [place] } })
  expectError(await invite({ workspace_id, workspace_role: 'admin' }), 403, 'do not have yourself')
  expect((await invite({ workspace_id, custom_role_id: data.id })).status).toBe(201)
})

test('404 for a workspace that does not exist, is elsewhere, or is not the inviter’s', async () => {
  const { id } = await newWorkspace()
  const invite = (workspace_id: string, as = {}) =>
    send('POST', PATH, { ...as, body: { email: newEmail(), workspaces: [{ workspace_id }] } })
  expectError(await invite(NO_UUID), 404, 'Workspace not found')
  expectError(await invite(gateway.other.workspaceId), 404, 'Workspace not found')
  expectError(await invite(id, { cookie: gateway.sessions.admin.cookie }), 404, 'Workspace not found')
})

test('409 while an invitation of the same address to the same place is open; to another place it is fine', async () => {
  const email = newEmail()
  const [{ id: first }, { id: second }] = [await newWorkspace(), await newWorkspace()]
  const invite = (address: string, ...ids: string[]) =>
    send('POST', PATH, { body: { email: address, workspaces: ids.map((workspace_id) => ({ workspace_id })) } })
  expect((await invite(email, first)).status).toBe(201)
  expectError(await invite(email.toUpperCase(), second, first), 409, '^email: an invitation of .* is open')
  expect((await invite(email, second)).status).toBe(201)
  expect((await invite(email)).status).toBe(201)
  expectError(await invite(email), 409, 'is open')
  expect((await call(listInvitations, { limit: 100 })).data.filter((row) => row.email === email)).toHaveLength(3)
})
