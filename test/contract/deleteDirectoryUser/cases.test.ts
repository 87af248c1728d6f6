import { expect, test } from 'vitest'
import { NO_UUID, newKey } from '../fixtures.ts'
import { gateway, send } from '../request.ts'
import { expectScimError, newDirectoryUser, personOf, scim } from '../scim-fixtures.ts'

test('200 at the door, 204 for the directory: seat and keys end, and the userName is free again', async () => {
  const user = await newDirectoryUser()
  const { key } = await newKey({ creator_user_id: (await personOf(user)) ?? '' })
  const answer = await scim('DELETE', `/Users/${user.id}`)
  expect([answer.status, answer.body]).toEqual([204, ''])
  expect((await send('GET', '/api/v1/key', { key })).status).toBe(401)
  expect(await personOf(user)).toBeUndefined()
  expectScimError(await scim('GET', `/Users/${user.id}`), 404, '^User not found$')
  expect((await newDirectoryUser({ userName: user.userName })).id).not.toBe(user.id)
  expect(await personOf(user)).toBeDefined()
})

test('400 for the last administrator of the organization, who stays', async () => {
  const { managementKey: key, orgAdmin } = gateway.other
  const made = await send('POST', '/api/v1/scim/tokens', { key, body: { name: 'theirs' } })
  const { token } = made.body as { token: string }
  const user = (await scim('POST', '/Users', { userName: orgAdmin.email }, token)).body as { id: string }
  expectScimError(await scim('DELETE', `/Users/${user.id}`, undefined, token), 400, 'last administrator', 'mutability')
  const body = { Operations: [{ op: 'replace', value: { active: false } }] }
  expectScimError(await scim('PATCH', `/Users/${user.id}`, body, token), 400, 'last administrator', 'mutability')
  expect((await send('GET', '/api/v1/workspaces', { cookie: orgAdmin.cookie })).status).toBe(200)
  expectScimError(await scim('GET', `/Users/${user.id}`), 404, '^User not found$')
})

test('404 for an unknown user', async () => {
  expectScimError(await scim('DELETE', `/Users/${NO_UUID}`), 404, '^User not found$')
})
