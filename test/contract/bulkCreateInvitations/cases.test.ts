import { expect, test } from 'vitest'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { NO_UUID, newEmail, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/organization/invitations/bulk'
const { bulkCreateInvitations, listInvitations } = INVITATION_OPERATIONS

const total = async () => (await call(listInvitations, {})).total_count

test('201 invites a hundred people at once, each with a link of their own', async () => {
  const { id: workspace_id } = await newWorkspace()
  const invitations = Array.from({ length: 100 }, () => ({ email: newEmail(), workspaces: [{ workspace_id }] }))
  const answer = await send('POST', PATH, { body: { invitations } })
  const { data } = expectAnswer(answer, 201, bulkCreateInvitations.output)
  expect(data.map(({ email }) => email)).toEqual(invitations.map(({ email }) => email))
  expect(new Set(data.map(({ link }) => link)).size).toBe(100)
})

test.each([
  ['an address that is none', { email: 'nobody' }, 400, 'invitations.1.email'],
  ['a member', { email: gateway.sessions.viewer.email }, 400, '^invitations.1.email: .* already'],
  ['an unknown workspace', { workspaces: [{ workspace_id: NO_UUID }] }, 404, 'Workspace not found'],
  [
    'an unknown custom role',
    { workspaces: [{ workspace_id: gateway.teamWorkspaceId, custom_role_id: NO_UUID }] },
    400,
    '^invitations.1.workspaces.0.custom_role_id',
  ],
])('400 and 404: one bad element, %s, and nobody is invited', async (_name, fields, status, message) => {
  const before = await total()
  const invitations = [{ email: newEmail() }, { email: newEmail(), ...fields }, { email: newEmail() }]
  expectError(await send('POST', PATH, { body: { invitations } }), status, message)
  expect(await total()).toBe(before)
})

test('400 for none, for 101, for one address twice and for more Admins than there is room for', async () => {
  const invite = (invitations: object[]) => send('POST', PATH, { body: { invitations } })
  expectError(await invite([]), 400, 'invitations')
  expectError(await invite(Array.from({ length: 101 }, () => ({ email: newEmail() }))), 400, 'invitations')
  const email = newEmail()
  expectError(await invite([{ email }, { email: email.toUpperCase() }]), 400, '^invitations.1.email: .* twice')
  const { id: workspace_id } = await newWorkspace()
  const admins = (count: number) =>
    Array.from({ length: count }, () => ({
      email: newEmail(),
      workspaces: [{ workspace_id, workspace_role: 'admin' }],
    }))
  expectError(await invite(admins(6)), 400, 'at most 5 .* would be 6')
  expect((await invite(admins(5))).status).toBe(201)
})

test('409 when one of them is invited already, and nobody is invited', async () => {
  const email = newEmail()
  expect((await send('POST', PATH, { body: { invitations: [{ email }] } })).status).toBe(201)
  const before = await total()
  const body = { invitations: [{ email: newEmail() }, { email }] }
  expectError(await send('POST', PATH, { body }), 409, '^invitations.1.email: .* is open')
  expect(await total()).toBe(before)
})
