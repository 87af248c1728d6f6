import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OpenRouter } from '@openrouter/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ReadSpan, readOtlp } from '../harness/trace-receivers/otlp-parser.ts'
import { startUnsteadyReceiver, type UnsteadyReceiver } from '../harness/trace-receivers/unsteady-receiver.ts'
import { manageAt } from './manage.ts'
import { oneProvider } from './provider-config.ts'

/* The field `trace` of requests: which traces are made of them, and that it goes to destinations alone. */

const PATIENCE = { timeout: 60_000, interval: 100 }
const MODEL = 'alpha/small'
const MESSAGES = [{ role: 'user', content: 'what was asked' }]
const SECRET = 'canary-of-trace'
const BODIES: readonly [string, object][] = [
  ['chat/completions', { messages: MESSAGES }],
  ['responses', { input: 'Hi' }],
  ['messages', { messages: MESSAGES, max_tokens: 50 }],
  ['completions', { prompt: 'Hi' }],
]

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({
    config: oneProvider(upstream.baseUrl),
    env: { SWITCHYARD_EGRESS_ALLOW: '127.0.0.0/8' },
  })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)

let places = 0
async function newPlace(): Promise<{ id: string; key: string }> {
  const slug = `named-${++places}`
  const id = String(
    (await manage('POST', 'workspaces', { name: slug, slug, is_observability_broadcast_enabled: true }))['id'],
  )
  return { id, key: await gateway.createKey({ workspace_id: id }) }
}

async function sendTo(receiver: UnsteadyReceiver, workspace_id: string, fields: object = {}): Promise<string> {
  const config = { url: `${receiver.url}/hook` }
  const body = { name: 'there', workspace_id, type: 'webhook', config, ...fields }
  return String((await manage('POST', 'observability/destinations', body))['id'])
}

async function ask(key: string, path: string, body: object): Promise<{ status: number; id: string; text: string }> {
  const response = await fetch(`${gateway.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, ...body }),
  })
  const id = response.headers.get('x-generation-id') ?? ''
  return { status: response.status, id, text: await response.text() }
}

async function say(key: string, trace?: object): Promise<string> {
  const { id, status } = await ask(key, 'chat/completions', { messages: MESSAGES, ...(trace && { trace }) })
  expect(status).toBe(200)
  return id
}

const idIn = ({ attributes }: ReadSpan) => String(attributes['gen_ai.response.id'])
const spansAt = ({ taken }: UnsteadyReceiver, path = '/hook') =>
  taken.filter((request) => request.path === path).flatMap(({ body }) => readOtlp(body))
async function spansOf(receiver: UnsteadyReceiver, ids: readonly string[]): Promise<ReadSpan[]> {
  await expect.poll(() => new Set(spansAt(receiver).map(idIn)), PATIENCE).toEqual(new Set(ids))
  return ids.flatMap((id) => spansAt(receiver).find((span) => idIn(span) === id) ?? [])
}

test('generations of one trace_id are one trace, by the names and below the parent that the caller gives, in privacy mode too', async () => {
  await using receiver = await startUnsteadyReceiver()
  const { id, key } = await newPlace()
  await sendTo(receiver, id, { privacy_mode: true })
  const parent_span_id = '00f067aa0ba902b7'
  const shared = { trace_id: 'checkout-7', trace_name: 'Checkout', parent_span_id }
  const client = new OpenRouter({ apiKey: key, serverURL: `${gateway.url}/api/v1`, retryConfig: { strategy: 'none' } })
  const answer = await client.chat.send({
    chatRequest: {
      model: MODEL,
      messages: [{ role: 'user', content: 'what was asked' }],
      trace: {
        traceId: 'checkout-7',
        traceName: 'Checkout',
        parentSpanId: parent_span_id,
        generationName: 'draft',
        additionalProperties: { feature: 'cart', attempt: 1, tags: ['a', 'b'] },
      },
    },
  })
  const second = await say(key, { ...shared, span_name: 'check', feature: SECRET })
  const alone = await say(key)
  const [draft, check, other] = await spansOf(receiver, ['id' in answer ? answer.id : '', second, alone])
  expect(draft).toMatchObject({
    name: 'draft',
    parentSpanId: parent_span_id,
    attributes: {
      'trace.id': 'checkout-7',
      'trace.name': 'Checkout',
      'generation.name': 'draft',
      'trace.metadata.feature': 'cart',
      'trace.metadata.attempt': 1,
      'trace.metadata.tags': '["a","b"]',
    },
  })
  expect(check).toMatchObject({
    name: 'check',
    traceId: draft?.traceId,
    parentSpanId: parent_span_id,
    attributes: { 'trace.name': 'Checkout', 'span.name': 'check', 'trace.metadata.feature': SECRET },
  })
  expect(check?.spanId).not.toBe(draft?.spanId)
  expect(other).toMatchObject({ name: `chat ${MODEL}` })
  expect(other?.traceId).not.toBe(draft?.traceId)
  expect(other?.parentSpanId).toBeUndefined()
  expect(receiver.requests.filter(({ body }) => body.includes('what was asked'))).toEqual([])
  expect(upstream.requests.filter(({ bodyText }) => bodyText.includes(SECRET))).toEqual([])
})

test('every format of requests has the field', async () => {
  await using receiver = await startUnsteadyReceiver()
  const { id, key } = await newPlace()
  await sendTo(receiver, id)
  const trace_id = '4bf92f3577b34da6a3ce929d0e0e4736'
  const ids: string[] = []
  for (const [path, body] of BODIES) {
    const answer = await ask(key, path, { ...body, trace: { trace_id, generation_name: path, mine: SECRET } })
    expect([path, answer.status]).toEqual([path, 200])
    expect(answer.text).not.toContain(SECRET)
    ids.push(answer.id)
  }
  const spans = await spansOf(receiver, ids)
  expect(spans.map(({ name, traceId }) => [name, traceId])).toEqual(BODIES.map(([path]) => [path, trace_id]))
  expect(upstream.requests.filter(({ bodyText }) => bodyText.includes(SECRET))).toEqual([])
})

test.each(BODIES)('%s: what is wrong in it is refused by name, before a provider is asked', async (path, body) => {
  const { key } = await newPlace()
  const before = upstream.requests.length
  for (const [trace, message] of [
    [{ trace_id: 7 }, 'trace.trace_id: '],
    [{ parent_span_id: 'x'.repeat(257) }, 'trace.parent_span_id: '],
    ['checkout', 'trace: '],
    [Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`k${at}`, at])), 'trace: at most 32 further keys'],
    [{ mine: 'x'.repeat(8_192) }, 'trace: must be at most 8192 characters of JSON'],
  ] as const) {
    const answer = await ask(key, path, { ...body, trace })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain(message)
  }
  expect((await ask(key, path, { ...body, trace: null })).status).toBe(200)
  expect(upstream.requests.length).toBe(before + 1)
})

test('it is on the disk of the gateway only where its workspace sends traces somewhere', async () => {
  await using receiver = await startUnsteadyReceiver()
  await receiver.stop()
  const [quiet, telling] = [await newPlace(), await newPlace()]
  await sendTo(receiver, telling.id)
  await say(quiet.key, { mine: 'canary-of-the-quiet' })
  await say(telling.key, { mine: 'canary-of-the-telling' })
  expect(filesWith('canary-of-the-telling')).not.toEqual([])
  expect(filesWith('canary-of-the-quiet')).toEqual([])
})

function filesWith(text: string): string[] {
  const files = readdirSync(gateway.dataDir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  return files.map(({ name, parentPath }) => join(parentPath, name)).filter((path) => readFileSync(path).includes(text))
}

test('where generations are sampled, those of one trace are in or out together', async () => {
  await using receiver = await startUnsteadyReceiver()
  const { id, key } = await newPlace()
  const half = await sendTo(receiver, id, { sampling_rate: 0.5 })
  await sendTo(receiver, id, { config: { url: `${receiver.url}/all` } })
  for (let at = 0; at < 20; at += 1) for (let turn = 0; turn < 3; turn += 1) await say(key, { trace_id: `trace-${at}` })
  await expect.poll(() => spansAt(receiver, '/all').length, PATIENCE).toBe(60)
  // What goes to either is queued for both at once.
  await expect
    .poll(() => manage('GET', `observability/destinations/${half}/delivery`), PATIENCE)
    .toMatchObject({ waiting: 0, delivered: expect.any(Number) })
  const sampled = Map.groupBy(spansAt(receiver), ({ attributes }) => String(attributes['trace.id']))
  expect(sampled.size).toBeGreaterThan(0)
  expect(sampled.size).toBeLessThan(20)
  expect([...sampled.values()].map(({ length }) => length)).toEqual([...sampled].map(() => 3))
})
