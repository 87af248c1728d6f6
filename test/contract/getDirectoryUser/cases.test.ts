import { expect, test } from 'vitest'
import { NO_UUID } from '../fixtures.ts'
import { expectScimError, newDirectoryGroup, newDirectoryUser, scim } from '../scim-fixtures.ts'

test('200 shows a user with the groups they are in', async () => {
  const user = await newDirectoryUser()
  const group = await newDirectoryGroup([user])
  const answer = await scim('GET', `/Users/${user.id}`)
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({ ...user, groups: [{ value: group.id, display: group.displayName }] })
})

test('404 for an unknown user, and for what is no id', async () => {
  for (const id of [NO_UUID, 'nobody']) expectScimError(await scim('GET', `/Users/${id}`), 404, '^User not found$')
})
