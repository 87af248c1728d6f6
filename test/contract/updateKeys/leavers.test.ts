import { test } from 'vitest'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { acceptLink, newEmail, newKey } from '../fixtures.ts'
import { call, expectError, send } from '../request.ts'

test('400 for enabling the key of a member who has left the organization', async () => {
  const { data: invited } = await call(INVITATION_OPERATIONS.createInvitation, { email: newEmail() })
  const { body } = await acceptLink(invited.link)
  const userId = (body as { data: { user_id: string } }).data.user_id
  const { data } = await newKey({ creator_user_id: userId })
  await call(MEMBER_OPERATIONS.deleteOrganizationMember, { id: userId })
  const path = `/api/v1/keys/${data.hash}`
  expectError(await send('PATCH', path, { body: { disabled: false } }), 400, 'disabled: the member .* has left')
  expectError(await send('POST', `${path}/rotate`, { body: {} }), 400, 'hash: the member .* has left')
})
