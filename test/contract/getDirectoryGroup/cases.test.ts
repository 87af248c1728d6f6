import { expect, test } from 'vitest'
import { NO_UUID } from '../fixtures.ts'
import { expectScimError, newDirectoryGroup, scim } from '../scim-fixtures.ts'

test('200 shows a group', async () => {
  const group = await newDirectoryGroup()
  const answer = await scim('GET', `/Groups/${group.id}`)
  expect([answer.status, answer.body]).toEqual([200, group])
})

test('404 for an unknown group', async () => {
  expectScimError(await scim('GET', `/Groups/${NO_UUID}`), 404, '^Group not found$')
})
