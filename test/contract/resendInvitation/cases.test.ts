import { expect, test } from 'vitest'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { acceptLink, NO_UUID, newEmail } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/organization/invitations'
const { createInvitation, deleteInvitation, resendInvitation } = INVITATION_OPERATIONS

test('200 gives a new link and a new expiry; the old link stops working', async () => {
  const { data: first } = await call(createInvitation, { email: newEmail(), expires_in_days: 1 })
  const answer = await send('POST', `${PATH}/${first.id}/resend`, { body: { expires_in_days: 9 } })
  const { data: second } = expectAnswer(answer, 200, resendInvitation.output)
  expect({ ...second, link: first.link, sent_at: first.sent_at, expires_at: first.expires_at }).toEqual(first)
  expect(Date.parse(second.expires_at)).toBe(Date.parse(second.sent_at) + 9 * 86_400_000)
  expectError(await acceptLink(first.link), 404, 'does not exist')
  expect((await acceptLink(second.link)).status).toBe(200)
})

test('400 for an expiry out of range', async () => {
  const { data } = await call(createInvitation, { email: newEmail() })
  expectError(
    await send('POST', `${PATH}/${data.id}/resend`, { body: { expires_in_days: 99 } }),
    400,
    'expires_in_days',
  )
})

test('404 for an unknown one and one of another organization', async () => {
  const { data } = await call(createInvitation, { email: newEmail() })
  expectError(await send('POST', `${PATH}/${NO_UUID}/resend`, { body: {} }), 404, 'Invitation not found')
  const { managementKey: key } = gateway.other
  expectError(await send('POST', `${PATH}/${data.id}/resend`, { key, body: {} }), 404, 'Invitation not found')
})

test('409 for one that is accepted or revoked already', async () => {
  const [first, second] = [
    (await call(createInvitation, { email: newEmail() })).data,
    (await call(createInvitation, { email: newEmail() })).data,
  ]
  await acceptLink(first.link)
  await call(deleteInvitation, { id: second.id })
  expectError(await send('POST', `${PATH}/${first.id}/resend`, { body: {} }), 409, 'accepted already')
  expectError(await send('POST', `${PATH}/${second.id}/resend`, { body: {} }), 409, 'revoked already')
})
