import { expect, test } from 'vitest'
import { expectScimError, newDirectoryGroup, newDirectoryUser, scim } from '../scim-fixtures.ts'

test('200 finds a group by name, with its members or without', async () => {
  const user = await newDirectoryUser()
  const group = await newDirectoryGroup([user])
  const filter = encodeURIComponent(`displayName eq "${group.displayName}"`)
  const found = await scim('GET', `/Groups?filter=${filter}`)
  expect(found.body).toMatchObject({ totalResults: 1, Resources: [group] })
  expect(group.members).toEqual([{ value: user.id, display: user.userName }])
  const { members: _members, ...bare } = group
  const without = await scim('GET', `/Groups?excludedAttributes=members&filter=${filter}`)
  expect((without.body as { Resources: unknown[] }).Resources).toEqual([bare])
})

test('400 for a filter that is not understood', async () => {
  const answer = await scim('GET', `/Groups?filter=${encodeURIComponent('members eq "x"')}`)
  expectScimError(answer, 400, '^filter: ', 'invalidFilter')
})
