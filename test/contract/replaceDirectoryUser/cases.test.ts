import { expect, test } from 'vitest'
import { NO_UUID } from '../fixtures.ts'
import { newSlug } from '../request.ts'
import { expectScimError, newDirectoryUser, personOf, scim } from '../scim-fixtures.ts'

test('200 replaces what is known of a user, the seat in the organization included', async () => {
  const user = await newDirectoryUser({ externalId: 'gone' })
  const person = await personOf(user)
  const userName = `${newSlug()}@directory.example.test`
  const answer = await scim('PUT', `/Users/${user.id}`, { userName, displayName: 'New' })
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({
    ...user,
    externalId: undefined,
    userName,
    name: {},
    displayName: 'New',
    emails: [{ value: userName, type: 'work', primary: true }],
    meta: { ...user.meta, lastModified: expect.any(String) },
  })
  expect(await personOf({ userName })).toBe(person)
})

test('200 does not let somebody in again by leaving out active', async () => {
  const user = await newDirectoryUser()
  await scim('PUT', `/Users/${user.id}`, { userName: user.userName, active: false })
  const answer = await scim('PUT', `/Users/${user.id}`, { userName: user.userName })
  expect(answer.body).toMatchObject({ active: false })
  expect(await personOf(user)).toBeUndefined()
})

test('400 without a userName', async () => {
  const user = await newDirectoryUser()
  expectScimError(await scim('PUT', `/Users/${user.id}`, { active: true }), 400, 'userName', 'invalidValue')
})

test('404 for an unknown user', async () => {
  expectScimError(await scim('PUT', `/Users/${NO_UUID}`, { userName: 'a@b.test' }), 404, '^User not found$')
})

test('409 for the userName or the address of somebody else', async () => {
  const [one, other] = [await newDirectoryUser(), await newDirectoryUser()]
  const body = { userName: other.userName }
  expectScimError(await scim('PUT', `/Users/${one.id}`, body), 409, 'exists already', 'uniqueness')
  const emails = [{ value: other.userName, primary: true }]
  const answer = await scim('PUT', `/Users/${one.id}`, { userName: one.userName, emails })
  expectScimError(answer, 409, 'exists already', 'uniqueness')
  expect((await scim('GET', `/Users/${one.id}`)).body).toEqual(one)
})
