import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ReadSpan, readOtlp } from '../harness/trace-receivers/otlp-parser.ts'
import { startUnsteadyReceiver, type UnsteadyReceiver } from '../harness/trace-receivers/unsteady-receiver.ts'
import { oneProvider, twoProviders } from './provider-config.ts'

/* The traces of whoever runs the gateway, as a collector gets them. */

const PATIENCE = { timeout: 45_000, interval: 100 }
const TOKEN = 'a token of twenty-odd letters'
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const CANARY = 'canary-of-what-was-asked'
const QUESTION = {
  model: 'alpha/small',
  messages: [{ role: 'user', content: CANARY }],
  provider: { order: ['alpha', 'beta'] },
}

let first: ScriptedUpstream
let second: ScriptedUpstream
let receiver: UnsteadyReceiver
let gateway: Gateway
let key: string

beforeAll(async () => {
  first = await startScriptedUpstream()
  second = await startScriptedUpstream()
  receiver = await startUnsteadyReceiver()
  gateway = await startGateway({
    config: twoProviders(first.baseUrl, second.baseUrl),
    env: {
      SWITCHYARD_METRICS_TOKEN: TOKEN,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=ours%20alone',
      OTEL_SERVICE_NAME: 'gateway-of-ours',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    },
  })
  key = await gateway.createKey()
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await Promise.all([first?.close(), second?.close(), receiver?.stop()])
})
beforeEach(() => {
  first.reset()
  second.reset()
})

const spansAt = ({ taken }: UnsteadyReceiver): ReadSpan[] => taken.flatMap(({ body }) => readOtlp(body))

async function ask(fields: object = {}, headers: Record<string, string> = {}, at = { gateway, key }) {
  const response = await fetch(`${at.gateway.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${at.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...QUESTION, ...fields }),
  })
  const text = await response.text()
  return { status: response.status, id: String(response.headers.get('x-generation-id')), text }
}

/** The spans of one inference: the request, then its attempts. */
async function spansOf(id: string): Promise<ReadSpan[]> {
  const own = () => spansAt(receiver).filter(({ attributes }) => attributes['switchyard.generation.id'] === id)
  await expect.poll(() => own().length, PATIENCE).toBeGreaterThan(0)
  return own()
}

async function metric(name: string): Promise<number> {
  const { body } = await gateway.call('GET', '/metrics', { key: TOKEN })
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(String(body))?.[1])
}

test('an answer is a span of the request and one of the attempt, with figures and without words', async () => {
  const { id, status } = await ask()
  expect(status).toBe(200)
  const [server, attempt, ...more] = await spansOf(id)
  expect(more).toEqual([])
  expect(server).toMatchObject({
    name: 'POST /api/v1/chat/completions',
    kind: 2,
    resource: { 'service.name': 'gateway-of-ours', 'deployment.environment.name': 'test' },
    attributes: { 'http.route': '/api/v1/chat/completions', 'switchyard.outcome': 'done', 'switchyard.attempts': 1 },
  })
  expect([server?.parentSpanId, server?.status]).toEqual([undefined, undefined])
  expect(attempt).toMatchObject({
    name: 'chat alpha/small',
    kind: 3,
    traceId: server?.traceId,
    parentSpanId: server?.spanId,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'alpha',
      'gen_ai.request.model': 'alpha/small',
      'gen_ai.response.model': 'alpha/small',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.output_tokens': 5,
      'http.response.status_code': 200,
    },
  })
  expect(attempt?.attributes['gen_ai.response.time_to_first_chunk']).toBeUndefined()
  const [request] = receiver.taken
  expect(request).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'ours alone' } })
  expect(JSON.stringify(receiver.taken)).not.toContain(CANARY)
  expect(JSON.stringify(receiver.taken)).not.toContain(key)
  expect(gateway.stdout.join('\n')).not.toContain('ours alone')
})

test('a stream tells how long its first chunk took', async () => {
  const { id } = await ask({ stream: true })
  const [, attempt] = await spansOf(id)
  expect(attempt?.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0)
  expect(attempt?.attributes['gen_ai.request.stream']).toBe(true)
})

test('a fallback is a span for each attempt, in order, and the one that failed says how', async () => {
  first.script({ status: 503 })
  const { id, status } = await ask()
  expect(status).toBe(200)
  const [server, failed, answered] = await spansOf(id)
  expect(server?.attributes).toMatchObject({ 'switchyard.attempts': 2, 'switchyard.outcome': 'done' })
  expect(failed).toMatchObject({
    status: { code: 2 },
    attributes: { 'gen_ai.provider.name': 'alpha', 'error.type': '503', 'http.response.status_code': 503 },
  })
  expect(failed?.attributes['gen_ai.usage.input_tokens']).toBeUndefined()
  expect(answered?.attributes).toMatchObject({ 'gen_ai.provider.name': 'beta', 'gen_ai.usage.output_tokens': 5 })
  expect(BigInt(answered?.startTimeUnixNano ?? 0)).toBeGreaterThanOrEqual(BigInt(failed?.startTimeUnixNano ?? 0))
})

test('a request that no provider answers is an error, without the words of the provider', async () => {
  first.script({ status: 400, errorBody: { error: { message: 'words of the provider' } } })
  const { id, status } = await ask({ provider: { only: ['alpha'] } })
  expect(status).toBe(400)
  const [server, attempt] = await spansOf(id)
  expect([server?.status, attempt?.status]).toEqual([{ code: 2 }, { code: 2 }])
  expect(server?.attributes).toMatchObject({ 'error.type': '400', 'switchyard.outcome': 'upstream_error' })
  expect(JSON.stringify(receiver.taken)).not.toContain('words of the provider')
})

test("a caller's traceparent is the parent, its flag is honoured, and providers never get it", async () => {
  const unsampled = await ask({}, { traceparent: `00-${TRACE}-${PARENT}-00` })
  const { id } = await ask({}, { traceparent: `00-${TRACE}-${PARENT}-01` })
  const [server] = await spansOf(id)
  expect(server).toMatchObject({ traceId: TRACE, parentSpanId: PARENT })
  const ids = spansAt(receiver).map(({ attributes }) => attributes['switchyard.generation.id'])
  expect(ids).not.toContain(unsampled.id)
  const sent = [...first.requests, ...second.requests]
  expect(sent).toHaveLength(2)
  expect(sent.filter(({ headers }) => 'traceparent' in headers)).toEqual([])
})

test('what a collector that is away missed is sent when it is back; what it refuses is dropped and counted', async () => {
  await receiver.stop()
  const away = await ask()
  await expect.poll(() => gateway.stdout.some((line) => line.includes('traces_not_sent')), PATIENCE).toBe(true)
  await receiver.start()
  expect(await spansOf(away.id)).toHaveLength(2)
  const dropped = await metric('switchyard_trace_spans_dropped_total')
  receiver.answerWith(() => ({ status: 400, body: '{}' }))
  await ask()
  await expect.poll(() => metric('switchyard_trace_spans_dropped_total'), PATIENCE).toBe(dropped + 2)
  receiver.answerWith(undefined)
  expect(await metric('switchyard_trace_spans_sent_total')).toBe(spansAt(receiver).length)
})

test('a stop sends what waits', async () => {
  const { id } = await ask()
  await gateway.restart()
  expect(await spansOf(id)).toHaveLength(2)
})

test('a sampler that takes nothing sends nothing, not even at a stop', async () => {
  await using idle = await startUnsteadyReceiver()
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: idle.url, OTEL_TRACES_SAMPLER: 'always_off' }
  const plain = await startGateway({ config: oneProvider(first.baseUrl), env })
  expect((await ask({}, {}, { gateway: plain, key: await plain.createKey() })).status).toBe(200)
  expect(await plain.stop()).toBe(0)
  expect(idle.requests).toEqual([])
})
