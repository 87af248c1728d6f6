import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { withDatabase } from './stored-data.ts'

/*
 * S2: from an address that a key may not be used from, nobody learns anything about the key, and the key notices nothing. The
 * gateway trusts a proxy on this machine, so that a test can come from anywhere.
 */

const INSIDE = '198.51.100.7'
const OUTSIDE = '203.0.113.9'
const NETWORKS = ['198.51.100.0/24', '2001:db8::/32']
const FORBIDDEN = { error: { code: 403, message: 'Forbidden', metadata: { error_type: 'permission_denied' } } }
const FROM_PROXY = { 'x-forwarded-for': '127.0.0.1' }

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1', SWITCHYARD_SIM: 'on' } })
})
afterAll(async () => {
  expect(gateway?.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
  await gateway?.stop()
})

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await gateway.call(method, `/api/v1${path}`, { headers: FROM_PROXY, ...(body && { body }) })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

interface Made {
  key: string
  hash: string
}

async function newKey(fields: object = {}): Promise<Made> {
  const { data, key } = await api<{ key: string; data: { hash: string } }>('POST', '/keys', {
    name: 'fenced',
    allowed_ips: NETWORKS,
    ...fields,
  })
  return { key, hash: data.hash }
}

/** A chat completion from an address; everything of its answer but what is new each time. */
async function ask(key: string, from: string, model = 'sim/lorem') {
  const response = await fetch(`${gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'one two' }] }),
  })
  const headers = [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
  return { status: response.status, headers, text: await response.text() }
}

const statusFrom = async (key: string, from: string) => (await ask(key, from)).status

async function keysInEveryState(): Promise<Record<string, Made>> {
  const soon = new Date(Date.now() + 1_500).toISOString()
  const keys = {
    valid: await newKey(),
    disabled: await newKey(),
    expired: await newKey({ expires_at: soon }),
    'over its limit': await newKey({ limit: 0.000001 }),
    'over its rate': await newKey({ rate_limit_rpm: 1 }),
    'read-only': await newKey({ type: 'read_only' }),
  }
  await api('PATCH', `/keys/${keys.disabled.hash}`, { disabled: true })
  await ask(keys['over its rate'].key, INSIDE, 'sim/echo')
  await new Promise((resolve) => setTimeout(resolve, 1_600))
  return keys
}

test('S2 from a forbidden address a key of every state gets the same answer, byte by byte, and notices nothing', async () => {
  const keys = await keysInEveryState()
  const inside = await Promise.all(Object.values(keys).map(({ key }) => statusFrom(key, INSIDE)))
  expect(inside.slice(0, 4)).toEqual([200, 401, 401, 402])
  const before = await traces(keys)
  const answers = await Promise.all(Object.values(keys).map(({ key }) => ask(key, OUTSIDE)))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(answers[0]?.status).toBe(403)
  expect(JSON.parse(answers[0]?.text ?? '')).toEqual(FORBIDDEN)
  const elsewhere = await Promise.all(
    Object.values(keys).map(({ key }) =>
      gateway.call('GET', '/api/v1/key', { key, headers: { 'x-forwarded-for': OUTSIDE } }),
    ),
  )
  for (const { body, status } of elsewhere) expect({ status, body }).toEqual({ status: 403, body: FORBIDDEN })
  expect(await traces(keys)).toEqual(before)
  const events = await withDatabase(gateway, ({ kysely }) =>
    kysely.selectFrom('security_event').selectAll().where('kind', '=', 'forbidden_address').execute(),
  )
  const counts = new Map<bigint, number>()
  for (const { count, key_id } of events) counts.set(key_id, (counts.get(key_id) ?? 0) + Number(count))
  expect([...counts.values()]).toEqual(Object.values(keys).map(() => 2))
  expect(new Set(events.map(({ network }) => network))).toEqual(new Set(['203.0.113.0']))
})

/** Everything that the use of these keys changes, as soon as all of it is there. */
async function traces(keys: Record<string, Made>): Promise<unknown> {
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  const all = []
  for (const { hash } of Object.values(keys)) {
    all.push((await api<{ data: unknown }>('GET', `/keys/${hash}`)).data)
    all.push((await api<{ data: unknown }>('GET', `/logs?api_key_hash=${hash}&limit=100`)).data)
  }
  return all
}

test('an address counts by what it is: every spelling of one address is the same, and mapped addresses are version 4', async () => {
  const { key } = await newKey({ allowed_ips: ['2001:db8::7', '198.51.100.7'] })
  const spellings = [
    '2001:db8::7',
    '2001:DB8::7',
    '2001:0db8:0000:0000:0000:0000:0000:0007',
    '2001:db8:0:0::7',
    '[2001:db8::7]:4711',
    '198.51.100.7',
    '::ffff:198.51.100.7',
    '198.51.100.7:80',
  ]
  for (const spelling of spellings) expect([spelling, await statusFrom(key, spelling)]).toEqual([spelling, 200])
  expect(await statusFrom(key, '2001:db8::8')).toBe(403)
})

test('what a caller writes into X-Forwarded-For counts for nothing: only the part that trusted proxies wrote', async () => {
  const { key } = await newKey()
  const chains: [string, number][] = [
    [`${INSIDE}, ${OUTSIDE}`, 403],
    [`127.0.0.1, ${OUTSIDE}`, 403],
    [`${INSIDE},127.0.0.1,${OUTSIDE},127.0.0.1`, 403],
    [`${OUTSIDE}, ${INSIDE}`, 200],
    [`rubbish, ${INSIDE}, 127.0.0.1`, 200],
    ['unknown', 403],
    ['', 403],
    [INSIDE, 200],
  ]
  for (const [chain, status] of chains) expect([chain, await statusFrom(key, chain)]).toEqual([chain, status])
})

test('key, workspace and organization must all hold the address, and each change counts with the next call', async () => {
  const { data } = await api<{ data: { id: string } }>('POST', '/workspaces', { name: 'Fenced', slug: 'fenced' })
  const { key } = await newKey({ workspace_id: data.id, allowed_ips: null })
  const other = await newKey({ allowed_ips: null })
  expect(await statusFrom(key, OUTSIDE)).toBe(200)
  await api('PATCH', `/workspaces/${data.id}`, { allowed_ips: NETWORKS })
  expect([await statusFrom(key, OUTSIDE), await statusFrom(key, INSIDE)]).toEqual([403, 200])
  expect(await statusFrom(other.key, OUTSIDE)).toBe(200)
  await api('PATCH', '/organization/policy', { allowed_ips: [`${INSIDE}/32`, '127.0.0.1'] })
  expect([await statusFrom(key, '198.51.100.8'), await statusFrom(key, INSIDE)]).toEqual([403, 200])
  expect(await statusFrom(other.key, OUTSIDE)).toBe(403)
  const asAdministrator = { headers: { 'x-forwarded-for': OUTSIDE } }
  expect((await gateway.call('GET', '/api/v1/workspaces', asAdministrator)).status).toBe(403)
  await api('PATCH', '/organization/policy', { allowed_ips: null })
  await api('PATCH', `/workspaces/${data.id}`, { allowed_ips: null })
  expect([await statusFrom(key, OUTSIDE), await statusFrom(other.key, OUTSIDE)]).toEqual([200, 200])
})

test('without trusted proxies the header counts for nothing, and the connection for everything', async () => {
  await using plain = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  const headers = { 'x-forwarded-for': INSIDE }
  const mayFrom = async (allowed_ips: string[]) => {
    const key = await plain.createKey({ allowed_ips })
    return (await plain.call('GET', '/api/v1/key', { key, headers })).status
  }
  expect([await mayFrom([INSIDE]), await mayFrom(['127.0.0.1'])]).toEqual([403, 200])
})
