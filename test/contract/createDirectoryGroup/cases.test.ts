import { expect, test } from 'vitest'
import { NO_UUID } from '../fixtures.ts'
import { expectScimError, newDirectoryGroup, newDirectoryUser, scim } from '../scim-fixtures.ts'

test('201 makes a group of users', async () => {
  const user = await newDirectoryUser()
  const body = { displayName: `Made ${user.id}`, externalId: 'g-1', members: [{ value: user.id, $ref: 'ignored' }] }
  const answer = await scim('POST', '/Groups', body)
  expect(answer.status).toBe(201)
  expect(answer.body).toEqual({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    id: expect.any(String),
    displayName: body.displayName,
    externalId: 'g-1',
    members: [{ value: user.id, display: user.userName }],
    meta: expect.objectContaining({ resourceType: 'Group' }),
  })
})

test('400 without a name, and for members that are no users; then there is no group', async () => {
  expectScimError(await scim('POST', '/Groups', {}), 400, 'displayName', 'invalidValue')
  for (const value of [NO_UUID, 'nobody']) {
    const answer = await scim('POST', '/Groups', { displayName: 'Half done', members: [{ value }] })
    expectScimError(answer, 400, '^members: there is no user', 'invalidValue')
  }
  const filter = encodeURIComponent('displayName eq "Half done"')
  expect((await scim('GET', `/Groups?filter=${filter}`)).body).toMatchObject({ totalResults: 0 })
})

test('409 for a name in use', async () => {
  const { displayName } = await newDirectoryGroup()
  expectScimError(await scim('POST', '/Groups', { displayName }), 409, 'exists already', 'uniqueness')
})
