import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat, readData } from './chat-client.ts'
import { manageAt } from './manage.ts'

/*
 * F7: a provider that fails is left alone, costs others little, and is used again soon after it works. And what is known of
 * providers is shown, also by the next process.
 */

const IS_FULL_SIZE = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const COOLDOWN_MS = 1_500
const OUTAGE_MS = IS_FULL_SIZE ? 300_000 : 20_000
const CLIENTS = 8
const TRIES = 4

let alpha: ScriptedUpstream
let beta: ScriptedUpstream
let gateway: Gateway
let key: string
beforeAll(async () => {
  ;[alpha, beta] = await Promise.all([startScriptedUpstream(), startScriptedUpstream()])
  const env = { SWITCHYARD_BREAKER_COOLDOWN_MS: String(COOLDOWN_MS) }
  gateway = await startGateway({ config: { providers: [provider('alpha', alpha), provider('beta', beta)] }, env })
  key = await gateway.createKey({ rate_limit_rpm: 0 })
})
afterEach(() => {
  alpha.reset()
  beta.reset()
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await Promise.all([alpha?.close(), beta?.close()])
})

/** A model for each test, because what is known of an endpoint stays. */
const AT_ALPHA = ['alone', 'refused', 'measured', 'empty', 'limited', 'shaky', 'strict', 'probed']
const AT_BOTH = ['busy', 'resting', 'hinted', 'careless', 'sloppy']

function provider(slug: 'alpha' | 'beta', { baseUrl }: ScriptedUpstream) {
  const models = (slug === 'alpha' ? [...AT_ALPHA, ...AT_BOTH] : AT_BOTH).map((name) => ({
    id: `test/${name}`,
    upstream_id: name,
    pricing: { prompt: slug === 'alpha' ? '0.000001' : '0.000003', completion: '0.000002' },
    context_length: 128_000,
    max_completion_tokens: 4_096,
  }))
  const name = slug.toUpperCase()
  return { slug, name, dialect: 'openai-chat', base_url: baseUrl, api_key: `secret-of-${slug}`, models }
}

/** Asks for a model; where two providers have it, ALPHA first. */
function ask(name: string, fields: Record<string, unknown> = {}): Promise<ChatAnswer> {
  return chat(gateway, key, { model: `test/${name}`, provider: { order: ['alpha'] }, ...fields })
}

/** Clients that try again up to three times, until the time is over. */
async function askForAWhile(name: string): Promise<ChatAnswer[]> {
  const end = performance.now() + OUTAGE_MS
  const answers: ChatAnswer[] = []
  const client = async () => {
    while (performance.now() < end) {
      for (let turn = 0; turn < TRIES; turn += 1) {
        const answer = await ask(name, { stream: turn % 2 === 1 })
        answers.push(answer)
        if (answer.status === 200) break
      }
      await sleep(20)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return answers
}

test('F7 with another provider everybody is served, and fallbacks add a fifth and ten a second at most', async () => {
  alpha.forModel('', { status: 500 })
  const answers = await askForAWhile('busy')
  const failed = answers.filter(({ status }) => status !== 200)
  // Requests that were under way together when it began to fail.
  expect(failed.length).toBeLessThanOrEqual(CLIENTS)
  const attempts = alpha.requests.length + beta.requests.length
  expect(attempts).toBeLessThanOrEqual(1.2 * answers.length + (10 * OUTAGE_MS) / 1_000)
  // Five until it is left alone, those under way then, and a probe now and again.
  expect(alpha.requests.length).toBeLessThanOrEqual(5 + CLIENTS + OUTAGE_MS / COOLDOWN_MS + 1)
})

test('F7 with no other provider callers are told at once when to come back, and it is asked again one at a time', async () => {
  alpha.forModel('', { status: 500 })
  const statuses: number[] = []
  for (let turn = 0; turn < 5; turn += 1) statuses.push((await ask('alone', { stream: turn % 2 === 0 })).status)
  expect(statuses).toEqual([502, 502, 502, 502, 502])
  for (const stream of [false, true]) {
    const refused = await ask('alone', { stream })
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([503, 2])
    expect(refused.json?.['error']).toMatchObject({
      metadata: { error_type: 'provider_overloaded' },
      availability: {
        code: 'temporarily_unavailable',
        retryable: true,
        retry_after: 2,
        requested_models: ['test/alone'],
      },
    })
  }
  expect(alpha.requests).toHaveLength(5)
  const opened = alpha.requests.at(-1)?.endedAtMs ?? 0
  alpha.forModel('', {})
  await expect.poll(async () => (await ask('alone')).status, { interval: 20, timeout: 20_000 }).toBe(200)
  expect((alpha.requests[5]?.receivedAtMs ?? 0) - opened).toBeLessThan(2 * COOLDOWN_MS)
  expect(alpha.requests).toHaveLength(6)
})

test('F7 while one request finds out whether a provider works again, no other goes there', async () => {
  alpha.forModel('', { status: 500 })
  for (let turn = 0; turn < 5; turn += 1) await ask('probed')
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  alpha.forModel('', {})
  alpha.script({ gate })
  await sleep(COOLDOWN_MS + 100)
  const probe = ask('probed')
  await alpha.waitUntil('somebody finds out', () => alpha.requests.length === 6)
  const others = await Promise.all([true, false, true, false].map((stream) => ask('probed', { stream })))
  expect(others.map(({ status }) => status)).toEqual([503, 503, 503, 503])
  open()
  expect([(await probe).status, (await ask('probed')).status, alpha.requests.length]).toEqual([200, 200, 7])
})

test('a provider that asks to be left alone is, and its neighbour answers meanwhile', async () => {
  alpha.forModel('', { status: 429, retryAfter: '30' })
  for (let turn = 0; turn < 4; turn += 1) {
    const answer = await ask('resting')
    expect([answer.status, answer.json?.['provider']]).toEqual([200, 'BETA'])
  }
  expect([alpha.requests.length, beta.requests.length]).toEqual([1, 4])
})

test('callers of a provider that is alone and asked to be left alone for its rate hear that, and how long it still is', async () => {
  alpha.forModel('', { status: 429, retryAfter: '30' })
  expect((await ask('limited')).status).toBe(429)
  for (const stream of [false, true]) {
    const refused = await ask('limited', { stream })
    const wait = Number(refused.headers.get('retry-after'))
    expect([refused.status, wait > 20, wait <= 30]).toEqual([429, true, true])
    expect(refused.json?.['error']).toMatchObject({
      code: 429,
      metadata: { error_type: 'rate_limit_exceeded', provider_code: 429 },
      availability: { code: 'capacity_exhausted', retryable: true, retry_after: wait, affected_providers: ['ALPHA'] },
    })
  }
  expect(alpha.requests).toHaveLength(1)
})

test('F7 a provider that fails every other request is left alone after twenty', async () => {
  alpha.forModel('', ({ index }) => (index % 2 === 0 ? {} : { status: 500 }))
  const statuses: number[] = []
  for (let turn = 0; turn < 20; turn += 1) statuses.push((await ask('shaky')).status)
  expect(new Set(statuses.filter((_status, at) => at % 2 === 0))).toEqual(new Set([200]))
  expect(new Set(statuses.filter((_status, at) => at % 2 === 1))).toEqual(new Set([502]))
  expect([(await ask('shaky')).status, alpha.requests.length]).toEqual([503, 20])
})

test('the shortest wait that any provider asked for is told', async () => {
  alpha.forModel('', { status: 429, retryAfter: '5' })
  beta.forModel('', { status: 503, retryAfter: '40' })
  const answer = await ask('hinted')
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  expect(answer.json?.['error']).toMatchObject({
    availability: { retry_after: 5 },
    metadata: { previous_errors: [{ provider: 'ALPHA', code: 429, status: 429 }] },
  })
})

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]
const callOf = (text: string) => ({
  tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: text } }],
})

test('who calls tools as they want it is preferred where quality decides, streaming or not', async () => {
  const answer = (text: string) => ({ deltas: [callOf(text)], message: callOf(text), finishReason: 'tool_calls' })
  alpha.forModel('', answer('{"town":5}'))
  beta.forModel('', answer('{"city":"Bern"}'))
  for (const only of ['alpha', 'beta']) {
    for (let turn = 0; turn < 4; turn += 1) {
      const fields = { tools: TOOLS, stream: turn % 2 === 0, provider: { only: [only] } }
      expect((await ask('careless', fields)).status).toBe(200)
    }
  }
  // What is known is read anew each second.
  await sleep(1_100)
  for (let turn = 0; turn < 3; turn += 1) {
    const { json } = await ask('careless', { tools: TOOLS, provider: { sort: 'exacto' } })
    expect(json?.['provider']).toBe('BETA')
  }
})

test('a workspace that sorts by price goes to the cheaper one, one that sorts by exacto to the better one, and the why names the default', async () => {
  const answer = (text: string) => ({ deltas: [callOf(text)], message: callOf(text), finishReason: 'tool_calls' })
  alpha.forModel('', answer('{"town":5}'))
  beta.forModel('', answer('{"city":"Bern"}'))
  const fields = { model: 'test/sloppy', tools: TOOLS }
  for (const only of ['alpha', 'beta'])
    for (let turn = 0; turn < 3; turn += 1) await chat(gateway, key, { ...fields, provider: { only: [only] } })
  // What is known is read anew each second.
  await sleep(1_100)
  for (const [slug, sort, expected] of [
    ['testing', 'price', ['ALPHA', 'BETA']],
    ['production', 'exacto', ['BETA', 'ALPHA']],
  ] as const) {
    const { id } = await manageAt(gateway, 'POST', 'workspaces', { name: slug, slug, default_provider_sort: sort })
    const own = await gateway.createKey({ workspace_id: id })
    for (const stream of [false, true]) {
      const { headers } = await chat(gateway, own, { ...fields, stream })
      const why = await readData(gateway, `/api/v1/generation/explanation?id=${headers.get('x-request-id')}`)
      expect(why['plan']).toMatchObject({
        routing: {
          sorted_by: sort,
          sorted_by_source: 'workspace_default',
          order: expected.map((name) => ({ provider_name: name })),
        },
      })
    }
    const served = sort === 'price' ? alpha : beta
    expect(served.requests).toHaveLength(5)
  }
})

test('callers at fault break nothing', async () => {
  alpha.forModel('', { status: 400 })
  for (let turn = 0; turn < 8; turn += 1) expect((await ask('refused')).status).toBe(400)
  expect(alpha.requests).toHaveLength(8)
  expect(await figuresOf('refused')).toMatchObject([{ uptime_last_5m: null, status: 0 }])
})

test('requests that one provider refuses as the caller’s fault use up nobody’s fallbacks', async () => {
  alpha.forModel('strict', { status: 400 })
  const fields = { models: ['test/careless'], provider: { sort: { by: 'price', partition: 'model' } } }
  for (let turn = 0; turn < 25; turn += 1) {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('strict', fields)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  }
})

async function figuresOf(name: string, by: string | null = key): Promise<Record<string, unknown>[]> {
  const { body } = await gateway.call('GET', `/api/v1/models/test/${name}/endpoints`, { key: by })
  return (body as { data: { endpoints: Record<string, unknown>[] } }).data.endpoints
}

test('an answer of no tokens that ends for no reason, or for an error of the provider, costs nothing', async () => {
  const plans = [{ finishReason: 'error' }, { text: '', completionTokens: 0, finishReason: '' }]
  for (const plan of plans) {
    for (const stream of [false, true]) {
      alpha.forModel('', plan)
      const answer = await ask('empty', { stream })
      const generation = await readData(gateway, `/api/v1/generation?id=${answer.headers.get('x-generation-id')}`, key)
      expect([answer.status, generation['usage']]).toEqual([200, 0])
    }
  }
})

test('uptime, latency and throughput are those that were measured, and the next process knows them', async () => {
  alpha.forModel('', { delayMs: 200, chunks: 4, chunkDelayMs: 100 })
  for (let turn = 0; turn < 3; turn += 1) await ask('measured', { stream: true })
  alpha.forModel('', { status: 500 })
  await ask('measured')
  const [shown] = await figuresOf('measured')
  expect(shown).toMatchObject({ uptime_last_5m: 75, uptime_last_30m: 75, uptime_last_1d: 75, status: 0 })
  const latency = shown?.['latency_last_30m'] as Record<string, number>
  const throughput = shown?.['throughput_last_30m'] as Record<string, number>
  expect(latency['p50']).toBeGreaterThan(170)
  expect(latency['p99']).toBeGreaterThanOrEqual(latency['p50'] ?? 0)
  expect(throughput['p50']).toBeGreaterThan(0.5)
  expect(throughput['p50']).toBeLessThan(9)
  expect(await figuresOf('measured', null)).toMatchObject([
    { uptime_last_30m: 75, latency_last_30m: null, throughput_last_30m: null },
  ])
  await gateway.restart()
  const [again] = await figuresOf('measured')
  expect(again).toMatchObject({ uptime_last_5m: 75, uptime_last_1d: 75, latency_last_30m: latency })
})
