import { expect, test } from 'vitest'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { acceptLink, NO_UUID, newEmail, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/organization/invitations'
const { createInvitation, deleteInvitation } = INVITATION_OPERATIONS

const invite = async (...ids: string[]) => {
  const workspaces = ids.map((workspace_id) => ({ workspace_id }))
  return (await call(createInvitation, { email: newEmail(), workspaces })).data
}

test('200 revokes: the link is worth nothing, and the address can be invited again', async () => {
  const { id, link, email } = await invite()
  const answer = await send('DELETE', `${PATH}/${id}`)
  expect(expectAnswer(answer, 200, deleteInvitation.output)).toEqual({ deleted: true })
  expectError(await acceptLink(link), 404, 'does not exist')
  expect((await call(createInvitation, { email })).data.status).toBe('pending')
})

test('403 for one that also invites to where the caller is no Admin', async () => {
  const { cookie } = gateway.sessions.admin
  const { id: elsewhere } = await newWorkspace()
  const mixed = await invite(gateway.teamWorkspaceId, elsewhere)
  expectError(await send('DELETE', `${PATH}/${mixed.id}`, { cookie }), 403, 'invitation:write')
  const own = await invite(gateway.teamWorkspaceId)
  expect((await send('DELETE', `${PATH}/${own.id}`, { cookie })).status).toBe(200)
})

test('404 for an unknown one, one of another organization, and one that the caller may not see', async () => {
  const { id } = await invite()
  expectError(await send('DELETE', `${PATH}/${NO_UUID}`), 404, 'Invitation not found')
  const { managementKey: key } = gateway.other
  expectError(await send('DELETE', `${PATH}/${id}`, { key }), 404, 'Invitation not found')
  const { cookie } = gateway.sessions.admin
  expectError(await send('DELETE', `${PATH}/${id}`, { cookie }), 404, 'Invitation not found')
})

test('409 for one that is accepted or revoked already', async () => {
  const [first, second] = [await invite(), await invite()]
  await acceptLink(first.link)
  expectError(await send('DELETE', `${PATH}/${first.id}`), 409, 'accepted already')
  await send('DELETE', `${PATH}/${second.id}`)
  expectError(await send('DELETE', `${PATH}/${second.id}`), 409, 'revoked already')
})
