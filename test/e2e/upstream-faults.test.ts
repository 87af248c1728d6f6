import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ExpectedOutcome, FAULT_CASES, type FaultCase } from '../harness/fault-cases.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { reserveClosedPort, type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat, nano, readData, usageOf } from './chat-client.ts'
import { oneProvider, twoProviders } from './provider-config.ts'

/** Short time-outs, so that what hangs ends soon; their values are no part of any expectation. */
const TIMEOUTS = {
  SWITCHYARD_UPSTREAM_CONNECT_TIMEOUT_MS: '1000',
  SWITCHYARD_UPSTREAM_HEADERS_TIMEOUT_MS: '1000',
  SWITCHYARD_UPSTREAM_CONTENT_TIMEOUT_MS: '2000',
  SWITCHYARD_UPSTREAM_IDLE_TIMEOUT_MS: '1000',
  SWITCHYARD_REQUEST_DEADLINE_MS: '4000',
  // Faults follow each other here, and each is to be seen.
  SWITCHYARD_BREAKER_COOLDOWN_MS: '0',
}
/** A silence, not a reset: a reset discards what has arrived and was not read. */
const CUT_AFTER_CONTENT = { fault: 'hang-mid-stream' } as const
const ERROR_STATUSES = [400, 404, 429, 502, 503, 504]

let upstream: ScriptedUpstream
let gateway: Gateway
let refusing: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: TIMEOUTS })
  refusing = await startGateway({
    config: oneProvider(`http://127.0.0.1:${await reserveClosedPort()}/v1`),
    env: TIMEOUTS,
  })
  key = await gateway.createKey()
})
afterEach(() => upstream.reset())
afterAll(async () => {
  for (const process of [gateway, refusing]) {
    expect(process.exit()).toBeUndefined()
    expect(process.stderr.filter((line) => /unhandled|uncaught/i.test(line))).toEqual([])
    expect(process.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
    expect(await process.stop()).toBe(0)
  }
  await upstream.close()
})

function outcomeOf(answer: ChatAnswer): 'answer' | 'error' {
  if (answer.json) {
    if (answer.status === 200) {
      expect(answer.json).toMatchObject({ object: 'chat.completion', choices: [{ message: { role: 'assistant' } }] })
      return 'answer'
    }
    expect(ERROR_STATUSES).toContain(answer.status)
    expect(answer.json).toMatchObject({ error: { code: answer.status, message: expect.any(String) } })
    return 'error'
  }
  const errors = answer.events.filter((event) => 'error' in event)
  expect(errors.length + Number(answer.isDone)).toBe(1)
  if (errors.length === 0) return 'answer'
  expect(answer.events.at(-1)).toBe(errors[0])
  expect(errors[0]).toMatchObject({
    error: { code: expect.any(Number), metadata: { error_type: expect.any(String) } },
    choices: [{ index: 0, finish_reason: 'error' }],
  })
  return 'error'
}

function expectOutcome(answer: ChatAnswer, expected: ExpectedOutcome): void {
  const outcome = outcomeOf(answer)
  if (expected !== 'either') expect(outcome).toBe(expected)
}

describe.each(FAULT_CASES)('F4 $name', (fault: FaultCase) => {
  test.each([false, true])('stream: %s ends in one whole answer or one valid error', async (stream) => {
    upstream.forModel('', fault.plan)
    const target = fault.closedPort ? refusing : gateway
    const answer = await chat(target, fault.closedPort ? await refusing.createKey() : key, { stream })
    expectOutcome(answer, stream ? fault.stream : fault.json)
    expect(upstream.scriptErrors).toEqual([])
  })
})

test('F4 a provider with Retry-After hands it on', async () => {
  upstream.forModel('', { status: 429, retryAfter: '7' })
  expect((await chat(gateway, key)).headers.get('retry-after')).toBe('7')
})

test('F4 an attempt that failed before any content costs nothing; one cut after content is charged for what came', async () => {
  const own = await gateway.createKey()
  upstream.forModel('', { status: 500 })
  await chat(gateway, own)
  upstream.forModel('', CUT_AFTER_CONTENT)
  const answer = await chat(gateway, own, { stream: true })
  expect(outcomeOf(answer)).toBe('error')
  const told = usageOf(answer).cost
  expect(told).toBeGreaterThan(0)
  await expect.poll(async () => (await readData(gateway, '/api/v1/key', own))['usage'], { timeout: 10_000 }).toBe(told)
})

/** Of which the caller has content before they fail. */
const TOO_LATE: readonly (string | undefined)[] = ['hang-mid-stream', 'half-close', 'truncated-json', 'error-in-200']
/** What every provider would refuse. */
const CALLER_AT_FAULT: readonly (number | undefined)[] = [400, 413, 422]

function outcomeWithFallback({ json, plan, stream: streamed }: FaultCase, stream: boolean): ExpectedOutcome {
  const alone = stream ? streamed : json
  // A reset may overtake what was sent before it.
  if (stream && plan.fault === 'reset-mid-stream') return 'either'
  if (alone !== 'error') return alone
  const isFinal = CALLER_AT_FAULT.includes(plan.status) || (stream && TOO_LATE.includes(plan.fault))
  return isFinal ? 'error' : 'answer'
}

/** As deep as the test's own serializer can still write. */
const DEEP: unknown = JSON.parse('['.repeat(4_000) + ']'.repeat(4_000))

test('F4 an answer of 4,000 levels is one that cannot be used, and costs nothing', async () => {
  const own = await gateway.createKey()
  upstream.forModel('', { message: { deep: DEEP } })
  const answer = await chat(gateway, own)
  expect([answer.status, outcomeOf(answer)]).toEqual([502, 'error'])
  expect((await readData(gateway, '/api/v1/key', own))['usage']).toBe(0)
})

test.each([
  ['negative', { prompt_tokens: -3, completion_tokens: -5 }],
  ['huge', { prompt_tokens: 1e15, completion_tokens: 1e308 }],
  ['fractions', { prompt_tokens: 1.5, completion_tokens: 2.5 }],
  ['text', { prompt_tokens: '3', completion_tokens: '5' }],
  ['null', null],
  ['a list', [3, 5]],
  ['half of it', { prompt_tokens: 3 }],
  [
    'details larger than the whole',
    { prompt_tokens: 3, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 9 } },
  ],
  ['names that no database takes', { prompt_tokens: 3, completion_tokens: 5, 'a\0\ud800': 'b\0\udfff' }],
  ['megabytes beside it', { prompt_tokens: 3, completion_tokens: 5, note: 'x'.repeat(3_000_000) }],
  ['4,000 levels', { prompt_tokens: 3, completion_tokens: 5, deep: DEEP }],
])(
  'F4 a usage of %s is charged sensibly, recorded, and keeps no other charge from being recorded',
  async (_name, usage) => {
    const own = await gateway.createKey()
    for (const stream of [false, true]) {
      upstream.forModel('', { usage: 'always', usageBody: usage })
      const answer = await chat(gateway, own, { stream })
      upstream.forModel('', {})
      if (outcomeOf(answer) === 'error') continue
      const cost = nano(usageOf(answer).cost)
      expect(cost).toBeGreaterThan(0n)
      const generation = await readData(gateway, `/api/v1/generation?id=${answer.headers.get('x-generation-id')}`, own)
      expect(nano(generation['usage'])).toBe(cost)
    }
    const next = await chat(gateway, own)
    expect(await readData(gateway, `/api/v1/generation?id=${next.headers.get('x-generation-id')}`, own)).toMatchObject({
      usage: usageOf(next).cost,
    })
  },
)

test('F4 ids and reasons of a provider that are no texts, or no end of text, are recorded without harm', async () => {
  const own = await gateway.createKey()
  for (const finishReason of ['a\0b\ud800', 'x'.repeat(100_000)]) {
    upstream.forModel('', { finishReason, message: { content: 'a\0b', id: 5 } })
    for (const stream of [false, true]) {
      const answer = await chat(gateway, own, { stream })
      const id = answer.headers.get('x-generation-id')
      expect(await readData(gateway, `/api/v1/generation?id=${id}`, own)).toMatchObject({ id })
    }
  }
})

test('an answer nested deeper than can be told again is an error, after which nothing is held any more', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(`{"choices":[{"message":{"content":"x","annotations":${deep}}}]}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const own = await startGateway({ config: oneProvider(`http://127.0.0.1:${port}/v1`), env: TIMEOUTS })
  // As much as one request holds.
  const limited = await own.createKey({ limit: 0.0125 })
  for (let turn = 0; turn < 3; turn += 1) expect((await chat(own, limited, { max_tokens: 4_000 })).status).toBe(502)
  expect(await own.stop()).toBe(0)
  server.close()
})

describe('with a second provider', () => {
  let second: ScriptedUpstream
  let two: Gateway
  let twoKey: string

  beforeAll(async () => {
    second = await startScriptedUpstream()
    two = await startGateway({ config: twoProviders(upstream.baseUrl, second.baseUrl), env: TIMEOUTS })
    twoKey = await two.createKey()
  })
  afterEach(() => second.reset())
  afterAll(async () => {
    expect(await two.stop()).toBe(0)
    await second.close()
  })

  /** The first choice, whatever is known of it by now. */
  const first = { provider: { order: ['alpha'] } }

  describe.each(FAULT_CASES.filter(({ closedPort }) => !closedPort))(
    'F4 $name, with a fallback',
    (fault: FaultCase) => {
      test.each([false, true])('stream: %s is answered by the next provider, unless it is too late', async (stream) => {
        upstream.forModel('', fault.plan)
        const answer = await chat(two, twoKey, { stream, ...first })
        expectOutcome(answer, outcomeWithFallback(fault, stream))
        const isFromSecond = (answer.json ?? answer.events[0])?.['provider'] === 'BETA'
        expect(isFromSecond).toBe(second.requests.length > 0)
        if (isFromSecond) expect(usageOf(answer).cost).toBeGreaterThan(0)
      })
    },
  )

  test('F4 a connection that is refused falls back', async () => {
    const closed = `http://127.0.0.1:${await reserveClosedPort()}/v1`
    await using own = await startGateway({ config: twoProviders(closed, second.baseUrl), env: TIMEOUTS })
    const ownKey = await own.createKey()
    for (const stream of [false, true]) {
      expect(outcomeOf(await chat(own, ownKey, { stream, ...first }))).toBe('answer')
    }
    expect(second.requests).toHaveLength(2)
  })

  test('F4 a provider that takes a large request and reads none of it is given up for the next one', async () => {
    const sockets: Socket[] = []
    const unread = createTcpServer({ pauseOnConnect: true }, (socket) => {
      sockets.push(socket.on('error', () => {}))
    })
    await new Promise<void>((resolve) => unread.listen(0, '127.0.0.1', resolve))
    const { port } = unread.address() as AddressInfo
    const config = twoProviders(`http://127.0.0.1:${port}/v1`, second.baseUrl)
    const { providers } = config as { providers: { models: { context_length: number }[] }[] }
    for (const model of providers.flatMap(({ models }) => models)) model.context_length = 16_000_000
    await using own = await startGateway({ config, env: { SWITCHYARD_UPSTREAM_HEADERS_TIMEOUT_MS: '3000' } })
    const ownKey = await own.createKey()
    // More than the system's buffers take.
    const messages = [{ role: 'user', content: 'word '.repeat(1_600_000) }]
    for (const stream of [false, true]) {
      const answer = await chat(own, ownKey, { messages, stream, ...first })
      expect(outcomeOf(answer)).toBe('answer')
      expect((answer.json ?? answer.events[0])?.['provider']).toBe('BETA')
    }
    expect(sockets).toHaveLength(2)
    for (const socket of sockets) socket.destroy()
    unread.close()
  })

  test.each([[401], [402], [403], [404]])('a first attempt that is refused with %d falls back', async (status) => {
    upstream.forModel('', { status })
    for (const stream of [false, true]) {
      expect(outcomeOf(await chat(two, twoKey, { stream, ...first }))).toBe('answer')
    }
    expect(second.requests).toHaveLength(2)
  })

  test('nothing of the first attempt goes to the second provider', async () => {
    upstream.forModel('', { status: 500, headers: { 'x-of-alpha': 'yes', 'set-cookie': 'a=b' } })
    for (const stream of [false, true]) {
      const answer = await chat(two, twoKey, { stream, ...first })
      expect([answer.headers.get('x-of-alpha'), answer.headers.get('set-cookie')]).toEqual([null, null])
      const sent = second.requests.at(-1)
      expect(sent?.headers['authorization']).toBe('Bearer secret-of-beta')
      expect(JSON.stringify(sent?.rawHeaders)).not.toMatch(/alpha|cookie/i)
    }
  })

  test.each([
    ['the caller is at fault', { status: 400 }, false],
    ['content has already gone out', CUT_AFTER_CONTENT, true],
  ])('there is no second attempt when %s', async (_name, plan, stream) => {
    upstream.forModel('', plan)
    expect(outcomeOf(await chat(two, twoKey, { stream, ...first }))).toBe('error')
    expect(second.requests).toHaveLength(0)
  })

  test('when both fail the last error is told once', async () => {
    upstream.forModel('', { status: 500 })
    second.forModel('', { status: 503 })
    for (const stream of [false, true]) {
      expect((await chat(two, twoKey, { stream, ...first })).status).toBe(503)
    }
  })

  test("nothing of the gateway's own goes to a provider", async () => {
    await chat(two, twoKey, { provider: { only: ['alpha'] }, user: 'alice', session_id: 's', models: ['alpha/small'] })
    const sent = upstream.requests.at(-1)
    expect(sent?.headers['authorization']).toBe('Bearer secret-of-alpha')
    expect(sent?.bodyText).not.toMatch(/alice|session_id|provider|models/)
    expect(sent?.body).toMatchObject({ model: 'small' })
  })
})
