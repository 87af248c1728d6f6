import { expect, test } from 'vitest'
import { INVITATION_OPERATIONS, type SentInvitationWire } from '../../../src/contract/management/invitations.ts'
import { acceptLink, newEmail, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/organization/invitations'
const { createInvitation, deleteInvitation, listInvitations } = INVITATION_OPERATIONS

test('200 lists newest first, by status, page by page', async () => {
  const made: SentInvitationWire[] = []
  for (let count = 0; count < 3; count += 1) made.push((await call(createInvitation, { email: newEmail() })).data)
  const [pending, revoked, accepted] = made.map(({ id }) => id)
  await call(deleteInvitation, { id: revoked ?? '' })
  await acceptLink(made[2]?.link)
  const ids = async (query: string) => {
    const answer = await send('GET', `${PATH}?limit=100${query}`)
    const { data } = expectAnswer(answer, 200, listInvitations.output)
    expect(data.map(({ created_at }) => created_at)).toEqual(
      data
        .map(({ created_at }) => created_at)
        .toSorted()
        .reverse(),
    )
    return data.map(({ id }) => id).filter((id) => made.some((invitation) => invitation.id === id))
  }
  expect((await ids('')).toSorted()).toEqual(made.map(({ id }) => id).toSorted())
  expect(await ids('&status=pending')).toEqual([pending])
  expect(await ids('&status=revoked')).toEqual([revoked])
  expect(await ids('&status=accepted')).toEqual([accepted])
  expect(await ids('&status=expired')).toEqual([])
  const { data, total_count } = await call(listInvitations, { offset: 1, limit: 1 })
  expect([data.length, total_count]).toEqual([1, (await call(listInvitations, {})).total_count])
})

test('200 shows an Admin of a workspace those to it, and of each only that workspace', async () => {
  const { id: elsewhere } = await newWorkspace()
  const both = [gateway.teamWorkspaceId, elsewhere].map((workspace_id) => ({ workspace_id }))
  const seen = (await call(createInvitation, { email: newEmail(), workspaces: both })).data
  const hidden = [
    (await call(createInvitation, { email: newEmail() })).data.id,
    (await call(createInvitation, { email: newEmail(), workspaces: [{ workspace_id: elsewhere }] })).data.id,
  ]
  const answer = await send('GET', `${PATH}?limit=100`, { cookie: gateway.sessions.admin.cookie })
  const { data } = expectAnswer(answer, 200, listInvitations.output)
  expect(data.find(({ id }) => id === seen.id)?.workspaces.map(({ workspace_id }) => workspace_id)).toEqual([
    gateway.teamWorkspaceId,
  ])
  expect(data.filter(({ id }) => hidden.includes(id))).toEqual([])
})

test.each(['limit=0', 'offset=-1', 'status=open'])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, query.split('=')[0] ?? '')
})
