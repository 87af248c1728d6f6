import { expect, test } from 'vitest'
import { expectScimError, newDirectoryUser, scim } from '../scim-fixtures.ts'

test('200 finds by userName in any case, by externalId and by address, and nobody else', async () => {
  const user = await newDirectoryUser({ externalId: 'ext "1"' })
  const one = { totalResults: 1, startIndex: 1, itemsPerPage: 1, Resources: [user] }
  for (const filter of [
    `userName eq "${user.userName.toUpperCase()}"`,
    `id eq "${user.id}"`,
    `emails[type eq "work"].value eq "${user.userName}"`,
  ])
    expect([filter, (await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body]).toMatchObject([
      filter,
      one,
    ])
  const quoted = await scim('GET', `/Users?filter=${encodeURIComponent('externalId eq "ext \\"1\\""')}`)
  expect(quoted.body).toMatchObject({ totalResults: 1 })
  const nobody = await scim('GET', `/Users?filter=${encodeURIComponent('userName eq "nobody"')}`)
  expect(nobody.body).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  })
})

test('200 pages from 1 on, and takes any number for the nearest possible one', async () => {
  const user = await newDirectoryUser()
  const { totalResults } = (await scim('GET', '/Users?count=0')).body as { totalResults: number }
  const last = await scim('GET', `/Users?startIndex=${totalResults}&count=10&sortBy=userName`)
  expect(last.body).toMatchObject({ startIndex: totalResults, itemsPerPage: 1, Resources: [{ id: user.id }] })
  expect((await scim('GET', '/Users?startIndex=0&count=-1')).body).toMatchObject({ startIndex: 1, Resources: [] })
})

test('400 for a filter that is not understood', async () => {
  for (const filter of ['userName co "a"', 'title eq "x"', 'userName eq "a" and active eq true', 'x'])
    expectScimError(await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`), 400, '^filter: ', 'invalidFilter')
})
