import { expect, test } from 'vitest'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { MEMBER_OPERATIONS } from '../../../src/contract/management/members.ts'
import { acceptLink } from '../fixtures.ts'
import { call } from '../request.ts'
import { newDirectoryUser, personOf, scim } from '../scim-fixtures.ts'

const PATCH = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] }

test('200 after a removal and an invitation by hand: the directory sees the seat, and can take it', async () => {
  const user = await newDirectoryUser()
  const id = (await personOf(user)) ?? ''
  const isActive = async () => ((await scim('GET', `/Users/${user.id}`)).body as { active: boolean }).active
  await call(MEMBER_OPERATIONS.deleteOrganizationMember, { id })
  expect(await isActive()).toBe(false)
  const { data } = await call(INVITATION_OPERATIONS.createInvitation, { email: user.userName })
  await acceptLink(data.link)
  expect(await isActive()).toBe(true)
  const Operations = [{ op: 'replace', path: 'active', value: false }]
  const answer = await scim('PATCH', `/Users/${user.id}`, { ...PATCH, Operations })
  expect([answer.status, await personOf(user)]).toEqual([200, undefined])
})
