import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { withDatabase } from './stored-data.ts'

/* Pages of other origins: only those that a workspace names read what its keys are answered, and never with a cookie. */

const NAMED = 'https://app.example'
const FOREIGN = 'https://evil.example'
const CHAT = '/api/v1/chat/completions'

let gateway: Gateway
let key: string
let otherKey: string
let keyHash: string
let workspaceId: string

beforeAll(async () => {
  gateway = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  const made = await gateway.call('POST', '/api/v1/workspaces', {
    body: { name: 'Pages', slug: 'pages', allowed_origins: [NAMED, 'http://localhost:3000'] },
  })
  workspaceId = (made.body as { data: { id: string } }).data.id
  const answer = await gateway.call('POST', '/api/v1/keys', { body: { name: 'page', workspace_id: workspaceId } })
  const created = answer.body as { key: string; data: { hash: string } }
  key = created.key
  keyHash = created.data.hash
  otherKey = await gateway.createKey()
})
afterAll(() => gateway?.stop())

async function ask(secret: string | null, origin: string | null, fields: object = {}) {
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'one' }], ...fields }
  const { headers, status } = await gateway.call('POST', CHAT, { key: secret, body, headers: origin ? { origin } : {} })
  return { status, allowed: headers.get('access-control-allow-origin'), vary: headers.get('vary'), headers }
}

async function preflight(origin: string, path = CHAT) {
  const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
  const answer = await gateway.call('OPTIONS', path, { key: null, headers })
  return { status: answer.status, headers: answer.headers }
}

test('a page of a named origin reads answers, streams and refusals; no other page does, and no cookie goes along', async () => {
  expect(await ask(key, NAMED)).toMatchObject({ status: 200, allowed: NAMED, vary: 'origin' })
  expect(await ask(key, NAMED, { stream: true })).toMatchObject({ status: 200, allowed: NAMED })
  expect(await ask(key, NAMED, { model: 'no/such' })).toMatchObject({ status: 400, allowed: NAMED })
  const { headers } = await ask(key, 'http://localhost:3000')
  expect(headers.get('access-control-expose-headers')).toContain('x-generation-id')
  expect(headers.get('access-control-allow-credentials')).toBeNull()
  for (const [secret, origin] of [
    [key, FOREIGN],
    [key, `${NAMED}.evil.example`],
    [key, 'null'],
    [otherKey, NAMED],
    [key, null],
  ] as const) {
    expect([origin, await ask(secret, origin)]).toMatchObject([origin, { status: 200, allowed: null }])
  }
  expect(await ask(null, NAMED)).toMatchObject({ status: 401, allowed: null })
})

test('a browser that asks first is told yes for named origins, with the headers that applications send', async () => {
  const { headers, status } = await preflight(NAMED)
  expect([status, headers.get('access-control-allow-origin')]).toEqual([204, NAMED])
  expect(headers.get('access-control-allow-headers')).toContain('authorization')
  expect(headers.get('access-control-allow-methods')).toContain('POST')
  expect(headers.get('access-control-allow-credentials')).toBeNull()
  const no = await preflight(FOREIGN)
  expect([no.status, no.headers.get('access-control-allow-origin')]).toEqual([404, null])
  expect((await preflight(NAMED, '/api/v1/key')).status).toBe(204)
  expect((await preflight(NAMED, '/setup')).headers.get('access-control-allow-origin')).toBeNull()
})

test('what a key asks of the management API is read by the same pages; the catalogue by all', async () => {
  const own = async (path: string, secret: string | null, origin: string) => {
    const { headers } = await gateway.call('GET', path, { key: secret, headers: { origin } })
    return headers.get('access-control-allow-origin')
  }
  expect(await own('/api/v1/key', key, NAMED)).toBe(NAMED)
  expect(await own('/api/v1/key', key, FOREIGN)).toBeNull()
  expect(await own('/api/v1/key', otherKey, NAMED)).toBeNull()
  expect(await own('/api/v1/workspaces', gateway.managementKey, NAMED)).toBeNull()
  expect(await own('/api/v1/models', null, FOREIGN)).toBe('*')
})

test('an origin that is taken out of the list reads nothing from the next call on', async () => {
  const change = (allowed_origins: string[]) =>
    gateway.call('PATCH', `/api/v1/workspaces/${workspaceId}`, { body: { allowed_origins } })
  await change(['https://new.example'])
  expect([(await ask(key, NAMED)).allowed, (await preflight(NAMED)).status]).toEqual([null, 404])
  expect((await ask(key, 'https://new.example')).allowed).toBe('https://new.example')
  await change([NAMED])
})

test('a key that is used from a foreign page, or when it is dead, is counted by network and minute', async () => {
  await gateway.call('PATCH', `/api/v1/keys/${keyHash}`, { body: { disabled: true } })
  for (let count = 0; count < 5; count += 1) expect((await ask(key, null)).status).toBe(401)
  const rows = await withDatabase(gateway, ({ kysely }) =>
    kysely.selectFrom('security_event').select(['kind', 'network', 'origin', 'count', 'workspace_id']).execute(),
  )
  const total = (kind: string) =>
    rows.filter((row) => row.kind === kind).reduce((sum, { count }) => sum + Number(count), 0)
  expect([total('dead_key'), total('forbidden_address')]).toEqual([5, 0])
  expect(total('foreign_origin')).toBeGreaterThanOrEqual(5)
  expect(new Set(rows.map(({ network }) => network))).toEqual(new Set(['127.0.0.0']))
  expect(rows.filter(({ kind }) => kind === 'foreign_origin').map(({ origin }) => origin)).toContain(FOREIGN)
})
