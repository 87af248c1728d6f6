import { createHmac } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { startReceiver } from '../../../test/harness/secret-receivers/receiver.ts'
import { startSecretsManagerServer } from '../../../test/harness/secret-receivers/secrets-manager-server.ts'
import { startVaultServer } from '../../../test/harness/secret-receivers/vault-server.ts'
import { createGuardedHttp } from '../../upstream/guarded-http.ts'
import { createKeyDelivery } from './deliver-key.ts'

const ID = '0d9f1a3e-6a53-4a6b-9c1f-2f3f0b6f4a11'
const SECRET = `sk-or-v1-${'5'.repeat(64)}`
const NOW = 1_800_000_000_000
const KEY = { id: 7, name: 'ci', label: 'sk-or-v1-555...555', hash: 'a', previous_hash: 'b', workspace_id: null }
const send = createGuardedHttp({
  egress: { allowedCidrs: ['127.0.0.0/8'] },
  connectTimeoutMs: 1_000,
  timeoutMs: 5_000,
  answerBytesMax: 100_000,
})

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]()
})
function kept<T extends AsyncDisposable>(server: T): T {
  open.push(server)
  return server
}

let arrivals = 0
async function deliver(target: object, isWanted = true): Promise<void> {
  const delivery = createKeyDelivery({
    send,
    now: () => NOW,
    isWanted: async () => isWanted,
    arrived: async () => {
      arrivals += 1
    },
  })
  arrivals = 0
  const row = {
    id: ID,
    organizationId: 'org_1',
    workspaceId: null,
    kind: 'key_secret',
    createdAt: NOW - 5_000,
    attempts: 0,
  }
  await delivery({ ...row, payload: { secret: SECRET, target, key: KEY } }, new AbortController().signal)
}

test('a webhook gets the secret with the id of the delivery, signed over time and body', async () => {
  const receiver = kept(await startReceiver(() => ({ status: 204 })))
  await deliver({ type: 'webhook', url: `${receiver.url}/hook?a=b`, signing_secret: 'a-signing-secret-of-mine' })
  const [request] = receiver.requests
  expect([request?.method, request?.path]).toEqual(['POST', '/hook?a=b'])
  expect(JSON.parse(request?.body ?? '')).toEqual({
    type: 'api_key.rotated',
    delivery_id: ID,
    created_at: new Date(NOW - 5_000).toISOString(),
    key: KEY,
    secret: SECRET,
  })
  const time = NOW / 1_000
  const mac = createHmac('sha256', 'a-signing-secret-of-mine').update(`${time}.${request?.body}`).digest('hex')
  expect(request?.headers).toMatchObject({ 'idempotency-key': ID, 'switchyard-signature': `t=${time},v1=${mac}` })
  expect(arrivals).toBe(1)
})

test.each([
  ['refuses', 500, '500'],
  ['redirects', 302, '302'],
  ['dies before it answers', 'dies-before' as const, ''],
  ['dies in the middle of its answer', 'dies-after' as const, ''],
])('a webhook that %s has not taken it', async (_name, fault, message) => {
  const receiver = kept(await startReceiver(() => ({ status: 200, body: 'thanks' })))
  receiver.faults.push(fault)
  await expect(deliver({ type: 'webhook', url: receiver.url })).rejects.toThrow(message)
  expect(arrivals).toBe(0)
})

test('nothing leaves when another rotation came first', async () => {
  const receiver = kept(await startReceiver(() => ({ status: 200 })))
  await deliver({ type: 'webhook', url: receiver.url }, false)
  expect([receiver.requests.length, arrivals]).toEqual([0, 0])
})

test('without opened networks nothing private is connected to', async () => {
  const receiver = kept(await startReceiver(() => ({ status: 200 })))
  const closed = createGuardedHttp({
    egress: { allowedCidrs: [] },
    connectTimeoutMs: 1,
    timeoutMs: 1,
    answerBytesMax: 1,
  })
  const request = { method: 'GET' as const, url: receiver.url, headers: {}, signal: new AbortController().signal }
  await expect(closed(request)).rejects.toThrow('may not be connected to')
})

async function vault() {
  const server = kept(await startVaultServer())
  const target = {
    type: 'vault_kv2',
    address: `${server.url}/`,
    mount: 'secret',
    path: 'app/one',
    field: 'KEY',
    token: server.token,
  }
  return { server, target }
}

test('Vault: the field is set and the others of the secret stay', async () => {
  const { server, target } = await vault()
  server.write('app/one', { KEY: 'old', OTHER: { deep: [1, 2] } })
  await deliver(target)
  expect(server.read('app/one')).toEqual({ KEY: SECRET, OTHER: { deep: [1, 2] } })
})

test('Vault: a path where nothing is yet, and one whose secret was deleted', async () => {
  const { server, target } = await vault()
  await deliver(target)
  expect(server.read('app/one')).toEqual({ KEY: SECRET })
  server.remove('app/one')
  await deliver(target)
  expect([server.read('app/one'), server.versionOf('app/one')]).toEqual([{ KEY: SECRET }, 2])
})

test('Vault: a change in between is never overwritten; the next attempt keeps it', async () => {
  const { server, target } = await vault()
  server.write('app/one', { OTHER: 1 })
  server.beforeWrite = () => {
    server.beforeWrite = () => {}
    server.write('app/one', { OTHER: 2 })
  }
  await expect(deliver(target)).rejects.toThrow('changed meanwhile')
  expect(server.read('app/one')).toEqual({ OTHER: 2 })
  await deliver(target)
  expect(server.read('app/one')).toEqual({ OTHER: 2, KEY: SECRET })
})

test('Vault: a repetition after a lost answer makes no second version', async () => {
  const { server, target } = await vault()
  server.write('app/one', { OTHER: 1 })
  const { faults, requests } = server
  server.beforeWrite = () => {}
  faults.push(200)
  await expect(deliver(target)).rejects.toThrow('no KV store')
  requests.length = 0
  await deliver(target)
  await deliver(target)
  expect([server.versionOf('app/one'), requests.map(({ method }) => method)]).toEqual([2, ['GET', 'POST', 'GET']])
})

test('Vault: a wrong token is told by its status', async () => {
  const { target } = await vault()
  await expect(deliver({ ...target, token: 'hvs.other' })).rejects.toThrow('answered 403')
})

async function secretsManager() {
  const server = kept(await startSecretsManagerServer(['prod/key']))
  const target = {
    type: 'aws_secrets_manager',
    region: server.region,
    secret_id: 'prod/key',
    access_key_id: server.accessKeyId,
    secret_access_key: server.secretAccessKey,
    endpoint: server.url,
  }
  return { server, target }
}

test('AWS: a signed request makes a version, and a repetition makes no second one', async () => {
  const { server, target } = await secretsManager()
  server.faults.push('dies-after', 500)
  await expect(deliver(target)).rejects.toThrow()
  await expect(deliver(target)).rejects.toThrow('answered 500')
  await deliver(target)
  expect(server.secrets.get('prod/key')).toEqual([{ id: ID, value: SECRET }])
  expect(server.requests).toHaveLength(3)
})

test('AWS: a session token goes along', async () => {
  const { server, target } = await secretsManager()
  await deliver({ ...target, session_token: 'a-session-token' })
  expect(server.requests[0]?.headers['x-amz-security-token']).toBe('a-session-token')
})

test.each([
  ['a wrong secret key', { secret_access_key: 'wrong' }, 'answered 403: InvalidSignatureException'],
  ['a secret that does not exist', { secret_id: 'prod/other' }, 'answered 400: ResourceNotFoundException'],
])('AWS: %s is told by its name', async (_name, change, message) => {
  const { target } = await secretsManager()
  await expect(deliver({ ...target, ...change })).rejects.toThrow(message)
})

test('AWS: the client connects through the guard', async () => {
  const { target } = await secretsManager()
  await expect(deliver({ ...target, endpoint: 'http://10.0.0.1' })).rejects.toThrow('may not be connected to')
})
