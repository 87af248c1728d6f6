import { expect, test } from 'vitest'
import { KEY_ROTATION_OPERATIONS } from '../../../src/contract/management/key-rotation.ts'
import { auditRows } from '../audit-trail.ts'
import { newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'
import { rotateTo, rotationOf, statusOf, UNREACHABLE } from '../rotation-fixtures.ts'

const { endKeyOverlap, rotateKeys } = KEY_ROTATION_OPERATIONS

const VAULT = {
  type: 'vault_kv2',
  address: 'https://10.255.255.1:8200',
  mount: 'secret',
  path: 'app/one',
  field: 'KEY',
  token: 'hvs.canary-token',
  namespace: 'team',
} as const
const AWS = {
  type: 'aws_secrets_manager',
  region: 'eu-central-1',
  secret_id: 'prod/key',
  access_key_id: 'AKIDCANARY',
  secret_access_key: 'canary-secret-key',
  session_token: 'canary-session',
} as const

test('200: a secret that is delivered is not in the answer, and the one before works until it has arrived', async () => {
  const { key, data } = await newKey({ limit: 3 })
  const body = { deliver: { ...UNREACHABLE, signing_secret: 'canary-signing-secret' }, overlap_seconds: 0 }
  const answer = await send('POST', `/api/v1/keys/${data.hash}/rotate`, { body })
  const rotated = expectAnswer(answer, 200, rotateKeys.output)
  expect(rotated.data).toEqual({
    ...data,
    hash: rotated.data.hash,
    label: rotated.data.label,
    updated_at: expect.any(String),
  })
  expect(rotated).toEqual({
    data: rotated.data,
    previous_valid_until: null,
    delivery: {
      id: expect.any(String),
      status: 'pending',
      type: 'webhook',
      destination: 'https://10.255.255.1',
      attempts: 0,
      last_error: null,
      next_attempt_at: expect.any(String),
      created_at: expect.any(String),
      ended_at: null,
    },
    effective_at: expect.any(String),
  })
  expect(await statusOf(key)).toBe(200)
  const { previous_secrets } = await rotationOf(rotated.data.hash)
  expect(previous_secrets).toEqual([{ hash: data.hash, valid_until: null }])
})

test('200: no credential of a receiver stands in an answer or in the audit log', async () => {
  const { data } = await newKey()
  const signed = { ...UNREACHABLE, signing_secret: 'canary-signing-secret' }
  let { hash } = data
  const answers: unknown[] = []
  for (const deliver of [VAULT, AWS, signed]) {
    const rotated = await rotateTo(hash, { deliver })
    hash = rotated.data.hash
    answers.push(rotated, await rotationOf(hash), await auditRows({ action: 'rotateKeys', resource_id: hash }))
  }
  const text = JSON.stringify(answers)
  expect(text).toContain('https://10.255.255.1:8200/secret/app/one#KEY')
  expect(text).toContain('eu-central-1/prod/key')
  for (const canary of ['canary', 'AKID', 'path-that-is-secret', 'query']) expect(text).not.toContain(canary)
})

test('200: the next rotation calls a delivery off, and the oldest secret lives until one has arrived', async () => {
  const { key, data } = await newKey()
  const first = await rotateTo(data.hash)
  const second = await rotateTo(first.data.hash)
  expect(await statusOf(key)).toBe(200)
  expect((await rotationOf(second.data.hash)).previous_secrets).toEqual([
    { hash: first.data.hash, valid_until: null },
    { hash: data.hash, valid_until: null },
  ])
  const { key: shown, delivery, data: third } = await call(rotateKeys, { hash: second.data.hash })
  expect(delivery).toBeNull()
  expect([await statusOf(key), await statusOf(shown ?? '')]).toEqual([401, 200])
  expect(await rotationOf(third.hash)).toMatchObject({ delivery: { status: 'superseded' }, previous_secrets: [] })
})

test('200: a dead key lives again by what is delivered alone', async () => {
  const { key, data } = await newKey()
  await send('PATCH', `/api/v1/keys/${data.hash}`, { body: { disabled: true } })
  const rotated = await rotateTo(data.hash)
  expect(rotated.data.disabled).toBe(false)
  expect(await statusOf(key)).toBe(401)
  expect((await rotationOf(rotated.data.hash)).previous_secrets).toEqual([])
})

test('200: to the target that is kept with the key', async () => {
  const { data } = await newKey({ deliver: VAULT })
  const { delivery, key } = await rotateTo(data.hash, { deliver: { type: 'stored' } })
  expect(key).toBeUndefined()
  expect(delivery).toMatchObject({ type: 'vault_kv2', status: 'pending' })
})

test('200: somebody may end the earlier secrets while a delivery is under way', async () => {
  const { key, data } = await newKey()
  const rotated = await rotateTo(data.hash)
  expect((await call(endKeyOverlap, { hash: rotated.data.hash })).ended).toBe(1)
  expect(await statusOf(key)).toBe(401)
})

test('400: the kept target of a key that has none', async () => {
  const { data } = await newKey()
  const body = { deliver: { type: 'stored' } }
  expectError(await send('POST', `/api/v1/keys/${data.hash}/rotate`, { body }), 400, 'deliver')
  expect((await rotationOf(data.hash)).delivery).toBeNull()
})

test.each([
  ['an unknown type', { type: 'ftp' }, 'deliver'],
  ['a webhook without URL', { type: 'webhook' }, 'deliver.url'],
  ['a URL that is no web address', { type: 'webhook', url: 'file:///etc/passwd' }, 'deliver.url'],
  ['a URL with credentials', { type: 'webhook', url: 'https://a:b@example.com/' }, 'deliver.url'],
  ['a signing secret that is too short', { ...UNREACHABLE, signing_secret: 'short' }, 'deliver.signing_secret'],
  ['a field of another type', { ...UNREACHABLE, token: 'x' }, 'token'],
  ['a path that leads elsewhere', { ...VAULT, path: 'app/../../sys' }, 'deliver.path'],
  ['a mount that leads elsewhere', { ...VAULT, mount: '/secret' }, 'deliver.mount'],
  ['an address with a query', { ...VAULT, address: 'https://vault.example.com/?a=b' }, 'deliver.address'],
  ['a header in a token', { ...VAULT, token: 'a\r\nx: y' }, 'deliver.token'],
  ['a region that is a host', { ...AWS, region: 'evil.example.com#' }, 'deliver.region'],
])('400 names the field of %s', async (_name, deliver, field) => {
  const { data } = await newKey()
  expectError(await send('POST', `/api/v1/keys/${data.hash}/rotate`, { body: { deliver } }), 400, field)
})
