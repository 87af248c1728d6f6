import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { KeyRotationWire } from '../../src/contract/management/key-rotation.ts'
import type { KeyWire } from '../../src/contract/management/keys.ts'
import { hashSecretKey } from '../../src/platform/secret-key.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type Receiver, type ReceiverFault, startReceiver } from '../harness/secret-receivers/receiver.ts'
import { startSecretsManagerServer } from '../harness/secret-receivers/secrets-manager-server.ts'
import { startVaultServer } from '../harness/secret-receivers/vault-server.ts'
import { withDatabase } from './stored-data.ts'

/*
 * Rotation as its users meet it: the new secret goes to a real receiver, through whatever the receiver does, and nobody is
 * without a working secret at any moment.
 */

const SIGNING_SECRET = 'signing-secret-of-this-test'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8', SWITCHYARD_SIM: 'on' } })
})
afterAll(() => gateway?.stop())

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]()
})
function kept<T extends AsyncDisposable>(server: T): T {
  open.push(server)
  return server
}

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await gateway.call(method, `/api/v1${path}`, body === undefined ? {} : { body })
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

async function newKey(fields: object = {}): Promise<{ key: string; data: KeyWire }> {
  return await api('POST', '/keys', { name: 'rotated', ...fields })
}

async function rotate(hash: string, body: object): Promise<KeyWire> {
  const answer = await api<{ data: KeyWire; key?: string }>('POST', `/keys/${hash}/rotate`, body)
  expect(answer.key).toBeUndefined()
  return answer.data
}

const rotationOf = async (hash: string) => (await api<{ data: KeyRotationWire }>('GET', `/keys/${hash}/rotation`)).data

/** Uses a secret, and returns what that cost. */
async function use(key: string): Promise<number> {
  const body = { model: 'sim/lorem', max_tokens: 20, messages: [{ role: 'user', content: 'one two three' }] }
  const answer = await gateway.call('POST', '/api/v1/chat/completions', { key, body })
  expect(answer.status).toBe(200)
  return (answer.body as { usage: { cost: number } }).usage.cost
}

/** Whether a secret works, without using it for anything: the management API says 403 to a living key that may nothing there. */
async function isAlive(key: string): Promise<boolean> {
  return (await gateway.call('GET', '/api/v1/workspaces', { key })).status !== 401
}

async function eventually<T>(ask: () => Promise<T> | T, isThere: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const value = await ask()
    if (isThere(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return await ask()
}

const whenDelivered = (hash: string) =>
  eventually(
    () => rotationOf(hash),
    ({ delivery }) => delivery?.status === 'delivered',
  )

async function auditActions(hash: string): Promise<{ action: string; actor_kind: string }[]> {
  const { data } = await api<{ data: { action: string; actor_kind: string }[] }>(
    'GET',
    `/audit-logs?resource_id=${hash}&limit=50`,
  )
  return data.map(({ action, actor_kind }) => ({ action, actor_kind }))
}

interface Hook {
  delivery_id: string
  secret: string
  key: Record<string, unknown>
}
const hooksOf = ({ requests }: Receiver) => requests.map(({ body }) => JSON.parse(body) as Hook)

async function startWebhook(faults: ReceiverFault[] = []) {
  const receiver = kept(await startReceiver(() => ({ status: 200, body: 'taken' })))
  receiver.faults.push(...faults)
  return { receiver, deliver: { type: 'webhook', url: `${receiver.url}/hook`, signing_secret: SIGNING_SECRET } }
}

test('a webhook that refuses, dies, and dies while it answers gets one secret, under one id, until it has taken it', async () => {
  const { deliver, receiver } = await startWebhook([503, 'dies-before', 'dies-after'])
  const { key, data } = await newKey({
    limit: 3,
    limit_reset: 'monthly',
    allowed_models: ['sim/*'],
    rate_limit_rpm: 50,
  })
  const rotated = await rotate(data.hash, { deliver })
  while ((await rotationOf(rotated.hash)).delivery?.status === 'pending') {
    expect(await isAlive(key)).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const { delivery, previous_secrets } = await rotationOf(rotated.hash)
  expect(delivery).toMatchObject({ status: 'delivered', attempts: 3, last_error: null, next_attempt_at: null })
  const hooks = hooksOf(receiver)
  expect(hooks).toHaveLength(4)
  expect(new Set(hooks.map(({ delivery_id }) => delivery_id))).toEqual(new Set([delivery?.id]))
  expect(new Set(hooks.map(({ secret }) => secret)).size).toBe(1)
  expect(hashSecretKey(hooks[0]?.secret ?? '')).toBe(rotated.hash)
  for (const { body, headers } of receiver.requests) {
    const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['switchyard-signature'])) ?? []
    expect(createHmac('sha256', SIGNING_SECRET).update(`${time}.${body}`).digest('hex')).toBe(mac)
  }
  expect(previous_secrets).toEqual([{ hash: data.hash, valid_until: expect.any(String) }])
  const { hash, label, updated_at } = rotated
  expect(rotated).toEqual({ ...data, hash, label, updated_at })
})

test('both secrets draw on one counter; the first use of the new one ends the old one, and that is on record', async () => {
  const { deliver, receiver } = await startWebhook()
  const { key, data } = await newKey({ limit: 5 })
  let spent = await use(key)
  const { hash } = await rotate(data.hash, { deliver })
  await whenDelivered(hash)
  spent += await use(key)
  const secret = hooksOf(receiver)[0]?.secret ?? ''
  expect(await isAlive(key)).toBe(true)
  spent += await use(secret)
  expect(
    await eventually(
      () => isAlive(key),
      (alive) => !alive,
    ),
  ).toBe(false)
  expect(await isAlive(secret)).toBe(true)
  const { data: counted } = await eventually(
    () => api<{ data: KeyWire }>('GET', `/keys/${hash}`),
    (answer) => answer.data.usage > spent * 0.99,
  )
  expect(counted.usage).toBeCloseTo(spent, 9)
  expect(counted.limit_remaining).toBeCloseTo(5 - spent, 9)
  expect((await auditActions(hash)).reverse()).toEqual([
    { action: 'rotateKeys', actor_kind: 'bootstrap' },
    { action: 'deliverKey', actor_kind: 'system' },
    { action: 'endKeyOverlap', actor_kind: 'system' },
  ])
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(receiver.requests).toHaveLength(1)
})

test('an overlap of 0 after a delivery ends the old secret with the delivery, and never before it', async () => {
  const { deliver, receiver } = await startWebhook([500])
  const { key, data } = await newKey()
  const { hash } = await rotate(data.hash, { deliver, overlap_seconds: 0 })
  expect(await isAlive(key)).toBe(true)
  await whenDelivered(hash)
  expect(
    await eventually(
      () => isAlive(key),
      (alive) => !alive,
    ),
  ).toBe(false)
  expect(await isAlive(hooksOf(receiver)[1]?.secret ?? '')).toBe(true)
})

test('a Vault-compatible server gets the secret in its field, past a change by somebody else and a lost answer', async () => {
  const vault = kept(await startVaultServer())
  vault.write('app/one', { KEY: 'old', OTHER: 1 })
  vault.beforeWrite = () => {
    vault.beforeWrite = () => {}
    vault.write('app/one', { KEY: 'old', OTHER: 2 })
  }
  const { data } = await newKey()
  const deliver = {
    type: 'vault_kv2',
    address: vault.url,
    mount: 'secret',
    path: 'app/one',
    field: 'KEY',
    token: vault.token,
  }
  const { hash } = await rotate(data.hash, { deliver })
  const { delivery } = await whenDelivered(hash)
  expect(delivery).toMatchObject({ attempts: 1, destination: `${vault.url}/secret/app/one#KEY` })
  const stored = vault.read('app/one')
  expect(stored).toEqual({ KEY: expect.any(String), OTHER: 2 })
  expect(hashSecretKey(String(stored?.['KEY']))).toBe(hash)
  expect(vault.versionOf('app/one')).toBe(3)
})

test('an AWS-compatible server gets one version, though it dies while it answers', async () => {
  const aws = kept(await startSecretsManagerServer(['prod/key']))
  aws.faults.push('dies-after')
  const { data } = await newKey()
  const deliver = {
    type: 'aws_secrets_manager',
    region: aws.region,
    secret_id: 'prod/key',
    access_key_id: aws.accessKeyId,
    secret_access_key: aws.secretAccessKey,
    endpoint: aws.url,
  }
  const { hash } = await rotate(data.hash, { deliver })
  const { delivery } = await whenDelivered(hash)
  const versions = aws.secrets.get('prod/key') ?? []
  expect(versions.map(({ id, value }) => [id, hashSecretKey(value)])).toEqual([[delivery?.id, hash]])
  expect(delivery?.attempts).toBe(1)
})

test('a delivery that waits survives a kill and goes out once', async () => {
  const { deliver, receiver } = await startWebhook([500, 500])
  const { key, data } = await newKey()
  const { hash } = await rotate(data.hash, { deliver })
  await eventually(
    () => receiver.requests.length,
    (count) => count === 2,
  )
  await gateway.kill9()
  await gateway.restart()
  await whenDelivered(hash)
  expect(await isAlive(key)).toBe(true)
  const secrets = new Set(hooksOf(receiver).map(({ secret }) => hashSecretKey(secret)))
  expect(secrets).toEqual(new Set([hash]))
})

test('a key rotates by itself when it is due, once for each time, also over restarts', async () => {
  const { deliver, receiver } = await startWebhook()
  const { data } = await newKey({ rotate_every_days: 2, deliver })
  const disabled = await newKey({ rotate_every_days: 2, deliver })
  await api('PATCH', `/keys/${disabled.data.hash}`, { disabled: true })
  await withDatabase(gateway, async ({ kysely }) => {
    await kysely
      .updateTable('api_key')
      .set({ next_rotation_at: new Date(Date.now() - 1_000).toISOString() })
      .where('id', 'in', [BigInt(data.id), BigInt(disabled.data.id)])
      .execute()
  })
  await eventually(
    () => receiver.requests.length,
    (count) => count > 0,
  )
  const hash = hashSecretKey(hooksOf(receiver)[0]?.secret ?? '')
  const rotation = await whenDelivered(hash)
  expect(rotation.rotate_every_days).toBe(2)
  expect(Date.parse(rotation.next_rotation_at ?? '') - Date.now()).toBeGreaterThan(1.9 * 86_400_000)
  await gateway.restart()
  await gateway.restart()
  expect((await rotationOf(hash)).delivery).toEqual(rotation.delivery)
  expect(receiver.requests).toHaveLength(1)
  expect(hooksOf(receiver)[0]?.key).toMatchObject({ id: data.id, hash, previous_hash: data.hash })
  const actions = (await auditActions(hash)).filter(({ action }) => action === 'rotateKeys')
  expect(actions).toEqual([{ action: 'rotateKeys', actor_kind: 'system' }])
})

test('no secret and no credential of a receiver stands in the log', () => {
  const text = gateway.stdout.join('\n') + gateway.stderr.join('\n')
  expect(text).not.toContain(SIGNING_SECRET)
  expect(text).not.toMatch(/sk-or-v1-[0-9a-f]{64}/)
})
