import { expect, test } from 'vitest'
import { gateway, newSlug, send } from '../request.ts'
import { expectScimError, newDirectoryUser, personOf, scim } from '../scim-fixtures.ts'

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
