import { createHash, createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import type { Received } from '../harness/secret-receivers/receiver.ts'
import { type ReadSpan, readOtlp } from '../harness/trace-receivers/otlp-parser.ts'
import { startUnsteadyReceiver, type UnsteadyReceiver } from '../harness/trace-receivers/unsteady-receiver.ts'
import { chat, idOf } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

/* Traces as destinations meet them: real receivers that stop, start again and break off while requests go on. */

const PATIENCE = { timeout: 60_000, interval: 100 }
const SIGNING_SECRET = 'signing-secret-of-this-test'
const CANARY = 'canary-8c41f0'

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const data_policy = { training: false, retains_prompts: false }
  const { providers } = oneProvider(upstream.baseUrl)
  gateway = await startGateway({
    config: { providers: providers.map((provider) => ({ ...(provider as object), data_policy })) },
    env: { SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8' },
  })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)

let places = 0
async function newPlace(fields: object = {}): Promise<{ id: string; key: string }> {
  const slug = `traced-${++places}`
  const body = { name: slug, slug, is_observability_broadcast_enabled: true, ...fields }
  const id = String((await manage('POST', 'workspaces', body))['id'])
  return { id, key: await gateway.createKey({ workspace_id: id }) }
}

async function newDestination(workspace_id: string, fields: object): Promise<string> {
  const made = await manage('POST', 'observability/destinations', { name: 'there', workspace_id, ...fields })
  return String(made['id'])
}

const webhook = (receiver: UnsteadyReceiver, more: object = {}) => ({
  type: 'webhook',
  config: { url: `${receiver.url}/hook`, ...more },
})

const say = (content: string) => ({ messages: [{ role: 'user', content }] })
const spansOf = (requests: readonly Received[]): ReadSpan[] => requests.flatMap(({ body }) => readOtlp(body))
const idsOf = (requests: readonly Received[]) => spansOf(requests).map(idIn)
const idIn = ({ attributes }: ReadSpan) => String(attributes['gen_ai.response.id'])

async function ask(key: string, fields: Record<string, unknown>): Promise<string> {
  const answer = await chat(gateway, key, fields)
  expect(answer.status).toBe(200)
  return idOf(answer)
}

function missingAt(receiver: UnsteadyReceiver, ids: readonly string[]): string[] {
  const arrived = new Set(idsOf(receiver.taken))
  return ids.filter((one) => !arrived.has(one))
}
const firstOf = (ids: readonly string[]) => [...new Set(ids)]

test('a trace arrives with what was asked and answered, what it took and who asked, signed', async () => {
  await using receiver = await startUnsteadyReceiver()
  const { id, key } = await newPlace()
  await newDestination(id, {
    ...webhook(receiver, { signingSecret: SIGNING_SECRET, headers: { 'X-Mine': 'yes' } }),
    broadcast_generation_cost: true,
    broadcast_generation_identity: true,
    broadcast_generation_request_context: true,
  })
  upstream.script({ text: 'so it is' })
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,QUFB' } }
  const content = [{ type: 'text', text: 'is it so?' }]
  const generation = await ask(key, {
    model: 'alpha/flat',
    messages: [{ role: 'user', content: [...content, picture] }],
    session_id: 'session-1',
    user: 'ada',
  })
  await expect.poll(() => idsOf(receiver.taken), PATIENCE).toEqual([generation])
  const [request] = receiver.taken
  const [span] = spansOf(receiver.taken)
  expect(span).toMatchObject({
    name: 'chat alpha/flat',
    kind: 3,
    resource: { 'service.name': 'openrouter' },
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'alpha',
      'gen_ai.request.model': 'alpha/flat',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.usage.cost': FLAT_PRICE_USD,
      'session.id': 'session-1',
      'user.id': 'ada',
      'openrouter.workspace_id': id,
      'openrouter.request_id': expect.stringMatching(/^req-/),
    },
  })
  expect(JSON.parse(String(span?.attributes['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'is it so?' }] },
  ])
  expect(JSON.parse(String(span?.attributes['gen_ai.output.messages']))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'so it is' }] },
  ])
  expect(request?.body).not.toContain('QUFB')
  expect(request?.headers).toMatchObject({
    'x-mine': 'yes',
    'idempotency-key': expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  const [, time = '', mac = ''] =
    /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(request?.headers['switchyard-signature'])) ?? []
  expect(mac).toBe(createHmac('sha256', SIGNING_SECRET).update(`${time}.${request?.body}`).digest('hex'))
})

test('while receivers stop, start again, refuse and are cut, and the gateway is killed, every trace arrives, in order of session', async () => {
  await using hook = await startUnsteadyReceiver()
  await using collector = await startUnsteadyReceiver()
  const { id, key } = await newPlace()
  await newDestination(id, webhook(hook))
  await newDestination(id, {
    type: 'otel-collector',
    config: { endpoint: collector.url },
    privacy_mode: true,
  })
  const sessions = ['one', 'two', 'three', 'four']
  const asked = new Map<string, string[]>(sessions.map((session) => [session, []]))
  let isOver = false
  // In each session one after the other, as conversations go.
  const talk = async (session: string) => {
    for (let turn = 0; !isOver; turn += 1) {
      const answer = await chat(gateway, key, { ...say(`${CANARY} ${turn}`), session_id: session }).catch(
        () => undefined,
      )
      if (answer?.status === 200) asked.get(session)?.push(idOf(answer))
      else await sleep(200)
      await sleep(20)
    }
  }
  const talks = sessions.map(talk)
  for (const receiver of [hook, collector]) {
    await sleep(1_500)
    await receiver.stop()
    await sleep(1_500)
    await receiver.start()
    receiver.answerWith(() => ({ status: 503, headers: { 'retry-after': '1' } }))
    await sleep(1_500)
    receiver.answerWith(undefined)
    for (let count = 0; count < 5; count += 1) {
      receiver.cut()
      await sleep(200)
    }
  }
  await gateway.kill9()
  await gateway.restart()
  await sleep(1_500)
  isOver = true
  await Promise.all(talks)
  const all = [...asked.values()].flat()
  expect(all.length).toBeGreaterThan(50)
  for (const receiver of [hook, collector]) {
    await expect.poll(() => missingAt(receiver, all), PATIENCE).toEqual([])
    const bySession = Map.groupBy(spansOf(receiver.taken), ({ attributes }) => String(attributes['session.id']))
    for (const session of sessions) {
      const known = new Set(asked.get(session))
      const arrived = firstOf((bySession.get(session) ?? []).map(idIn)).filter((one) => known.has(one))
      expect(arrived).toEqual(asked.get(session))
    }
    expect(collector.requests.every(({ path }) => path === '/v1/traces')).toBe(true)
  }
  expect(hook.taken.some(({ body }) => body.includes(CANARY))).toBe(true)
  expect(collector.requests.filter(({ body }) => body.includes(CANARY))).toEqual([])
})

describe('what is not sent', () => {
  /** What ended before a later one that has arrived will not come any more. */
  async function expectOnly(receiver: UnsteadyReceiver, key: string, ids: readonly string[]): Promise<void> {
    const last = await ask(key, { ...say('the last word'), session_id: 'last' })
    await expect.poll(() => idsOf(receiver.taken).includes(last), PATIENCE).toBe(true)
    expect(idsOf(receiver.taken).filter((one) => one !== last)).toEqual(ids)
  }

  test('anything of a workspace that does not broadcast, or by a destination that is disabled', async () => {
    await using receiver = await startUnsteadyReceiver()
    const { id, key } = await newPlace({ is_observability_broadcast_enabled: false })
    const destination = await newDestination(id, webhook(receiver))
    await ask(key, say('before'))
    await manage('PATCH', `workspaces/${id}`, { is_observability_broadcast_enabled: true })
    const during = await ask(key, say('during'))
    await expect.poll(() => idsOf(receiver.taken), PATIENCE).toEqual([during])
    await manage('PATCH', `observability/destinations/${destination}`, { enabled: false })
    await ask(key, say('after'))
    await manage('PATCH', `observability/destinations/${destination}`, { enabled: true })
    await expectOnly(receiver, key, [during])
  })

  test('keys that are not named, and what rules leave out', async () => {
    await using receiver = await startUnsteadyReceiver()
    const { id, key } = await newPlace()
    const other = await gateway.createKey({ workspace_id: id })
    const hash = createHash('sha256').update(key).digest('hex')
    const rules = [
      { field: 'input', operator: 'not_contains', value: 'secret' },
      { field: 'model', operator: 'equals', value: 'alpha/small' },
    ]
    await newDestination(id, {
      ...webhook(receiver),
      api_key_hashes: [hash],
      filter_rules: { groups: [{ rules }] },
      privacy_mode: true,
    })
    await ask(other, say('of another key'))
    const passes = await ask(key, say('plain'))
    await ask(key, say('a secret'))
    await ask(key, { ...say('plain'), model: 'alpha/flat' })
    await expectOnly(receiver, key, [passes])
    expect(receiver.requests.some(({ body: text }) => text.includes('plain'))).toBe(false)
  })

  test('content of requests that demand zero data retention', async () => {
    await using receiver = await startUnsteadyReceiver()
    const { id, key } = await newPlace()
    const { default_guardrail_id: guardrail } = await manage('GET', `workspaces/${id}`)
    await newDestination(id, webhook(receiver))
    const first = await ask(key, { ...say(CANARY), provider: { zdr: true } })
    await manage('PATCH', `guardrails/${String(guardrail)}`, { enforce_zdr_other: true })
    const second = await ask(key, say(CANARY))
    await expect.poll(() => idsOf(receiver.taken), PATIENCE).toEqual([first, second])
    expect(receiver.requests.filter(({ body }) => body.includes(CANARY))).toEqual([])
  })

  test('half of a session: each is in or out as a whole', async () => {
    await using receiver = await startUnsteadyReceiver()
    const { id, key } = await newPlace()
    await newDestination(id, { ...webhook(receiver), sampling_rate: 0.5 })
    await newDestination(id, { ...webhook(receiver), config: { url: `${receiver.url}/all` } })
    const sessions = Array.from({ length: 20 }, (_, at) => `session-${at}`)
    for (const session_id of sessions)
      for (let turn = 0; turn < 3; turn += 1) await ask(key, { ...say('hi'), session_id })
    const at = (path: string) => receiver.taken.filter((request) => request.path === path)
    await expect.poll(() => spansOf(at('/all')).length, PATIENCE).toBe(60)
    await sleep(2_000)
    const sampled = Map.groupBy(spansOf(at('/hook')), ({ attributes }) => String(attributes['session.id']))
    expect(sampled.size).toBeGreaterThan(0)
    expect(sampled.size).toBeLessThan(20)
    expect([...sampled.values()].map(({ length }) => length)).toEqual([...sampled].map(() => 3))
  })
})
