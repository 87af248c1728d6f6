import { OpenRouter } from '@openrouter/sdk'
import { OpenAI } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat, readData } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

const LIMIT = 100

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl), env: { SWITCHYARD_SIM: 'on' } })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

function atOnce(count: number, key: string): Promise<ChatAnswer[]> {
  return Promise.all(Array.from({ length: count }, () => chat(gateway, key, { model: 'sim/echo' })))
}

function countOf(answers: readonly ChatAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

test('H9 of ten times the limit at once exactly the limit is let through, the rest is told when to come again', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: LIMIT })
  const before = Date.now()
  const answers = await atOnce(10 * LIMIT, key)
  expect(countOf(answers)).toEqual({ 200: LIMIT, 429: 9 * LIMIT })
  const refused = answers.find(({ status }) => status === 429)
  const retryAfter = Number(refused?.headers.get('retry-after'))
  expect(retryAfter).toBeGreaterThanOrEqual(1)
  expect(retryAfter).toBeLessThanOrEqual(66)
  const told = {
    'X-RateLimit-Limit': String(LIMIT),
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': expect.stringMatching(/^\d{13}$/),
  }
  const headers = Object.fromEntries(Object.keys(told).map((name) => [name, refused?.headers.get(name)]))
  expect(headers).toEqual(told)
  expect(refused?.json).toEqual({
    error: {
      code: 429,
      message: `Rate limit exceeded: ${LIMIT} requests per minute`,
      metadata: { error_type: 'rate_limit_exceeded', headers },
    },
  })
  const reset = Number(refused?.headers.get('x-ratelimit-reset'))
  expect(reset - before).toBeGreaterThan(0)
  expect(reset - before).toBeLessThanOrEqual(80_000)
})

test('a refused request costs nothing, reaches no provider and stands in the log with its reason', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 1 })
  expect((await chat(gateway, key)).status).toBe(200)
  const sent = upstream.requests.length
  const { headers, status } = await chat(gateway, key)
  expect(status).toBe(429)
  expect(upstream.requests.length).toBe(sent)
  const requestId = headers.get('x-request-id')
  const findEntry = async () => {
    const { body } = await gateway.call('GET', '/api/v1/logs?outcome=refused')
    return (body as { data: { request_id: string }[] }).data.find(({ request_id }) => request_id === requestId)
  }
  await expect.poll(findEntry).toMatchObject({
    status: 429,
    error: { code: 'rate_limited', message: 'Rate limit exceeded: 1 requests per minute' },
    model: 'alpha/small',
    usage: 0,
  })
})

test('what cannot be read is refused before it counts, and what asks for an unknown model counts', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 2 })
  const statuses: number[] = []
  for (const fields of [{ messages: 'none' }, { temperature: 'hot' }, { model: 'no/such' }, {}, {}])
    statuses.push((await chat(gateway, key, fields)).status)
  expect(statuses).toEqual([400, 400, 400, 200, 429])
})

test('a change of the limit, of the key, of its workspace or of the organization, is felt by the next request', async () => {
  const { body } = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Slow', slug: 'slow' } })
  const { id } = (body as { data: { id: string } }).data
  const made = await gateway.call('POST', '/api/v1/keys', { body: { name: 'slow', workspace_id: id } })
  const { data, key } = made.body as { data: { hash: string }; key: string }
  const change = async (path: string, fields: object) => {
    expect((await gateway.call('PATCH', path, { body: fields })).status).toBe(200)
    return (await chat(gateway, key, { model: 'sim/echo' })).status
  }
  const policy = '/api/v1/organization/policy'
  expect((await chat(gateway, key, { model: 'sim/echo' })).status).toBe(200)
  expect(await change(policy, { rate_limits: { standard: 1 } })).toBe(429)
  expect(await change(`/api/v1/workspaces/${id}`, { rate_limits: { standard: 2 } })).toBe(200)
  expect(await change(`/api/v1/workspaces/${id}`, { name: 'Still slow' })).toBe(429)
  expect(await change(`/api/v1/keys/${data.hash}`, { rate_limit_rpm: 0 })).toBe(200)
  expect(await change(`/api/v1/keys/${data.hash}`, { rate_limit_rpm: null })).toBe(429)
  expect(await change(`/api/v1/workspaces/${id}`, { rate_limits: null })).toBe(429)
  expect(await change(policy, { rate_limits: null })).toBe(200)
  expect(await readData(gateway, `/api/v1/keys/${data.hash}`)).toMatchObject({ effective_rate_limit_rpm: 600 })
})

test('requests to models that cost nothing count over all keys of an organization, and no others do', async () => {
  const policy = '/api/v1/organization/policy'
  expect((await gateway.call('PATCH', policy, { body: { free_models_rpm: 3 } })).status).toBe(200)
  const keys = [await gateway.createKey(), await gateway.createKey({ rate_limit_rpm: 0 })]
  const statuses: number[] = []
  for (const model of ['sim/echo', 'sim/echo', 'sim/lorem', 'sim/echo', 'sim/echo', 'sim/lorem'])
    statuses.push((await chat(gateway, keys[statuses.length % 2] ?? '', { model })).status)
  expect(statuses).toEqual([200, 200, 200, 200, 429, 200])
  const refused = await chat(gateway, keys[0] ?? '', { model: 'sim/echo' })
  expect(refused.headers.get('x-ratelimit-limit')).toBe('3')
  expect(refused.json).toMatchObject({
    error: { code: 429, message: 'Rate limit exceeded: 3 requests per minute to free models' },
  })
  expect((await gateway.call('PATCH', policy, { body: { free_models_rpm: null } })).status).toBe(200)
  expect((await chat(gateway, keys[0] ?? '', { model: 'sim/echo' })).status).toBe(200)
})

test('on a day only so many requests go to models that cost nothing, over all keys and also after a restart', async () => {
  const policy = '/api/v1/organization/policy'
  expect((await gateway.call('PATCH', policy, { body: { free_models_rpd: 3 } })).status).toBe(200)
  const keys = [await gateway.createKey(), await gateway.createKey({ rate_limit_rpm: 0 })]
  const ask = async (model: string, index = 0) => await chat(gateway, keys[index] ?? '', { model })
  const tell = async () => (await readData(gateway, '/api/v1/key', keys[0]))['free_model_daily_requests']
  expect(await tell()).toEqual({ limit: 3, remaining: 3, used: 0 })
  const statuses: number[] = []
  for (const [index, model] of ['sim/echo', 'sim/lorem', 'sim/echo', 'sim/echo', 'sim/echo', 'sim/lorem'].entries())
    statuses.push((await ask(model, index % 2)).status)
  expect(statuses).toEqual([200, 200, 200, 200, 429, 200])
  const refused = await ask('sim/echo')
  expect(refused.json).toMatchObject({
    error: { code: 429, message: 'Rate limit exceeded: free-models-per-day (3 requests)' },
  })
  const midnight = Number(refused.headers.get('x-ratelimit-reset'))
  expect(midnight % 86_400_000).toBe(0)
  expect(midnight - Date.now()).toBeGreaterThan(0)
  expect(midnight - Date.now()).toBeLessThanOrEqual(86_400_000)
  await gateway.restart()
  expect(await tell()).toMatchObject({ limit: 3, remaining: 0 })
  expect((await ask('sim/echo')).status).toBe(429)
  expect((await gateway.call('PATCH', policy, { body: { free_models_rpd: null } })).status).toBe(200)
  expect((await ask('sim/echo')).status).toBe(200)
})

test('what counts is where a request goes, not what it names first', async () => {
  const policy = '/api/v1/organization/policy'
  const key = await gateway.createKey({ type: 'scoped', allowed_models: ['sim/echo'] })
  const plain = await gateway.createKey()
  expect((await gateway.call('PATCH', policy, { body: { free_models_rpd: 1_000_000 } })).status).toBe(200)
  const used = async () => (await readData(gateway, '/api/v1/key', key))['free_model_daily_requests']
  const begin = (await used()) as { used: number }
  const models = ['sim/lorem', 'sim/echo']
  expect((await chat(gateway, key, { model: null, models })).status).toBe(200)
  expect(await used()).toMatchObject({ used: begin.used + 1 })
  expect((await chat(gateway, plain, { model: null, models })).status).toBe(200)
  expect((await chat(gateway, key, { model: 'no/such' })).status).toBe(400)
  expect(await used()).toMatchObject({ used: begin.used + 1 })
  expect((await gateway.call('PATCH', policy, { body: { free_models_rpd: null } })).status).toBe(200)
})

test('a read-only key reads as often as its rate says, over every path, and other keys are not counted there', async () => {
  const reader = await gateway.createKey({ type: 'read_only', rate_limit_rpm: 2 })
  const key = await gateway.createKey({ rate_limit_rpm: 2 })
  const statusesOf = async (secret: string) => {
    const statuses: number[] = []
    for (const path of ['key', 'activity', 'key', 'keys'])
      statuses.push((await gateway.call('GET', `/api/v1/${path}`, { key: secret })).status)
    return statuses
  }
  expect(await statusesOf(reader)).toEqual([200, 200, 429, 429])
  expect((await statusesOf(key)).filter((status) => status === 429)).toEqual([])
  const refused = await gateway.call('GET', '/api/v1/key', { key: reader })
  expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d?$/)
  expect(refused.headers.get('x-ratelimit-limit')).toBe('2')
})

test('of the requests of a key only so many run at a time, and one more may when one has ended or was left', async () => {
  const key = await gateway.createKey({ concurrency_limit: 2, rate_limit_rpm: 0 })
  const slow = (signal?: AbortSignal) =>
    fetch(`${gateway.url}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim/slow-4000', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
      ...(signal ? { signal } : {}),
    })
  const leaver = new AbortController()
  const left = slow(leaver.signal).catch((error: unknown) => error)
  const running = slow()
  // A model that isn't there: refused after the limits, and never running.
  const ask = () => chat(gateway, key, { model: 'no/such' })
  const message = 'Rate limit exceeded: 2 requests of this key run already'
  await expect.poll(async () => (await ask()).json).toMatchObject({ error: { code: 429, message } })
  expect((await ask()).headers.get('retry-after')).toBe('1')
  leaver.abort()
  await left
  await expect.poll(async () => (await ask()).status).toBe(400)
  expect((await running).status).toBe(200)
  expect((await (await running).text()).endsWith('data: [DONE]\n\n')).toBe(true)
  await expect.poll(async () => (await ask()).status).toBe(400)
})

test('a key without a limit is never refused for its rate', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  expect(countOf(await atOnce(700, key))).toEqual({ 200: 700 })
})

test('the official SDK and the openai package see their rate-limit error', async () => {
  const key = await gateway.createKey({ rate_limit_rpm: 1 })
  await atOnce(1, key)
  const baseURL = `${gateway.url}/api/v1`
  const messages = [{ role: 'user' as const, content: 'hello' }]
  const sdk = new OpenRouter({ apiKey: key, serverURL: baseURL, retryConfig: { strategy: 'none' } })
  await expect(sdk.chat.send({ chatRequest: { model: 'sim/echo', messages, stream: false } })).rejects.toMatchObject({
    name: 'TooManyRequestsResponseError',
    statusCode: 429,
  })
  const openai = new OpenAI({ apiKey: key, baseURL, maxRetries: 0 })
  const refusal = await openai.chat.completions.create({ model: 'sim/echo', messages }).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(OpenAI.RateLimitError)
  expect((refusal as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after')).toMatch(/^[1-9]\d?$/)
})
