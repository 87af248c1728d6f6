import { expect, test } from 'vitest'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { expectScimError, map, newDirectoryGroup, newDirectoryUser, personOf, rolesIn, scim } from '../scim-fixtures.ts'

test('200 replaces name and members, and roles follow', async () => {
  const [one, other] = [await newDirectoryUser(), await newDirectoryUser()]
  const group = await newDirectoryGroup([one])
  const { id } = await newWorkspace()
  await map(group.id, id, 'member')
  const answer = await scim('PUT', `/Groups/${group.id}`, {
    displayName: group.displayName,
    members: [{ value: other.id }],
  })
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({ members: [{ value: other.id }] })
  expect(await rolesIn(id)).toEqual({ [(await personOf(other)) ?? '']: 'developer' })
})

test('400 without a name', async () => {
  const { id } = await newDirectoryGroup()
  expectScimError(await scim('PUT', `/Groups/${id}`, { members: [] }), 400, 'displayName', 'invalidValue')
})

test('404 for an unknown group', async () => {
  expectScimError(await scim('PUT', `/Groups/${NO_UUID}`, { displayName: 'x' }), 404, '^Group not found$')
})

test('409 for the name of another group', async () => {
  const [one, other] = [await newDirectoryGroup(), await newDirectoryGroup()]
  const answer = await scim('PUT', `/Groups/${one.id}`, { displayName: other.displayName })
  expectScimError(answer, 409, 'exists already', 'uniqueness')
})
