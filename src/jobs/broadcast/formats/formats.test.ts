import { describe, expect, test } from 'vitest'
import { DESTINATION_CONFIG_SAMPLES } from '../../../../test/harness/destination-configs.ts'
import { readOtlp } from '../../../../test/harness/trace-receivers/otlp-parser.ts'
import { DESTINATION_CONFIGS, type DestinationType } from '../../../contract/management/destination-types.ts'
import { awsSignatureHeaders } from '../../../platform/aws-signature.ts'
import type { Trace } from '../trace.ts'
import { FORMATS } from './formats.ts'
import { OTLP_FORMATS, type OtlpType } from './otlp-receivers.ts'

const STARTED = Date.UTC(2026, 10, 22, 10, 0, 0, 123)
const TRACE: Trace = {
  id: 'gen-1-one',
  traceId: '0123456789abcdef0123456789abcdef',
  givenTraceId: null,
  spanId: '0123456789abcdef',
  parentSpanId: null,
  traceName: null,
  spanName: null,
  generationName: null,
  metadata: {},
  startedAt: STARTED,
  endedAt: STARTED + 2_000,
  operation: 'chat',
  model: 'openai/gpt-4o',
  provider: 'OpenAI',
  upstreamId: null,
  isStream: true,
  isError: false,
  finishReason: 'stop',
  sessionId: 'session',
  userId: 'ada',
  latencyMs: 250,
  tokens: { prompt: 10, completion: 5, reasoning: 2, cached: 1, total: 15 },
  cost: { total: 0.5, prompt: 0.2, completion: 0.3 },
  identity: { api_key_name: 'prod' },
  requestContext: { app_title: 'App' },
  content: {
    input: [
      { role: 'system', content: 'be "brief"' },
      { role: 'tool', tool_call_id: 'call-1', content: '12 degrees' },
      { role: 'user', content: [{ type: 'text', text: 'hello' }] },
    ],
    completion: 'hi',
    reasoning: 'hm',
    toolCalls: [{ id: 'call-2', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
  },
}
const PRIVATE: Trace = {
  ...TRACE,
  id: 'gen-1-two',
  spanId: 'fedcba9876543210',
  content: null,
  cost: null,
  identity: null,
  requestContext: null,
  sessionId: null,
  userId: null,
  isError: true,
}

const NAMED: Trace = {
  ...PRIVATE,
  traceId: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  givenTraceId: 'checkout-7',
  parentSpanId: 'bbbbbbbbbbbbbbbb',
  traceName: 'checkout',
  spanName: 'summary',
  generationName: 'first draft',
  metadata: { tier: 'gold', attempt: 2, share: 0.5, isNew: true, $set: 'x', start_ns: 5 },
}

function sendingTo(type: DestinationType, more: object = {}) {
  const config = DESTINATION_CONFIGS[type].parse({
    ...DESTINATION_CONFIG_SAMPLES[type],
    headers: { 'X-Mine': 'mine' },
    ...more,
  })
  return { config: config as Record<string, unknown>, now: STARTED }
}

function onlyRequest(type: DestinationType, traces: Trace[] = [TRACE, PRIVATE], more: object = {}) {
  const batches = FORMATS[type].encode(traces, sendingTo(type, more))
  expect(batches.flatMap(({ ids }) => ids)).toEqual(traces.map(({ id }) => id))
  const [batch] = batches
  if (batch === undefined) throw new Error('no request')
  return batch.request
}

const bodyOf = (type: DestinationType, traces?: Trace[]) => JSON.parse(onlyRequest(type, traces).body) as unknown

test.each(Object.keys(FORMATS) as DestinationType[])(
  '%s: what is private is nowhere in it, and own headers go along',
  (type) => {
    for (const { request } of FORMATS[type].encode([PRIVATE], sendingTo(type))) {
      for (const word of ['hello', 'brief', 'degrees', 'ada', 'prod', 'App'])
        expect(request.body).not.toContain(`"${word}`)
      expect(request.headers['x-mine']).toBe('mine')
    }
    const probe = FORMATS[type].probe(sendingTo(type))
    expect(new URL(probe.url).protocol).toBe('https:')
  },
)

describe('OTLP', () => {
  test.each(Object.keys(OTLP_FORMATS) as OtlpType[])('%s reads as OTLP, strictly', (type) => {
    const spans = readOtlp(onlyRequest(type).body)
    expect(spans.map(({ spanId, status }) => [spanId, status?.code])).toEqual([
      [TRACE.spanId, undefined],
      [PRIVATE.spanId, 2],
    ])
    expect(readOtlp(FORMATS[type].probe(sendingTo(type)).body)).toEqual([])
  })

  test('a span has names of the conventions, and messages as parts', () => {
    const [span] = readOtlp(onlyRequest('otel-collector').body)
    expect(span).toMatchObject({
      name: 'chat openai/gpt-4o',
      startTimeUnixNano: `${STARTED}000000`,
      endTimeUnixNano: `${STARTED + 2_000}000000`,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.output_tokens': 5,
        'gen_ai.usage.prompt_tokens': 10,
        'gen_ai.usage.completion_tokens': 5,
        'gen_ai.usage.cost': 0.5,
        'gen_ai.response.finish_reasons': ['stop'],
        'session.id': 'session',
        'user.id': 'ada',
        'openrouter.api_key_name': 'prod',
        'openrouter.app_title': 'App',
      },
    })
    expect(JSON.parse(String(span?.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'be "brief"' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call-1', response: '12 degrees' }] },
      { role: 'user', parts: [{ type: 'text', content: 'hello' }] },
    ])
    expect(JSON.parse(String(span?.attributes['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'hm' },
          { type: 'text', content: 'hi' },
          { type: 'tool_call', id: 'call-2', name: 'look', arguments: '{"a":1}' },
        ],
      },
    ])
  })

  test.each<[OtlpType, string, Record<string, string>]>([
    ['arize', 'https://otlp.arize.com/v1/traces', { api_key: 'arize-secret-0001', space_id: 'space' }],
    [
      'braintrust',
      'https://api.braintrust.dev/otel/v1/traces',
      { authorization: 'Bearer brain-secret-0001', 'x-bt-parent': 'project_id:project' },
    ],
    [
      'grafana',
      'https://otlp-gateway-prod-us-west-0.grafana.net/otlp/v1/traces',
      { authorization: `Basic ${btoa('12345:grafa-secret-0001')}` },
    ],
    [
      'langfuse',
      'https://us.cloud.langfuse.com/api/public/otel/v1/traces',
      { authorization: `Basic ${btoa('pk-lf-1:langf-secret-0001')}` },
    ],
    [
      'langsmith',
      'https://api.smith.langchain.com/otel/v1/traces',
      { 'x-api-key': 'langs-secret-0001', 'langsmith-project': 'main' },
    ],
    ['newrelic', 'https://otlp.nr-data.net/v1/traces', { 'api-key': 'newre-secret-0001' }],
    [
      'opik',
      'https://www.comet.com/opik/api/v1/private/otel/v1/traces',
      { authorization: 'opik--secret-0001', 'comet-workspace': 'ws', projectname: 'project' },
    ],
    ['otel-collector', 'https://otel.example/v1/traces', {}],
    ['ramp', 'https://api.ramp.com/developer/v1/ai-usage/openrouter', { authorization: 'Bearer ramp--secret-0001' }],
    ['sentry', 'https://o1.ingest.sentry.io/otlp', { 'x-sentry-auth': 'sentry sentry_key=abc' }],
    [
      'weave',
      'https://trace.wandb.ai/otel/v1/traces',
      { authorization: `Basic ${btoa('api:weave-secret-0001')}`, project_id: 'team/project' },
    ],
    ['webhook', 'https://hook.example/in', {}],
  ])('%s is sent to where it is, with its credentials', (type, url, headers) => {
    const request = onlyRequest(type)
    expect(request).toMatchObject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers } })
  })

  test('in Europe New Relic is elsewhere, and a webhook may want PUT', () => {
    expect(onlyRequest('newrelic', [TRACE], { region: 'eu' }).url).toBe('https://otlp.eu01.nr-data.net/v1/traces')
    expect(onlyRequest('webhook', [TRACE], { method: 'PUT' }).method).toBe('PUT')
  })

  test('a test says that it is one, and an answer of 400 to it is a good one', () => {
    const { isProbeGood, probe } = FORMATS.webhook
    expect(probe(sendingTo('webhook')).headers['x-test-connection']).toBe('true')
    expect([400, 401, 404].map((status) => isProbeGood?.(status))).toEqual([true, false, false])
  })

  test('spans that are rejected in an answer are a fault', () => {
    const { faultIn } = FORMATS['otel-collector']
    expect(faultIn?.('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}')).toBe(
      '2 spans were rejected: too old',
    )
    for (const fine of ['', '{}', 'ok', '{"partialSuccess":{}}', '{"partialSuccess":{"rejectedSpans":0}}'])
      expect(faultIn?.(fine)).toBeUndefined()
  })
})

describe('s3', () => {
  test('each trace is an object of its own, named by trace and end', () => {
    const batches = FORMATS.s3.encode(
      [TRACE, PRIVATE],
      sendingTo('s3', { pathTemplate: '{prefix}/{year}/{month}/{day}' }),
    )
    expect(batches.map(({ ids }) => ids)).toEqual([[TRACE.id], [PRIVATE.id]])
    expect(batches[0]?.request.url).toBe(
      `https://bucket.s3.us-east-1.amazonaws.com/openrouter-traces/2026/11/22/${TRACE.traceId}-${TRACE.endedAt}.json`,
    )
    expect(readOtlp(batches[0]?.request.body ?? '')).toHaveLength(1)
  })

  test('with an endpoint the bucket stands in the path; what leads out of it is left out', () => {
    const more = { endpoint: 'https://minio.example:9000/', prefix: '../a b', pathTemplate: '{prefix}/./x' }
    expect(onlyRequest('s3', [TRACE], more).url).toMatch(
      /^https:\/\/minio\.example:9000\/bucket\/a%20b\/x\/[0-9a-f]{32}-/,
    )
  })

  test('the signature is the one that AWS documents for a PUT of an object', () => {
    // Source: Amazon S3 API reference, "Signature Calculations: Examples", PUT Object.
    const headers = {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    }
    const url = new URL('https://examplebucket.s3.amazonaws.com/test%24file.text')
    const signed = awsSignatureHeaders(
      { method: 'PUT', url, headers, body: 'Welcome to Amazon S3.' },
      {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        sessionToken: null,
        region: 'us-east-1',
        service: 's3',
        now: Date.UTC(2013, 4, 24),
      },
    )
    expect(signed['authorization']).toContain(
      'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    )
  })
})

test('clickhouse gets a row a line, and its names are quoted', () => {
  const request = onlyRequest('clickhouse', [TRACE, PRIVATE], { host: 'https://click.example:8443', database: 'my`db' })
  const url = new URL(request.url)
  expect(url.origin).toBe('https://click.example:8443')
  expect(url.searchParams.get('query')).toBe('INSERT INTO `my\\`db`.`OPENROUTER_TRACES` FORMAT JSONEachRow')
  expect(request.headers).toMatchObject({ 'x-clickhouse-user': 'me', 'x-clickhouse-key': 'click-secret-0001' })
  const rows = request.body.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(rows[0]).toMatchObject({
    TRACE_ID: TRACE.traceId,
    TIMESTAMP: '2026-11-22T10:00:00.123Z',
    DURATION_MS: 2_000,
    STATUS: 'ok',
    MODEL: 'openai/gpt-4o',
    SESSION_ID: 'session',
    TOTAL_TOKENS: 15,
    TOTAL_COST: 0.5,
    API_KEY_NAME: 'prod',
  })
  expect(JSON.parse(String(rows[0]?.['OUTPUT']))).toMatchObject({ role: 'assistant', content: 'hi' })
  expect(rows[1]).toMatchObject({ STATUS: 'error', INPUT: null, OUTPUT: null, TOTAL_COST: null, METADATA: '{}' })
})

test('snowflake gets its rows as one bound text', () => {
  const request = onlyRequest('snowflake', undefined, { account: 'My_Org-acc' })
  expect(request).toMatchObject({
    method: 'POST',
    url: 'https://my-org-acc.snowflakecomputing.com/api/v2/statements',
    headers: { authorization: 'Bearer snowf-secret-0001', accept: 'application/json' },
  })
  const { bindings, statement, warehouse } = JSON.parse(request.body) as {
    statement: string
    warehouse: string
    bindings: Record<string, { type: string; value: string }>
  }
  expect(statement).toMatch(/^MERGE INTO SNOWFLAKE_LEARNING_DB\.PUBLIC\.OPENROUTER_TRACES AS kept USING/)
  expect(statement).not.toContain('hello')
  expect(warehouse).toBe('COMPUTE_WH')
  expect(bindings['1']?.type).toBe('TEXT')
  expect(JSON.parse(bindings['1']?.value ?? '')).toMatchObject([{ SPAN_ID: TRACE.spanId }, { SPAN_ID: PRIVATE.spanId }])
})

test('datadog gets spans by session, with nanoseconds as whole numbers', () => {
  const batches = FORMATS.datadog.encode([TRACE, { ...TRACE, id: 'gen-1-three' }, PRIVATE], sendingTo('datadog'))
  expect(batches.map(({ ids }) => ids)).toEqual([[TRACE.id, 'gen-1-three'], [PRIVATE.id]])
  const [first] = batches
  expect(first?.request).toMatchObject({
    method: 'POST',
    url: 'https://api.us5.datadoghq.com/api/intake/llm-obs/v1/trace/spans',
    headers: { 'dd-api-key': 'datad-secret-0001' },
  })
  expect(first?.request.body).toContain(`"start_ns":${STARTED}000000,"duration":2000000000`)
  expect(JSON.parse(first?.request.body ?? '')).toMatchObject({
    data: {
      type: 'span',
      attributes: {
        ml_app: 'app',
        session_id: 'session',
        spans: [
          {
            name: 'chat openai/gpt-4o',
            parent_id: 'undefined',
            status: 'ok',
            tags: ['api_key_name:prod', 'user_id:ada'],
            meta: { kind: 'llm', output: { messages: [{ role: 'assistant', content: 'hi' }] } },
            metrics: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
          },
          {},
        ],
      },
    },
  })
})

test('posthog gets generations as events, the same again under the same id', () => {
  const body = bodyOf('posthog') as { api_key: string; batch: { uuid: string; properties: Record<string, unknown> }[] }
  expect(body).toMatchObject({
    api_key: 'posth-secret-0001',
    batch: [
      {
        event: '$ai_generation',
        timestamp: '2026-11-22T10:00:02.123Z',
        properties: {
          distinct_id: 'ada',
          $ai_model: 'openai/gpt-4o',
          $ai_input_tokens: 10,
          $ai_latency: 2,
          $ai_total_cost_usd: 0.5,
          $ai_output_choices: [{ role: 'assistant', content: 'hi' }],
        },
      },
      { properties: { $process_person_profile: false, $ai_is_error: true } },
    ],
  })
  expect(body.batch[0]?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect((bodyOf('posthog') as typeof body).batch[0]?.uuid).toBe(body.batch[0]?.uuid)
})

describe('what the caller says in the field trace', () => {
  test('names and parent of a span are those, and own keys are attributes by their kind', () => {
    const [span] = readOtlp(onlyRequest('otel-collector', [NAMED]).body)
    expect(span).toMatchObject({
      traceId: NAMED.traceId,
      spanId: NAMED.spanId,
      parentSpanId: 'bbbbbbbbbbbbbbbb',
      name: 'first draft',
      attributes: {
        'trace.id': 'checkout-7',
        'trace.name': 'checkout',
        'span.name': 'summary',
        'generation.name': 'first draft',
        'trace.metadata.tier': 'gold',
        'trace.metadata.attempt': 2,
        'trace.metadata.share': 0.5,
        'trace.metadata.isNew': true,
      },
    })
    expect(readOtlp(onlyRequest('webhook', [{ ...NAMED, generationName: null }]).body)[0]?.name).toBe('summary')
  })

  test('langfuse and langsmith get it under names of their own, too', () => {
    const attributesAt = (type: OtlpType) => readOtlp(onlyRequest(type, [NAMED]).body)[0]?.attributes
    expect(attributesAt('langfuse')).toMatchObject({
      'langfuse.trace.name': 'checkout',
      'langfuse.trace.metadata.tier': 'gold',
    })
    expect(attributesAt('langsmith')).toMatchObject({
      'langsmith.metadata.trace_name': 'checkout',
      'langsmith.metadata.tier': 'gold',
    })
  })

  test('own keys take no place of what the format says itself', () => {
    const trace = { ...NAMED, sessionId: 'session', metadata: { session_id: 'mine', model_name: 'mine' } }
    const [span] = readOtlp(onlyRequest('langsmith', [trace]).body)
    expect(span?.attributes['langsmith.metadata.session_id']).toBe('session')
    expect(onlyRequest('datadog', [trace]).body).toContain('"model_name":"openai/gpt-4o"')
  })

  test('in datadog it is name, parent, tag and metadata, and numbers stay what they are', () => {
    const { body } = onlyRequest('datadog', [NAMED])
    expect(JSON.parse(body)).toMatchObject({
      data: {
        attributes: {
          spans: [
            {
              name: 'first draft',
              trace_id: NAMED.traceId,
              parent_id: 'bbbbbbbbbbbbbbbb',
              tags: ['trace_name:checkout'],
              meta: {
                metadata: { tier: 'gold', attempt: 2, start_ns: 5, trace_id: 'checkout-7', span_name: 'summary' },
              },
            },
          ],
        },
      },
    })
  })

  test('in posthog it is properties, without those that are its own', () => {
    const { batch } = bodyOf('posthog', [NAMED]) as { batch: { properties: Record<string, unknown> }[] }
    expect(batch[0]?.properties).toMatchObject({
      $ai_trace_id: NAMED.traceId,
      $ai_parent_id: 'bbbbbbbbbbbbbbbb',
      $ai_span_name: 'first draft',
      trace_name: 'checkout',
      tier: 'gold',
    })
    expect(batch[0]?.properties).not.toHaveProperty('$set')
  })

  test('generations of one trace stay apart in posthog and s3, though they end together', () => {
    const both = [NAMED, { ...NAMED, id: 'gen-1-three', spanId: '1111111111111111' }]
    const { batch } = bodyOf('posthog', both) as { batch: { uuid: string }[] }
    expect(new Set(batch.map(({ uuid }) => uuid)).size).toBe(2)
    const names = FORMATS.s3.encode(both, sendingTo('s3')).map(({ request }) => request.url)
    expect(new Set(names).size).toBe(2)
    expect(names[0]).toContain(`/${NAMED.traceId}-${NAMED.endedAt}-${NAMED.spanId}.json`)
  })

  test('in a row it is metadata', () => {
    const row = JSON.parse(onlyRequest('clickhouse', [NAMED]).body) as { TRACE_ID: string; METADATA: string }
    expect(row.TRACE_ID).toBe(NAMED.traceId)
    expect(JSON.parse(row.METADATA)).toMatchObject({ trace_name: 'checkout', tier: 'gold', attempt: 2 })
  })
})
