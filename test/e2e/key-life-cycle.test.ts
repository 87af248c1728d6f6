import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type MintedMember, SessionMint } from '../harness/sessions.ts'
import { withDatabase } from './stored-data.ts'

/*
 * What a key may and for how long, on the request path of the real process: each change counts with the next call.
 */

let gateway: Gateway
let workspaceId: string
let organizationId: string
let developer: MintedMember
let leaver: MintedMember

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  const { data } = await api<{ data: { id: string; organization_id?: string } }>('POST', '/workspaces', {
    name: 'Keys',
    slug: 'keys',
  })
  workspaceId = data.id
  await withDatabase(gateway, async ({ kysely }) => {
    organizationId = (await kysely.selectFrom('organization').select('id').executeTakeFirstOrThrow()).id
    const mint = new SessionMint(kysely, 'a secret whose sessions nobody uses')
    const at = { organizationId, workspaces: { [workspaceId]: 'developer' as const } }
    developer = await mint.member('developer', at)
    leaver = await mint.member('leaver', at)
  })
})
afterAll(async () => {
  expect(gateway?.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
  await gateway?.stop()
})

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await gateway.call(method, `/api/v1${path}`, body === undefined ? {} : { body })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

async function newKey(fields: object = {}): Promise<{ key: string; hash: string }> {
  const body = { name: 'living', workspace_id: workspaceId, ...fields }
  const { data, key } = await api<{ key: string; data: { hash: string } }>('POST', '/keys', body)
  return { key, hash: data.hash }
}

interface ChatBody {
  model?: string
  error?: { message: string }
}

async function ask(key: string, fields: object = {}, headers: Record<string, string> = {}) {
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'one' }], ...fields }
  const answer = await gateway.call('POST', '/api/v1/chat/completions', { key, body, headers })
  const { error, model } = answer.body as ChatBody
  return { status: answer.status, told: error?.message ?? model }
}

const statusOf = async (key: string, fields: object = {}) => (await ask(key, fields)).status

const NOT_THESE = { status: 404, told: 'No models match your request and model restrictions' }
const GONE = { status: 401, told: 'User not found.' }

test('a scoped key calls the models that its patterns name, and no others', async () => {
  const { key, hash } = await newKey({ type: 'scoped', allowed_models: ['sim/e*'] })
  expect(await ask(key)).toEqual({ status: 200, told: 'sim/echo' })
  expect(await ask(key, { model: 'sim/lorem' })).toEqual(NOT_THESE)
  expect(await ask(key, { model: 'no/such' })).toEqual({ status: 400, told: 'no/such is not a valid model ID' })
  // Of a list of fallbacks those that it may call are left, in their order.
  expect(await ask(key, { model: 'sim/lorem', models: ['sim/lorem', 'sim/echo'] })).toMatchObject({ told: 'sim/echo' })
  await api('PATCH', `/keys/${hash}`, { allowed_models: ['*:free'] })
  expect([await statusOf(key), await statusOf(key, { model: 'sim/lorem' })]).toEqual([200, 404])
  await api('PATCH', `/keys/${hash}`, { allowed_models: null })
  expect(await statusOf(key, { model: 'sim/lorem' })).toBe(200)
})

test('a key without the permission inference calls no model: read-only, scoped to something else, management', async () => {
  const without = { status: 403, told: 'Keys without the permission inference cannot call inference endpoints' }
  for (const fields of [
    { type: 'read_only' },
    { type: 'scoped', read_only: true },
    { type: 'scoped', permissions: ['log:read'] },
  ]) {
    const { key } = await newKey(fields)
    expect(await ask(key)).toEqual(without)
    expect((await gateway.call('GET', '/api/v1/logs', { key })).status).toBe(200)
  }
  expect(await ask(gateway.managementKey)).toEqual({
    status: 403,
    told: 'Management keys cannot call inference endpoints',
  })
})

/** One that has worked: of a longer life on a machine too busy to use it in a shorter one. */
async function newEphemeralKey(ttl_seconds = 2): Promise<string> {
  const begin = Date.now()
  const { key } = await newKey({ type: 'ephemeral', ttl_seconds, hidden: true })
  const status = await statusOf(key)
  if (status === 401 && Date.now() - begin >= ttl_seconds * 1_000 && ttl_seconds < 60)
    return await newEphemeralKey(2 * ttl_seconds)
  expect(status).toBe(200)
  return key
}

test('an ephemeral key ends by itself, to the second', async () => {
  const key = await newEphemeralKey()
  await expect.poll(() => ask(key), { timeout: 90_000 }).toEqual(GONE)
})

test('disabled, enabled, deleted: each counts with the next call', async () => {
  const { key, hash } = await newKey()
  expect(await statusOf(key)).toBe(200)
  await api('PATCH', `/keys/${hash}`, { disabled: true })
  expect(await ask(key)).toEqual(GONE)
  await api('PATCH', `/keys/${hash}`, { disabled: false })
  expect(await statusOf(key)).toBe(200)
  await api('DELETE', `/keys/${hash}`)
  expect(await ask(key)).toEqual(GONE)
})

test('a rotated key is one key with two secrets until its overlap ends, and both count on one limit', async () => {
  const old = await newKey({ limit: 1 })
  const { data, key } = await api<{ key: string; data: { hash: string } }>('POST', `/keys/${old.hash}/rotate`, {
    overlap_seconds: 3_600,
  })
  const lorem = { model: 'sim/lorem', max_tokens: 5 }
  expect([await statusOf(old.key, lorem), await statusOf(key, lorem)]).toEqual([200, 200])
  await expect
    .poll(async () => (await api<{ data: { usage: number } }>('GET', `/keys/${data.hash}`)).data.usage)
    .toBeGreaterThan(0.00002)
  await api('POST', `/keys/${data.hash}/end-overlap`, {})
  expect(await ask(old.key)).toEqual(GONE)
  expect(await statusOf(key)).toBe(200)
})

test('the keys of a member whose role lets them call no models call none, and do again with the role', async () => {
  const { key } = await newKey({ type: 'team', creator_user_id: developer.userId })
  const system = await newKey()
  const path = `/workspaces/${workspaceId}/members/${developer.userId}`
  const barred = { status: 403, told: 'The owner of this key may not call models in its workspace' }
  expect(await statusOf(key)).toBe(200)
  await api('PATCH', path, { workspace_role: 'viewer' })
  expect([await ask(key), await statusOf(system.key)]).toEqual([barred, 200])
  await api('PATCH', path, { workspace_role: 'developer' })
  expect(await statusOf(key)).toBe(200)
  const { data: role } = await api<{ data: { id: string } }>('POST', '/organization/custom-roles', {
    name: 'Reads logs',
    permissions: ['log:read'],
  })
  await api('PATCH', path, { custom_role_id: role.id })
  expect(await ask(key)).toEqual(barred)
  await api('PATCH', `/organization/custom-roles/${role.id}`, { permissions: ['log:read', 'inference'] })
  expect(await statusOf(key)).toBe(200)
  await api('PATCH', `/organization/custom-roles/${role.id}`, { permissions: ['log:read'] })
  await api('PATCH', `/organization/members/${developer.userId}`, { role: 'org:admin' })
  expect(await statusOf(key)).toBe(200)
})

test('with whoever leaves the organization their keys end', async () => {
  const { key } = await newKey({ creator_user_id: leaver.userId })
  expect(await statusOf(key)).toBe(200)
  await api('DELETE', `/organization/members/${leaver.userId}`)
  expect(await ask(key)).toEqual(GONE)
})

test('a cookie is nobody on the request path: without a key it is 401, and beside one it changes nothing', async () => {
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'one' }] }
  const headers = { cookie: developer.cookie, origin: gateway.url, 'sec-fetch-site': 'same-origin' }
  const answer = await gateway.call('POST', '/api/v1/chat/completions', { key: null, body, headers })
  expect([answer.status, answer.body]).toMatchObject([401, { error: { message: 'Missing Authentication header' } }])
  const { key } = await newKey()
  expect((await ask(key, {}, headers)).status).toBe(200)
})

test('what is asked first is answered first: a dead key before a body, a wrong kind before a body', async () => {
  const { key, hash } = await newKey()
  const readOnly = await newKey({ type: 'read_only' })
  await api('DELETE', `/keys/${hash}`)
  const send = async (secret: string) => {
    const response = await fetch(`${gateway.url}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'text/plain' },
      body: 'no json',
    })
    await response.arrayBuffer()
    return response.status
  }
  expect([await send(key), await send(readOnly.key), await send((await newKey()).key)]).toEqual([401, 403, 415])
})

test('a workspace that is deleted takes its keys with it', async () => {
  const { data } = await api<{ data: { id: string } }>('GET', '/workspaces/default')
  const { key } = await newKey({ workspace_id: data.id })
  expect(await statusOf(key)).toBe(200)
  await api('DELETE', `/workspaces/${data.id}?confirm_default_workspace_deletion=true`)
  expect(await ask(key)).toEqual(GONE)
})
