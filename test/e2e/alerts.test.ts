import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AlertWire } from '../../src/contract/management/alerts.ts'
import { countryDatabase } from '../harness/country-database.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type Mailbox, startMailbox } from '../harness/mailbox.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type Receiver, startReceiver } from '../harness/secret-receivers/receiver.ts'
import { SessionMint } from '../harness/sessions.ts'
import { chat } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

/* Alerts as those who are told meet them: mail in a mailbox, messages at a receiver, each once. */

const SIGNING_SECRET = 'signing-secret-of-this-test'
const FLAT = { model: 'alpha/flat' }
/** Somebody looks every five seconds; where a look takes long, because much else runs, only every twenty. */
const PATIENCE = { timeout: 60_000, interval: 200 }

let upstream: ScriptedUpstream
let mailbox: Mailbox
let receiver: Receiver
let gateway: Gateway
let people: Record<'admin' | 'owner', { userId: string; email: string }>
let workspace: string
let directory: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  mailbox = await startMailbox()
  receiver = await startReceiver(() => ({ status: 200, body: 'ok' }))
  directory = await mkdtemp(join(tmpdir(), 'sw-alerts-'))
  const countries = join(directory, 'countries.mmdb')
  await writeFile(countries, countryDatabase({ '192.0.2.0/24': 'DE', '198.51.100.0/24': 'FR' }))
  gateway = await startGateway({
    config: oneProvider(upstream.baseUrl),
    env: {
      SMTP_URL: mailbox.url,
      SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8',
      TRUSTED_PROXIES: '127.0.0.1',
      GEOIP_DB: countries,
    },
  })
  // Those that an organization begins with would tell of everything a second time.
  const { body } = await gateway.call('GET', '/api/v1/alert-rules')
  for (const { id } of (body as { data: { id: string }[] }).data) await manage('DELETE', `alert-rules/${id}`)
  workspace = await newWorkspace()
  people = await withDatabase(gateway, async ({ kysely }) => {
    const { id: organizationId } = await kysely.selectFrom('organization').select('id').executeTakeFirstOrThrow()
    const mint = new SessionMint(kysely, 'unused')
    return {
      admin: await mint.member('workspace-admin', { organizationId, workspaces: { [workspace]: 'admin' } }),
      owner: await mint.member('key-owner', { organizationId, workspaces: { [workspace]: 'developer' } }),
    }
  })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  await mailbox?.close()
  await receiver?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)

let made = 0
async function newWorkspace(fields: object = {}): Promise<string> {
  made += 1
  return String((await manage('POST', 'workspaces', { name: `Place ${made}`, slug: `place-${made}`, ...fields }))['id'])
}

async function newChannel(workspace_id: string, target: object): Promise<string> {
  return String((await manage('POST', 'alert-channels', { name: 'channel', target, workspace_id }))['id'])
}

async function spendOn(key: string, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) expect((await chat(gateway, key, FLAT)).status).toBe(200)
}

async function alertsOf(workspaceId: string): Promise<AlertWire[]> {
  const { body } = await gateway.call('GET', `/api/v1/alerts?workspace_id=${workspaceId}`)
  return (body as { data: AlertWire[] }).data
}

const thresholdsOf = async (id: string) => (await alertsOf(id)).map(({ details }) => details['threshold_percent'])
const receivedAt = (path: string) => receiver.requests.filter((request) => request.path === path)
const mailsTo = (address: string, about: string) =>
  mailbox.mails.filter(({ text, to }) => to.includes(address) && text.includes(about))

test('a budget is told of at 80 and at 100 %, once each: by mail to who is named, to Slack and to a signed webhook', async () => {
  const channels = [
    await newChannel(workspace, { type: 'slack', url: `${receiver.url}/slack` }),
    await newChannel(workspace, { type: 'webhook', url: `${receiver.url}/hook`, signing_secret: SIGNING_SECRET }),
    await newChannel(workspace, { type: 'email', address: 'operators@example.test' }),
  ]
  const rule = { name: 'Budgets', condition: { kind: 'budget' }, recipients: ['workspace_admins'] }
  const { id } = await manage('POST', 'alert-rules', { ...rule, channel_ids: channels, workspace_id: workspace })
  await manage('PUT', `workspaces/${workspace}/budgets/daily`, { limit_usd: 5 * FLAT_PRICE_USD })
  const key = await gateway.createKey({ workspace_id: workspace })
  await spendOn(key, 4)
  await expect.poll(() => thresholdsOf(workspace), PATIENCE).toEqual([80])
  await spendOn(key, 1)
  await expect.poll(() => thresholdsOf(workspace), PATIENCE).toEqual([100, 80])
  await expect.poll(() => receivedAt('/hook').length, PATIENCE).toBe(2)
  await expect.poll(() => receivedAt('/slack').length, PATIENCE).toBe(2)
  await expect.poll(() => mailbox.mails.length, PATIENCE).toBe(4)
  // Who looks again finds nothing new, a process that has just started included.
  await gateway.restart()
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  expect(await thresholdsOf(workspace)).toEqual([100, 80])
  expect([receivedAt('/hook').length, receivedAt('/slack').length, mailbox.mails.length]).toEqual([2, 2, 4])

  const message = 'Workspace "Place 1" has spent $0.04 of its daily budget of $0.05 (80 %).'
  const [told] = receivedAt('/hook')
  const body = JSON.parse(told?.body ?? '') as { alert: AlertWire }
  const [, first] = await alertsOf(workspace)
  expect(body).toMatchObject({ type: 'alert', test: false, alert: { ...first, message, rule_id: id } })
  const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(told?.headers['switchyard-signature'])) ?? []
  expect(createHmac('sha256', SIGNING_SECRET).update(`${time}.${told?.body}`).digest('hex')).toBe(mac)
  expect(JSON.parse(receivedAt('/slack')[0]?.body ?? '')).toEqual({ text: message })
  for (const address of [people.admin.email, 'operators@example.test']) {
    expect(mailsTo(address, message)).toHaveLength(1)
    expect(mailsTo(address, '(100 %)')).toHaveLength(1)
  }
})

test('the limit of a key is told of to its owner alone, by a rule of the whole organization; a raised limit anew', async () => {
  const here = await newWorkspace()
  await manage('POST', `workspaces/${here}/members/add`, { user_ids: [people.owner.userId] })
  const rule = { name: 'Keys', condition: { kind: 'key_limit', thresholds: [50] }, recipients: ['key_owner'] }
  await manage('POST', 'alert-rules', { ...rule, workspace_id: null })
  const fields = { name: 'agent', workspace_id: here, creator_user_id: people.owner.userId, limit: 2 * FLAT_PRICE_USD }
  const key = await gateway.createKey(fields)
  await spendOn(key, 1)
  await expect.poll(() => mailsTo(people.owner.email, 'Key "agent"').length, PATIENCE).toBe(1)
  const [alert] = await alertsOf(here)
  expect(alert).toMatchObject({
    kind: 'key_limit',
    user_id: people.owner.userId,
    subject: { kind: 'key', name: 'agent' },
  })
  expect(mailsTo(people.admin.email, 'Key "agent"')).toEqual([])
  await manage('PATCH', `keys/${alert?.subject.id}`, { limit: 4 * FLAT_PRICE_USD })
  await spendOn(key, 1)
  await expect.poll(() => mailsTo(people.owner.email, 'Key "agent"').length, PATIENCE).toBe(2)
})

test('a low balance is told of once, until the pool has been a tenth above the threshold', async () => {
  const here = await newWorkspace({ credit_pool: 'dedicated' })
  const fill = async (amount_usd: number) => {
    await manage('POST', 'credits/grants', { amount_usd })
    await manage('POST', `workspaces/${here}/credit-transfers`, { direction: 'to_workspace', amount_usd })
  }
  await fill(6 * FLAT_PRICE_USD)
  const rule = { name: 'Balance', condition: { kind: 'low_balance', below_usd: 5 * FLAT_PRICE_USD }, recipients: [] }
  await manage('POST', 'alert-rules', { ...rule, workspace_id: here })
  const key = await gateway.createKey({ workspace_id: here })
  const states = async () =>
    (await alertsOf(here)).map(({ resolved_at }) => (resolved_at === null ? 'low' : 'resolved'))
  await spendOn(key, 2)
  await expect.poll(states, PATIENCE).toEqual(['low'])
  expect((await alertsOf(here))[0]?.message).toBe(
    'The pool of workspace "Place 3" has $0.04 of credits left, less than $0.05.',
  )
  await fill(1.4 * FLAT_PRICE_USD)
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  expect(await states()).toEqual(['low'])
  await fill(2 * FLAT_PRICE_USD)
  await expect.poll(states, PATIENCE).toEqual(['resolved'])
  await spendOn(key, 3)
  await expect.poll(states, PATIENCE).toEqual(['low', 'resolved'])
})

test('how much of a pool is used is told of in percent of what was put in', async () => {
  const here = await newWorkspace({ credit_pool: 'dedicated' })
  await manage('POST', 'credits/grants', { amount_usd: 10 * FLAT_PRICE_USD })
  const transfer = { direction: 'to_workspace', amount_usd: 10 * FLAT_PRICE_USD }
  await manage('POST', `workspaces/${here}/credit-transfers`, transfer)
  await manage('POST', 'alert-rules', { name: 'Pool', condition: { kind: 'pool' }, recipients: [], workspace_id: here })
  await spendOn(await gateway.createKey({ workspace_id: here }), 9)
  await expect.poll(() => thresholdsOf(here), PATIENCE).toEqual([80])
})

test('a receiver that fails gets the same delivery again; a test of a rule reaches everything that it tells', async () => {
  const here = await newWorkspace()
  const target = { type: 'webhook', url: `${receiver.url}/shaky`, signing_secret: SIGNING_SECRET }
  const channel = await newChannel(here, target)
  const rule = { name: 'Spend', condition: { kind: 'budget' }, recipients: [], channel_ids: [channel] }
  const { id } = await manage('POST', 'alert-rules', { ...rule, workspace_id: here })
  receiver.faults.push(503, 'dies-before')
  await manage('PUT', `workspaces/${here}/budgets/daily`, { limit_usd: FLAT_PRICE_USD })
  await spendOn(await gateway.createKey({ workspace_id: here }), 1)
  await expect.poll(() => receivedAt('/shaky').length, PATIENCE).toBe(3)
  expect(new Set(receivedAt('/shaky').map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  await expect.poll(async () => (await manage('GET', `alert-channels/${channel}`))['failures'], PATIENCE).toBe(0)
  expect(await manage('POST', `alert-rules/${id}/test`)).toEqual({ mails: 0, channels: 1 })
  await expect.poll(() => receivedAt('/shaky').length, PATIENCE).toBe(4)
  expect(JSON.parse(receivedAt('/shaky')[3]?.body ?? '')).toMatchObject({ test: true, alert: { rule_id: id } })
})

test('what happens around keys is told of: a dead one that keeps calling, a page that has one, a model without a price', async () => {
  const here = await newWorkspace()
  for (const condition of [{ kind: 'rejected_key', count: 3 }, { kind: 'browser_use' }, { kind: 'unpriced_model' }]) {
    await manage('POST', 'alert-rules', { name: condition.kind, condition, recipients: [], workspace_id: here })
  }
  const key = await gateway.createKey({ name: 'agent', workspace_id: here })
  expect((await chat(gateway, key, { model: 'nobody/knows-it' })).status).toBe(400)
  const headers = { origin: 'https://page.example.test' }
  expect((await gateway.call('GET', '/api/v1/key', { key, headers })).status).toBe(200)
  const { body } = await gateway.call('GET', `/api/v1/keys?workspace_id=${here}`)
  const [listed] = (body as { data: { hash: string }[] }).data
  await manage('PATCH', `keys/${listed?.hash}`, { disabled: true })
  for (let count = 0; count < 3; count += 1) expect((await chat(gateway, key)).status).toBe(401)
  const told = async () => (await alertsOf(here)).map(({ kind, subject }) => `${kind} ${subject.id}`).sort()
  const wanted = ['browser_use', 'rejected_key', 'unpriced_model'].map((kind) => `${kind} ${listed?.hash}`)
  await expect.poll(told, PATIENCE).toEqual(wanted)
  const samples = (await alertsOf(here)).map(({ details: { ip, model, origin } }) => ip ?? model ?? origin)
  expect(new Set(samples)).toEqual(new Set(['127.0.0.1', 'nobody/knows-it', 'https://page.example.test']))
})

test('secrets that were replaced and keys that were deleted are told of when they go on calling', async () => {
  const here = await newWorkspace()
  const condition = { kind: 'rejected_key', count: 3 }
  await manage('POST', 'alert-rules', { name: 'Dead', condition, recipients: [], workspace_id: here })
  const secrets = [await gateway.createKey({ name: 'rotated', workspace_id: here })]
  const listed = async () =>
    (
      (await gateway.call('GET', `/api/v1/keys?workspace_id=${here}`)).body as {
        data: { hash: string; name: string }[]
      }
    ).data
  await manage('POST', `keys/${(await listed())[0]?.hash}/rotate`, {})
  secrets.push(await gateway.createKey({ name: 'deleted', workspace_id: here }))
  await manage('DELETE', `keys/${(await listed()).find(({ name }) => name === 'deleted')?.hash}`)
  for (const secret of secrets)
    for (let count = 0; count < 3; count += 1) expect((await chat(gateway, secret)).status).toBe(401)
  const told = async () => (await alertsOf(here)).map(({ details, subject }) => [subject.name, details['count']]).sort()
  await expect.poll(told, PATIENCE).toEqual([
    ['deleted', 3],
    ['rotated', 3],
  ])
})

test('a key that is called from a new network and a new country is told of, each once', async () => {
  const here = await newWorkspace()
  for (const by of ['network', 'country']) {
    const condition = { kind: 'new_network', by, learning_days: 0 }
    await manage('POST', 'alert-rules', { name: by, condition, recipients: [], workspace_id: here })
  }
  const key = await gateway.createKey({ name: 'agent', workspace_id: here })
  const callFrom = async (ip: string) => {
    const body = { ...FLAT, messages: [{ role: 'user', content: 'Hello' }] }
    const headers = { 'x-forwarded-for': ip }
    expect((await gateway.call('POST', '/api/v1/chat/completions', { key, body, headers })).status).toBe(200)
    // Generations know their second.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
  }
  await callFrom('192.0.2.1')
  await callFrom('192.0.2.2')
  await callFrom('198.51.100.1')
  await callFrom('203.0.113.1')
  const told = async () => (await alertsOf(here)).map(({ details: { country, network } }) => country ?? network).sort()
  await expect.poll(told, PATIENCE).toEqual(['198.51.100.0', '203.0.113.0', 'FR'])
})

test('a start with a file that knows no countries is refused, and says which', async () => {
  const none = join(directory, 'none.mmdb')
  await expect(startGateway({ env: { GEOIP_DB: none } })).rejects.toThrow(`GEOIP_DB: ${none}`)
})
