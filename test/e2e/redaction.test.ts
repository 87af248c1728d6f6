import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setUpToken } from '../contract/shared-gateway.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { FAULT_NAMES } from '../harness/reply-plan.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { totpCode, Visitor } from '../harness/visitor.ts'
import { oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

/*
 * S15: secrets and people's words, pushed through every path that may fail, are in no sink: not in the log, not in the metrics,
 * not in an error that somebody else reads, not in the audit log.
 */

const CANARY = 'canary'
const PERSON = { name: 'Wilhelmina Canaryfield', phone: '+44 7700 900123', card: '4111 1111 1111 1111' }
const WORDS = `Secret ${CANARY}-of-a-prompt of ${PERSON.name}, ${PERSON.phone}, ${PERSON.card}`
const METRICS_TOKEN = `${CANARY}-of-the-metrics`
const ADMIN = { email: 'ada@example.test', password: `${CANARY}-of-a-password` }
let gateway: Gateway
let upstream: ScriptedUpstream
const secrets: string[] = []

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const config = oneProvider(upstream.baseUrl) as { providers: { api_key: string }[] }
  for (const provider of config.providers) provider.api_key = `${CANARY}-of-a-provider`
  gateway = await startGateway({
    config,
    env: { SWITCHYARD_METRICS_TOKEN: METRICS_TOKEN, LOG_LEVEL: 'trace' },
  })
})
afterAll(async () => {
  await gateway.stop()
  await upstream.close()
})

test('S15: a person who signs in, in every way that fails and succeeds', async () => {
  const visitor = new Visitor(gateway.url)
  const token = await setUpToken(gateway.stdout)
  await visitor.post('/setup', { token: `${CANARY}-of-a-token`, ...ADMIN })
  const made = await visitor.post('/setup', { token, ...ADMIN })
  expect(made.status).toBe(201)
  secrets.push(made.body.data.management_key, made.body.data.inference_key, sessionToken(visitor))
  await visitor.post('/auth-api/sign-in', { email: ADMIN.email, password: `${CANARY}-of-a-guess` })
  await visitor.post('/auth-api/sign-in', { email: ADMIN.email, password: ADMIN.password, [`${CANARY}-field`]: 1 })
  await visitor.post('/auth-api/sign-in', `{"email":"${CANARY}`)
  await visitor.post('/auth-api/password/reset', {
    token: `${CANARY}-of-a-reset`,
    new_password: `${CANARY}-of-the-next`,
  })
  await visitor.post('/auth-api/sign-in/key', { key: `${CANARY}-of-a-key` })
  await visitor.get(`/auth-api/sign-in/oidc/callback?code=${CANARY}-of-a-code&state=${CANARY}-of-a-state`)
  const { body } = await visitor.post('/auth-api/two-factor/enable', { password: ADMIN.password })
  secrets.push(body.data.secret, ...body.data.backup_codes)
  const code = totpCode(body.data.secret)
  expect((await visitor.post('/auth-api/two-factor/confirm', { code })).status).toBe(200)
  secrets.push(sessionToken(visitor))
  await visitor.post('/auth-api/sign-in', ADMIN)
  await visitor.post('/auth-api/sign-in/second-factor', { backup_code: body.data.backup_codes[0] })
  secrets.push(sessionToken(visitor))
  expectSilence()
})

test('S15: a provider that fails in every way and repeats what it was told', async () => {
  const key = await gateway.createKey({ name: 'caller' })
  secrets.push(key)
  const echo = { error: { message: `${WORDS}; key ${CANARY}-of-a-provider; Bearer ${key}`, type: 'invalid' } }
  const plans = [
    ...[400, 401, 403, 404, 429, 500, 503].map((status) => ({ status, errorBody: echo })),
    ...FAULT_NAMES.filter((name) => !/hang|byte-per-second|huge/.test(name)).map((fault) => ({ fault, text: WORDS })),
    { text: WORDS },
  ]
  for (const plan of plans) {
    for (const stream of [false, true]) {
      upstream.forModel('small', plan)
      const body = { model: 'alpha/small', stream, messages: [{ role: 'user', content: WORDS }] }
      await gateway.call('POST', '/api/v1/chat/completions', { key, body })
    }
  }
  await gateway.call('POST', '/api/v1/chat/completions', { key, body: { model: WORDS, messages: [] } })
  await gateway.call('POST', `/api/v1/chat/completions?key=${key}`, { key: `${CANARY}-of-a-caller`, body: {} })
  expectSilence()
})

test('S15: management calls that fail, a bug of ours among them', async () => {
  const post = (path: string, body: object) => gateway.call('POST', `/api/v1${path}`, { body })
  await post('/byok', { provider: 'openai', key: `${CANARY}-of-byok-0123456789`, name: 'mine', extra: CANARY })
  await post('/byok', { provider: 'openai', key: `${CANARY}-of-byok-0123456789`, name: 'mine' })
  const destination = await post('/observability/destinations', {
    type: 'langfuse',
    name: 'traces',
    config: { publicKey: 'pk-lf-1', secretKey: `${CANARY}-of-a-destination` },
  })
  const { id } = (destination.body as { data: { id: string } }).data
  await withDatabase(gateway, async ({ kysely }) => {
    await sql`UPDATE observability_destination SET secrets = 'v1.AAAAAAAAAAAAAAAA.broken'`.execute(kysely)
  })
  const body = { config: { publicKey: 'pk-lf-2', secretKey: `${CANARY}-of-another` }, name: `${CANARY}-of-a-name` }
  const broken = await gateway.call('PATCH', `/api/v1/observability/destinations/${id}`, { body })
  expect(JSON.stringify(broken.body)).not.toContain(CANARY)
  expectSilence()
})

test('S15: in the metrics and in the audit log is none of it either', async () => {
  const metrics = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
  expect(metrics.status).toBe(200)
  expect(tellsIn(await metrics.text())).toEqual([])
  const { body } = await gateway.call('GET', '/api/v1/audit-logs?limit=100')
  expect(tellsIn(JSON.stringify(body))).toEqual([])
})

/** The log of the process, but for the one link that it prints on purpose. */
function expectSilence(): void {
  const lines = [...gateway.stdout, ...gateway.stderr].filter((line) => !line.includes('set_up_needed'))
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.flatMap((line) => (tellsIn(line).length > 0 ? [line] : []))).toEqual([])
}

function tellsIn(text: string): string[] {
  return [CANARY, ...Object.values(PERSON), ...secrets].filter((secret) => text.includes(secret))
}

function sessionToken(visitor: Visitor): string {
  const value = /switchyard\.session=([^;]+)/.exec(visitor.cookie)?.[1]
  if (value === undefined) throw new Error('nobody is signed in')
  return decodeURIComponent(value).split('.')[0] ?? ''
}
