import { expect, test } from 'vitest'
import { createKeys, getKey, updateKeys } from '../../../src/contract/management/keys.ts'
import { hashSecretKey } from '../../../src/platform/secret-key.ts'
import { auditRows } from '../audit-trail.ts'
import { newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import { UNREACHABLE } from '../rotation-fixtures.ts'

const SIGNED = { ...UNREACHABLE, signing_secret: 'canary-signing-secret' } as const
const SHOWN = { type: 'webhook', destination: 'https://10.255.255.1' }

test('200: a key gets a plan, changes it and loses it, and no answer shows the credentials', async () => {
  const { hash } = (await newKey()).data
  const answer = await send('PATCH', `/api/v1/keys/${hash}`, { body: { rotate_every_days: 7, deliver: SIGNED } })
  const { data } = expectAnswer(answer, 200, updateKeys.output)
  expect(data).toMatchObject({ rotate_every_days: 7, deliver: SHOWN })
  const dueIn = Date.parse(data.next_rotation_at ?? '') - Date.parse(data.updated_at ?? '')
  expect(dueIn).toBe(7 * 86_400_000)
  expect((await call(updateKeys, { hash, rotate_every_days: 365 })).data).toMatchObject({ rotate_every_days: 365 })
  expect((await call(updateKeys, { hash, name: 'other' })).data).toMatchObject({
    rotate_every_days: 365,
    deliver: SHOWN,
  })
  expect((await call(updateKeys, { hash, rotate_every_days: null })).data).toMatchObject({
    rotate_every_days: null,
    next_rotation_at: null,
    deliver: SHOWN,
  })
  expect((await call(updateKeys, { hash, deliver: null })).data.deliver).toBeNull()
  const trail = await auditRows({ action: 'updateKeys', resource_id: hash })
  expect(trail).toHaveLength(5)
  expect(JSON.stringify([trail, (await call(getKey, { hash })).data])).not.toMatch(/canary|path-that-is-secret/)
})

test('201 with a plan from the beginning', async () => {
  const body = { name: 'planned', rotate_every_days: 1, deliver: SIGNED }
  const { data } = expectAnswer(await send('POST', '/api/v1/keys', { body }), 201, createKeys.output)
  expect(data).toMatchObject({ rotate_every_days: 1, deliver: SHOWN, next_rotation_at: expect.any(String) })
})

test('400: by itself only to somewhere, or its users would be locked out', async () => {
  const { hash } = (await newKey()).data
  const body = { name: 'n', rotate_every_days: 7 }
  expectError(await send('POST', '/api/v1/keys', { body }), 400, 'rotate_every_days')
  expectError(await send('PATCH', `/api/v1/keys/${hash}`, { body: { rotate_every_days: 7 } }), 400, 'rotate_every_days')
  await call(updateKeys, { hash, rotate_every_days: 7, deliver: SIGNED })
  expectError(await send('PATCH', `/api/v1/keys/${hash}`, { body: { deliver: null } }), 400, 'deliver')
  expect((await call(getKey, { hash })).data).toMatchObject({ rotate_every_days: 7, deliver: SHOWN })
  const both = { deliver: null, rotate_every_days: null }
  expect((await call(updateKeys, { hash, ...both })).data).toMatchObject(both)
})

test.each([
  ['no days', { rotate_every_days: 0, deliver: SIGNED }, 'rotate_every_days'],
  ['more than a year', { rotate_every_days: 366, deliver: SIGNED }, 'rotate_every_days'],
  ['half a day', { rotate_every_days: 1.5, deliver: SIGNED }, 'rotate_every_days'],
  ['a kept target that names the kept target', { deliver: { type: 'stored' } }, 'deliver'],
])('400 names the field of %s', async (_name, body, field) => {
  const { hash } = (await newKey()).data
  expectError(await send('PATCH', `/api/v1/keys/${hash}`, { body }), 400, field)
})

test('400: the key of the environment is not rotated', async () => {
  const hash = hashSecretKey(gateway.managementKey)
  expectError(
    await send('PATCH', `/api/v1/keys/${hash}`, { body: { deliver: SIGNED } }),
    400,
    'SWITCHYARD_MANAGEMENT_KEY',
  )
})

test('403: nobody has the secrets of a key sent somewhere that may more than they', async () => {
  const { data } = await newKey({ workspace_id: gateway.teamWorkspaceId, permissions: ['*'] })
  const { cookie } = gateway.sessions.admin
  const answer = await send('PATCH', `/api/v1/keys/${data.hash}`, { cookie, body: { deliver: SIGNED } })
  expectError(answer, 403, 'permission')
})
