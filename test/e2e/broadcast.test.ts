import { createHash, createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import type { Received } from '../harness/secret-receivers/receiver.ts'
import { type ReadSpan, readOtlp } from '../harness/trace-receivers/otlp-parser.ts'
import { createS3Server } from '../harness/trace-receivers/s3-server.ts'
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
const endOf = (span: ReadSpan | undefined) => Number(BigInt(span?.endTimeUnixNano ?? '0') / 1_000_000n)
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

test('what a destination refuses for good is a dead letter, which can be looked at, sent again and dropped', async () => {
  await using receiver = await startUnsteadyReceiver()
  const { id, key } = await newPlace()
  const destination = await newDestination(id, webhook(receiver))
  const path = `observability/destinations/${destination}`
  const stateOf = () => manage('GET', `${path}/delivery`)
  // One of each batch is taken for what is wrong with it.
  receiver.answerWith(({ body }) =>
    body.includes('poison') ? { status: 422, body: 'no poison here' } : { status: 200 },
  )
  const [first, poison, last] = [await ask(key, say('one')), await ask(key, say('poison')), await ask(key, say('two'))]
  await expect.poll(async () => (await stateOf())['dead_letters'], PATIENCE).toBe(1)
  await expect.poll(() => firstOf(idsOf(receiver.taken)), PATIENCE).toEqual([first, last])
  const { body } = await gateway.call('GET', `/api/v1/${path}/dead-letters`)
  expect(body).toMatchObject({
    total_count: 1,
    // It might quote what was asked.
    data: [{ generation_id: poison, reason: 'answered 422', ended_at: expect.any(String) }],
  })
  expect(await stateOf()).toMatchObject({ waiting: 0, dropped: 0, oldest_waiting_at: null })
  receiver.answerWith(undefined)
  expect(await manage('POST', `${path}/dead-letters/replay`, { generation_ids: [poison] })).toEqual({ replayed: 1 })
  await expect.poll(() => firstOf(idsOf(receiver.taken)), PATIENCE).toEqual([first, last, poison])
  expect(receiver.taken.at(-1)?.body).toContain('poison')
  await expect.poll(stateOf, PATIENCE).toMatchObject({ dead_letters: 0, failing_since: null, last_error: null })
  receiver.answerWith(() => ({ status: 401, body: 'who are you' }))
  await ask(key, say('three'))
  await expect.poll(stateOf, PATIENCE).toMatchObject({ dead_letters: 1, last_error: 'answered 401: who are you' })
  expect(await manage('GET', path)).toMatchObject({ delivery: 'failing' })
  expect(await manage('DELETE', `${path}/dead-letters`)).toEqual({ deleted: 1 })
  expect(await stateOf()).toMatchObject({ dead_letters: 0, waiting: 0 })
})

test('while a destination is down its state says since when and why, and another address is tried at once', async () => {
  await using receiver = await startUnsteadyReceiver()
  const { id, key } = await newPlace()
  const destination = await newDestination(id, { type: 'webhook', config: { url: `${receiver.url}/gone` } })
  const path = `observability/destinations/${destination}`
  receiver.answerWith((request) => ({
    status: request.path === '/gone' ? 503 : 200,
    headers: { 'retry-after': '3600' },
  }))
  const waits = await ask(key, say('wait'))
  const stateOf = () => manage('GET', `${path}/delivery`)
  await expect.poll(stateOf, PATIENCE).toMatchObject({ waiting: 1, last_error: 'answered 503', delivered: 0 })
  const { failing_since, next_attempt_at } = await stateOf()
  // As long as it was asked to wait, and not as long as usual.
  expect(Date.parse(String(next_attempt_at)) - Date.parse(String(failing_since))).toBeGreaterThan(3_000_000)
  expect(receiver.requests.length).toBe(1)
  await manage('PATCH', path, { config: { url: `${receiver.url}/here` } })
  await expect.poll(() => idsOf(receiver.taken), PATIENCE).toEqual([waits])
  await expect
    .poll(stateOf, PATIENCE)
    .toMatchObject({ waiting: 0, delivered: 1, failing_since: null, next_attempt_at: null })
})

test('a test of the connection says what the other side answers, and whether that will do', async () => {
  await using receiver = await startUnsteadyReceiver()
  const { id } = await newPlace()
  const destination = await newDestination(id, webhook(receiver, { headers: { 'X-Mine': 'secret' } }))
  const tryIt = () => manage('POST', `observability/destinations/${destination}/test`)
  expect(await tryIt()).toEqual({ ok: true, status: 200, message: 'answered 200: {}' })
  expect(receiver.requests[0]?.headers).toMatchObject({ 'x-test-connection': 'true', 'x-mine': 'secret' })
  expect(readOtlp(receiver.requests[0]?.body ?? '')).toEqual([])
  receiver.answerWith(() => ({ status: 400, body: 'nothing in it' }))
  expect(await tryIt()).toEqual({ ok: true, status: 400, message: 'answered 400: nothing in it' })
  receiver.answerWith(() => ({ status: 403, body: 'not you' }))
  expect(await tryIt()).toEqual({ ok: false, status: 403, message: 'answered 403: not you' })
  await receiver.stop()
  expect(await tryIt()).toMatchObject({ ok: false, status: null, message: expect.stringContaining('ECONNREFUSED') })
})

test('a server that speaks S3 gets each trace as an object, though it is restarted and cut, and checks each signature', async () => {
  const account = { accessKeyId: 'AKIA1', secretAccessKey: 's3-secret-0001', region: 'eu-central-1', bucket: 'traces' }
  const server = createS3Server(account)
  await using receiver = await startUnsteadyReceiver()
  receiver.answerWith(server.reply)
  const { id, key } = await newPlace()
  const { bucket, ...credentials } = account
  const config = { ...credentials, bucketName: bucket, endpoint: receiver.url, prefix: 'my traces' }
  const destination = await newDestination(id, { type: 's3', config })
  expect(await manage('POST', `observability/destinations/${destination}/test`)).toMatchObject({
    ok: true,
    status: 200,
  })
  expect([...server.objects.keys()]).toEqual(['my traces/connection-test.json'])
  const asked: string[] = []
  for (let round = 0; round < 4; round += 1) {
    for (let count = 0; count < 10; count += 1) asked.push(await ask(key, { ...say(CANARY), session_id: 'one' }))
    if (round % 2 === 0) await receiver.stop()
    await sleep(1_000)
    if (round % 2 === 0) await receiver.start()
    else receiver.cut()
  }
  const arrived = () =>
    [...server.objects].filter(([name]) => !name.endsWith('test.json')).map(([, body]) => readOtlp(body)[0])
  await expect.poll(() => arrived().length, PATIENCE).toBe(asked.length)
  const spans = arrived().filter((span) => span !== undefined)
  expect(spans.map(idIn)).toEqual(asked)
  expect([...server.objects.keys()].at(-1)).toBe(
    `my traces/${new Date().toISOString().slice(0, 10)}/${spans.at(-1)?.traceId}-${endOf(spans.at(-1))}.json`,
  )
  await manage('PATCH', `observability/destinations/${destination}`, { config: { secretAccessKey: 'another' } })
  expect(await manage('POST', `observability/destinations/${destination}/test`)).toMatchObject({
    ok: false,
    message: expect.stringContaining('SignatureDoesNotMatch'),
  })
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

  test('anything by a destination that does not name the region of all requests', async () => {
    await using receiver = await startUnsteadyReceiver()
    await using everywhere = await startUnsteadyReceiver()
    const { id, key } = await newPlace()
    const destination = await newDestination(id, { ...webhook(receiver), regions: ['europe', 'us'] })
    await ask(key, {})
    await newDestination(id, webhook(everywhere))
    const beside = await ask(key, {})
    await expect.poll(() => idsOf(everywhere.taken), PATIENCE).toEqual([beside])
    expect(await manage('GET', `generation?id=${beside}`)).toMatchObject({ data_region: 'global' })
    await manage('PATCH', `observability/destinations/${destination}`, { regions: ['europe', 'global'] })
    const after = await ask(key, {})
    await expectOnly(receiver, key, [after])
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
