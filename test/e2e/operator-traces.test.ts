import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ReadSpan, readOtlp } from '../harness/trace-receivers/otlp-parser.ts'
import { startUnsteadyReceiver, type UnsteadyReceiver } from '../harness/trace-receivers/unsteady-receiver.ts'
import { manageAt } from './manage.ts'
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
  const header = (name: string) => String(response.headers.get(name))
  return { status: response.status, id: header('x-generation-id'), requestId: header('x-request-id'), text }
}

/** The spans of one inference: the request, then its attempts. */
async function spansOf(id: string): Promise<ReadSpan[]> {
  const own = () => spansAt(receiver).filter(({ attributes }) => attributes['switchyard.generation.id'] === id)
  await expect.poll(() => own().length, PATIENCE).toBeGreaterThan(0)
  return own()
}

/** The one span of a request that became no inference. */
async function onlySpanOf(requestId: string, at = receiver): Promise<ReadSpan> {
  const own = () => spansAt(at).filter(({ attributes }) => attributes['switchyard.request.id'] === requestId)
  await expect.poll(() => own().length, PATIENCE).toBe(1)
  const [span] = own()
  if (span === undefined) throw new Error('it was there a moment ago')
  return span
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
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/api/v1/chat/completions',
      'http.response.status_code': 200,
      'url.path': '/api/v1/chat/completions',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'switchyard.outcome': 'done',
      'switchyard.attempts': 1,
    },
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

test('what a provider refuses is an error of the attempt and none of the server, without the words of the provider', async () => {
  first.script({ status: 400, errorBody: { error: { message: 'words of the provider' } } })
  const { id, status } = await ask({ provider: { only: ['alpha'] } })
  expect(status).toBe(400)
  const [server, attempt] = await spansOf(id)
  expect([server?.status, attempt?.status]).toEqual([undefined, { code: 2 }])
  expect(server?.attributes).toMatchObject({
    'http.response.status_code': 400,
    'switchyard.error.code': 'invalid_request',
    'switchyard.outcome': 'upstream_error',
  })
  expect(server?.attributes).not.toHaveProperty('error.type')
  expect(attempt?.attributes).toMatchObject({ 'error.type': '400', 'http.response.status_code': 400 })
  expect(JSON.stringify(receiver.taken)).not.toContain('words of the provider')
})

test('a request that no provider answers is an error of the server, and so is a stream that breaks off after a 200', async () => {
  first.script({ status: 500 })
  const { id, status } = await ask({ provider: { only: ['alpha'] } })
  expect(status).toBeGreaterThanOrEqual(500)
  const [server] = await spansOf(id)
  expect(server).toMatchObject({
    status: { code: 2 },
    attributes: { 'error.type': String(status), 'http.response.status_code': status },
  })
  first.script({ fault: 'half-close' })
  const broken = await ask({ stream: true, provider: { only: ['alpha'] } })
  const [stream, attempt] = await spansOf(broken.id)
  expect(stream).toMatchObject({
    status: { code: 2 },
    attributes: {
      'error.type': attempt?.attributes['error.type'],
      'http.response.status_code': 200,
      'switchyard.outcome': 'upstream_error',
    },
  })
})

test('a refusal is a span of the request alone, with its status and code, and no error of the server', async () => {
  const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)
  const place = await manage('POST', 'workspaces', { name: 'Shut', slug: 'shut' })
  const workspace_id = String(place['id'])
  await manage('PATCH', `guardrails/${String(place['default_guardrail_id'])}`, { ignored_models: ['alpha/small'] })
  const slow = await gateway.createKey({ rate_limit_rpm: 1 })
  await ask({}, {}, { gateway, key: slow })
  const refusals = [
    [400, 'invalid_request', { messages: [] }, key],
    [401, 'unauthorized', {}, 'sk-or-v1-nobody'],
    [402, 'key_limit_exceeded', {}, await gateway.createKey({ limit: 0 })],
    [403, 'forbidden', {}, await gateway.createKey({ workspace_id })],
    [404, 'no_endpoints', { provider: { only: ['nobody'] } }, key],
    [429, 'rate_limited', {}, slow],
  ] as const
  for (const [status, code, fields, secret] of refusals) {
    const answer = await ask(fields, {}, { gateway, key: secret })
    expect(answer.status).toBe(status)
    const span = await onlySpanOf(answer.requestId)
    expect(span).toMatchObject({
      name: 'POST /api/v1/chat/completions',
      kind: 2,
      attributes: { 'http.response.status_code': status, 'switchyard.error.code': code },
    })
    expect(span.status).toBeUndefined()
    const unwanted = ['error.type', 'switchyard.generation.id', 'switchyard.outcome', 'switchyard.attempts']
    expect(Object.keys(span.attributes).filter((name) => unwanted.includes(name))).toEqual([])
    expect('switchyard.workspace.id' in span.attributes).toBe(status !== 401)
  }
})

test('a repetition is a span of its own without an attempt', async () => {
  const headers = { 'idempotency-key': 'once' }
  const { id, requestId } = await ask({}, headers)
  const again = await ask({}, headers)
  expect([again.id, again.requestId === requestId]).toEqual([id, false])
  const span = await onlySpanOf(again.requestId)
  expect(span.attributes).toMatchObject({ 'http.response.status_code': 200 })
  expect(await spansOf(id)).toHaveLength(2)
})

test('what there is no room for is a span with its 503', async () => {
  await using own = await startUnsteadyReceiver()
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: own.url, SWITCHYARD_INFERENCES_MAX: '1' }
  const narrow = await startGateway({ config: oneProvider(first.baseUrl), env })
  try {
    const at = { gateway: narrow, key: await narrow.createKey() }
    const gate = Promise.withResolvers<void>()
    first.script({ gate: gate.promise })
    const running = ask({ provider: {} }, {}, at)
    await expect.poll(() => first.requests.length, PATIENCE).toBe(1)
    const { requestId, status } = await ask({}, {}, at)
    gate.resolve()
    expect([status, (await running).status]).toEqual([503, 200])
    expect(await onlySpanOf(requestId, own)).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': '503', 'http.response.status_code': 503, 'switchyard.error.code': 'unavailable' },
    })
  } finally {
    await narrow.stop()
  }
})

test("a caller's traceparent is the parent, its flag is honoured, and providers never get it", async () => {
  const unsampled = await ask({}, { traceparent: `00-${TRACE}-${PARENT}-00` })
  const refused = await ask({ messages: [] }, { traceparent: `00-${TRACE}-${PARENT}-00` })
  const { id } = await ask({}, { traceparent: `00-${TRACE}-${PARENT}-01` })
  const [server] = await spansOf(id)
  expect(server).toMatchObject({ traceId: TRACE, parentSpanId: PARENT })
  const ids = spansAt(receiver).map(({ attributes }) => attributes['switchyard.generation.id'])
  expect(ids).not.toContain(unsampled.id)
  const requests = spansAt(receiver).map(({ attributes }) => attributes['switchyard.request.id'])
  expect(requests).not.toContain(refused.requestId)
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
