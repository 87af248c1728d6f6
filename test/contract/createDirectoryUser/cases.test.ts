import { expect, test } from 'vitest'
import { INVITATION_OPERATIONS } from '../../../src/contract/management/invitations.ts'
import { acceptLink } from '../fixtures.ts'
import { call, gateway, newSlug, send } from '../request.ts'
import { expectScimError, newDirectoryUser, personOf, scim } from '../scim-fixtures.ts'

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

test('201 gives a new person a seat in the organization', async () => {
  const userName = `${newSlug()}@directory.example.test`
  const answer = await scim('POST', '/Users', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    externalId: 'e-1',
    name: { givenName: 'Ada', familyName: 'Lovelace', formatted: 'ignored' },
    emails: [{ value: 'second@example.test' }, { value: userName, primary: 'True', type: 'work' }],
    title: 'not kept',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'not kept' },
  })
  expect(answer.status).toBe(201)
  const { id } = answer.body as { id: string }
  expect(answer.body).toEqual({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    id,
    externalId: 'e-1',
    userName,
    name: { givenName: 'Ada', familyName: 'Lovelace', formatted: 'Ada Lovelace' },
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
    groups: [],
    meta: {
      resourceType: 'User',
      created: expect.stringMatching(/Z$/),
      lastModified: expect.stringMatching(/Z$/),
      location: expect.stringMatching(new RegExp(`/scim/v2/Users/${id}$`)),
    },
  })
  expect(answer.headers.get('content-type')).toBe('application/scim+json; charset=utf-8')
  expect(await personOf({ userName })).toMatch(/^user_/)
})

test('201 takes whoever has the address already, with the role they have', async () => {
  const { email, userId } = gateway.sessions.billingManager
  const answer = await scim('POST', '/Users', { userName: email.toUpperCase() })
  expect(answer.status).toBe(201)
  expect(await personOf({ userName: email })).toBe(userId)
})

test('400 without a userName, without any address, and for a body that is no user', async () => {
  expectScimError(await scim('POST', '/Users', {}), 400, 'userName', 'invalidValue')
  expectScimError(await scim('POST', '/Users', { userName: 'ada' }), 400, '^emails: ', 'invalidValue')
  expectScimError(
    await scim('POST', '/Users', { userName: 'a@b.test', active: 'perhaps' }),
    400,
    'active',
    'invalidValue',
  )
  expectScimError(await scim('POST', '/Users', []), 400, 'user', 'invalidValue')
})

test('401 for anything but a token of a directory', async () => {
  for (const key of [null, gateway.managementKey, gateway.inferenceKey, `scim-v1-${'0'.repeat(64)}`])
    expectScimError(await scim('POST', '/Users', { userName: 'a@b.test' }, key), 401, 'Missing|not found')
  const cookie = gateway.sessions.orgAdmin.cookie
  expect((await send('GET', '/scim/v2/Users', { cookie })).status).toBe(401)
})

test('409 for a userName in use, in any case', async () => {
  const { userName } = await newDirectoryUser()
  const answer = await scim('POST', '/Users', { userName: userName.toUpperCase() })
  expectScimError(answer, 409, 'exists already', 'uniqueness')
})

test('409 for who is in another organization, who stays as they are there; 201 once they have accepted an invitation', async () => {
  const { email, cookie, userId } = gateway.other.orgAdmin
  const seats = async () => (await send('GET', '/api/v1/organization/members?limit=100', { cookie })).body
  const before = await seats()
  const create = () => scim('POST', '/Users', { userName: email, name: { givenName: 'Not', familyName: 'Theirs' } })
  expectScimError(await create(), 409, 'another organization here; invite them', 'uniqueness')
  const inactive = await scim('POST', '/Users', { userName: email, active: false })
  expect(inactive.status).toBe(201)
  const { id } = inactive.body as { id: string }
  const patch = { schemas: [PATCH_SCHEMA], Operations: [{ op: 'replace', path: 'active', value: true }] }
  expectScimError(await scim('PATCH', `/Users/${id}`, patch), 409, 'another organization here', 'uniqueness')
  expect((await scim('DELETE', `/Users/${id}`)).status).toBe(204)
  expect(await personOf({ userName: email })).toBeUndefined()
  const { data } = await call(INVITATION_OPERATIONS.createInvitation, { email, role: 'org:member' })
  await acceptLink(data.link)
  const accepted = await create()
  expect(accepted.status).toBe(201)
  expect(await personOf({ userName: email })).toBe(userId)
  expect((await scim('DELETE', `/Users/${(accepted.body as { id: string }).id}`)).status).toBe(204)
  expect(await seats()).toEqual(before)
})
