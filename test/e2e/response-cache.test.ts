import { OpenRouter } from '@openrouter/sdk'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ListUpstream, startListUpstream } from '../harness/list-upstream.ts'
import { hasRedis, startRedis } from '../harness/redis-server.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { readData } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

const WAIT = { timeout: 10_000, interval: 50 }
const ON = { 'x-openrouter-cache': 'true' }

let upstream: ScriptedUpstream
let lists: ListUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  lists = await startListUpstream()
  const vectors = { id: 'alpha/vectors', pricing: { prompt: '0.000002', completion: '0' }, context_length: 8_000 }
  const models = [{ ...vectors, output_modalities: ['embeddings'] }]
  const second = { slug: 'lists', name: 'Lists', dialect: 'openai-chat', base_url: lists.baseUrl, api_key: 'k', models }
  const pricing = { prompt: '0.000001', completion: '0.000002' }
  const first = oneProvider(upstream.baseUrl, [{ id: 'alpha/long', pricing, context_length: 2_000_000 }])
  gateway = await startGateway({ config: { providers: [...first.providers, second] } })
})
afterAll(async () => {
  expect(await gateway?.stop()).toBe(0)
  await lists?.close()
  await upstream?.close()
})
beforeEach(async () => {
  upstream.reset()
  key = await gateway.createKey()
})

interface Answer {
  status: number
  text: string
  json: Record<string, unknown>
  cache: Record<string, string | null>
  id: string | null
}

async function ask(body: unknown, headers: Record<string, string> = ON, secret = key): Promise<Answer> {
  return await askAt(`${gateway.url}/api/v1/chat/completions`, body, { headers, secret })
}

async function askAt(
  url: string,
  body: unknown,
  { headers = ON, secret = key }: { headers?: Record<string, string>; secret?: string } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  const names = ['status', 'age', 'ttl', 'source-id']
  return {
    status: response.status,
    text,
    json: text.startsWith('{') ? JSON.parse(text) : {},
    cache: Object.fromEntries(names.map((name) => [name, response.headers.get(`x-openrouter-cache-${name}`)])),
    id: response.headers.get('x-generation-id'),
  }
}

interface Chunk {
  choices: { delta: { content?: string | null } }[]
}

let questions = 0
/** One that nobody has asked before. */
const question = (fields: Record<string, unknown> = {}) => ({
  model: 'alpha/small',
  messages: [{ role: 'user', content: `question ${++questions}` }],
  ...fields,
})

describe('an answer that was given before', () => {
  test('comes again under a new id, having used and cost nothing, from no provider', async () => {
    const body = question()
    upstream.script({ text: 'so it is' })
    const first = await ask(body)
    expect(first.cache).toEqual({ status: 'MISS', age: null, ttl: '300', 'source-id': null })
    const second = await ask(body)
    expect(upstream.requests.length).toBe(1)
    expect(second.cache).toMatchObject({ status: 'HIT', 'source-id': first.id })
    expect(Number(second.cache['age'])).toBeLessThan(300)
    expect(Number(second.cache['ttl'])).toBeGreaterThan(0)
    expect(second.id).not.toBe(first.id)
    const { usage, ...same } = second.json
    const { usage: used, ...before } = first.json
    expect(same).toEqual({ ...before, id: second.id, created: expect.any(Number) })
    expect(used).toMatchObject({ completion_tokens: 3 })
    expect(usage).toMatchObject({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 })
  })

  test('is recorded as a generation of its own that cost nothing, and moves no money', async () => {
    const body = question()
    const first = await ask(body)
    const second = await ask(body)
    const recorded = await readData(gateway, `/api/v1/generation?id=${second.id}`)
    expect(recorded).toMatchObject({
      total_cost: 0,
      tokens_prompt: 0,
      tokens_completion: 0,
      finish_reason: 'stop',
      model: 'alpha/small',
      provider_name: 'ALPHA',
      response_cache_source_id: first.id,
      outcome: 'done',
    })
    const explained = await readData(gateway, `/api/v1/generation/explanation?id=${second.id}`)
    expect(explained).toMatchObject({ decided_by: 'cache', price: { charged_usd: 0 } })
    const { total_cost } = await readData(gateway, `/api/v1/generation?id=${first.id}`)
    expect(await readData(gateway, '/api/v1/key', key)).toMatchObject({ usage: total_cost })
  })

  test('comes as a stream where it was one, with one end', async () => {
    const body = question({ stream: true })
    upstream.script({ text: 'so it is' })
    const first = await ask(body)
    const second = await ask(body)
    expect([first.cache['status'], second.cache['status']]).toEqual(['MISS', 'HIT'])
    const events = second.text.split('\n\n').filter((event) => event !== '')
    expect(events.at(-1)).toBe('data: [DONE]')
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)))
    expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set([second.id]))
    expect(chunks.map(({ choices }) => choices[0]?.delta?.content ?? '').join('')).toBe('so it is')
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 0, cost: 0 } })
    // A plain request is another one.
    expect((await ask({ ...body, stream: false })).cache['status']).toBe('MISS')
  })

  test('is kept again where a workspace keeps what is answered, though the first one was asked before', async () => {
    const slug = `logged-${++questions}`
    const { body: made } = await gateway.call('POST', '/api/v1/workspaces', {
      body: { name: slug, slug, is_observability_io_logging_enabled: true },
    })
    const logged = await gateway.createKey({ workspace_id: (made as { data: { id: string } }).data.id })
    const tool_calls = [{ id: 'call-1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }]
    upstream.script({ message: { content: 'let me see', reasoning: 'hm', tool_calls } })
    const body = question()
    await ask(body, ON, logged)
    const { id } = await ask(body, ON, logged)
    const path = `/api/v1/generation/content?id=${id}`
    await expect.poll(async () => (await gateway.call('GET', path)).status, WAIT).toBe(200)
    expect(await readData(gateway, path)).toEqual({
      input: { messages: body.messages },
      output: { completion: 'let me see', reasoning: 'hm', tool_calls },
      error: null,
    })
  })

  test('is what the official SDK takes, whole or as a stream', async () => {
    const client = new OpenRouter({
      apiKey: key,
      serverURL: `${gateway.url}/api/v1`,
      retryConfig: { strategy: 'none' },
    })
    const options = { fetchOptions: { headers: ON } }
    const messages = [{ role: 'user' as const, content: `question ${++questions}` }]
    const send = () => client.chat.send({ chatRequest: { model: 'alpha/small', messages } }, options)
    const answers = [await send(), await send()]
    expect(answers[1]).toMatchObject({ usage: { totalTokens: 0, cost: 0 } })
    const told: unknown[] = []
    for (let time = 0; time < 2; time += 1) {
      const chatRequest = { model: 'alpha/small', messages, stream: true as const }
      const stream = await client.chat.send({ chatRequest }, options)
      let text = ''
      for await (const { choices } of stream as AsyncIterable<Chunk>) text += choices[0]?.delta.content ?? ''
      told.push(text)
    }
    expect(told[1]).toBe(told[0])
    expect(upstream.requests.length).toBe(2)
  })

  test('tells nothing of its way to who asks for router metadata, once again', async () => {
    const body = question()
    const headers = { ...ON, 'x-openrouter-metadata': 'enabled' }
    expect((await ask(body, headers)).json).toHaveProperty('openrouter_metadata')
    const second = await ask(body, headers)
    expect(second.cache['status']).toBe('HIT')
    expect(second.json).not.toHaveProperty('openrouter_metadata')
  })
})

describe('over other protocols', () => {
  const responses = (body: object) => askAt(`${gateway.url}/api/v1/responses`, body)

  test.each([false, true])('a response comes again (stream: %s)', async (stream) => {
    const body = { model: 'alpha/small', input: `question ${++questions}`, stream }
    upstream.script({ text: 'so it is' })
    const [first, second] = [await responses(body), await responses(body)]
    expect([first.cache['status'], second.cache['status']]).toEqual(['MISS', 'HIT'])
    const without = (text: string, id: string | null) =>
      text
        .replaceAll(id ?? '', 'the id')
        .replaceAll(/"usage":{.*}/g, '')
        .replaceAll(/"(created_at|completed_at)":\d+/g, '"$1":0')
    expect(without(second.text, second.id)).toBe(without(first.text, first.id))
    expect(second.text).toContain('so it is')
    expect(second.text).toMatch(/"usage":{"input_tokens":0,.*"cost":0/)
  })

  test('embeddings come again', async () => {
    const embed = () => askAt(`${gateway.url}/api/v1/embeddings`, { model: 'alpha/vectors', input: ['one', 'two'] })
    const [first, second] = [await embed(), await embed()]
    expect([first.cache['status'], second.cache['status'], lists.requests.length]).toEqual(['MISS', 'HIT', 1])
    expect(second.json['data']).toEqual(first.json['data'])
    expect(first.json['usage']).toMatchObject({ prompt_tokens: 6 })
    expect(second.json['usage']).toMatchObject({ prompt_tokens: 0, total_tokens: 0, cost: 0 })
  })

  test('the same body is another request to another endpoint', async () => {
    const body = { ...question(), input: 'hi' }
    expect((await ask(body)).cache['status']).toBe('MISS')
    expect((await responses(body)).cache['status']).toBe('MISS')
  })
})

describe('what is the same request', () => {
  const body = () => `{"model":"alpha/small","messages":[{"role":"user","content":"written ${++questions}"}],"seed":1}`

  test('space between the parts does not count', async () => {
    const text = body()
    await ask(text)
    expect((await ask(text.replaceAll(',"', ' ,\n\t"'))).cache['status']).toBe('HIT')
  })

  test.each([
    ['another order of its fields', (text: string) => text.replace(',"seed":1}', '}').replace('{', '{"seed":1,')],
    ['space within a text', (text: string) => text.replace('written', 'written ')],
    ['another field', (text: string) => text.replace('"seed":1', '"seed":2')],
    ['another model', (text: string) => text.replace('alpha/small', 'alpha/flat')],
  ])('%s makes it another', async (_name, change) => {
    const text = body()
    await ask(text)
    expect((await ask(change(text))).cache['status']).toBe('MISS')
  })

  test('another key makes it another', async () => {
    const text = body()
    await ask(text)
    expect((await ask(text, ON, await gateway.createKey())).cache['status']).toBe('MISS')
    expect((await ask(text)).cache['status']).toBe('HIT')
  })

  test('headers that say who asks do not', async () => {
    const text = body()
    await ask(text)
    const headers = { ...ON, 'http-referer': 'https://app.example.com', 'x-title': 'App' }
    expect((await ask(text, headers)).cache['status']).toBe('HIT')
  })

  test('of a large body every byte counts', async () => {
    const text = body().replace('written', 'x'.repeat(1_200_000)).replace('small', 'long')
    expect((await ask(text)).cache['status']).toBe('MISS')
    expect((await ask(text)).cache['status']).toBe('HIT')
    expect((await ask(`${text} `)).cache['status']).toBe('MISS')
  })
})

describe('the headers', () => {
  test.each([
    ['none', {}],
    ['the cache turned off', { 'x-openrouter-cache': 'false' }],
    ['a time alone', { 'x-openrouter-cache-ttl': '60' }],
  ])('%s: nothing is kept, nothing is given, nothing is told', async (_name, headers) => {
    const body = question()
    for (let time = 0; time < 2; time += 1) {
      expect((await ask(body, headers)).cache).toEqual({ status: null, age: null, ttl: null, 'source-id': null })
    }
    expect(upstream.requests.length).toBe(2)
    await ask(body)
    expect((await ask(body, headers)).cache['status']).toBeNull()
  })

  test.each([
    ['60', '60'],
    ['12abc', '12'],
    ['0', '1'],
    ['999999', '86400'],
    ['soon', '300'],
  ])('a time of %s is %s seconds', async (ttl, seconds) => {
    expect((await ask(question(), { ...ON, 'x-openrouter-cache-ttl': ttl })).cache).toMatchObject({
      status: 'MISS',
      ttl: seconds,
    })
  })

  test('after its time an answer is made anew', async () => {
    const body = question()
    const headers = { ...ON, 'x-openrouter-cache-ttl': '1' }
    await ask(body, headers)
    await expect.poll(async () => (await ask(body, { ...headers })).cache['status'], WAIT).toBe('MISS')
  })

  test('clear has it made anew, and that one is given from then on', async () => {
    const body = question()
    await ask(body)
    upstream.script({ text: 'another one' })
    const cleared = await ask(body, { ...ON, 'x-openrouter-cache-clear': 'true' })
    expect(cleared.cache['status']).toBe('MISS')
    const after = await ask(body)
    expect(after.cache).toMatchObject({ status: 'HIT', 'source-id': cleared.id })
    expect(after.text).toContain('another one')
  })
})

describe('a preset', () => {
  async function newPreset(fields: object, slug = `preset-${++questions}`): Promise<string> {
    const body = { model: 'alpha/small', messages: [{ role: 'user', content: 'x' }], ...fields }
    const made = await gateway.call('POST', `/api/v1/presets/${slug}/chat/completions`, { body })
    expect(made.status, JSON.stringify(made.body)).toBeLessThan(300)
    return slug
  }
  const by = (preset: string, fields: object = {}) => ({ ...question(), model: undefined, preset, ...fields })

  test('turns it on, and says for how long', async () => {
    const body = by(await newPreset({ cache_enabled: true, cache_ttl_seconds: 60 }))
    expect((await ask(body, {})).cache).toMatchObject({ status: 'MISS', ttl: '60' })
    expect((await ask(body, {})).cache['status']).toBe('HIT')
    expect(JSON.stringify(upstream.requests.at(-1)?.body)).not.toContain('cache_')
    expect((await ask(body, { 'x-openrouter-cache': 'false' })).cache['status']).toBeNull()
    const longer = { 'x-openrouter-cache-ttl': '90', 'x-openrouter-cache-clear': 'true' }
    expect((await ask(body, longer)).cache).toMatchObject({ status: 'MISS', ttl: '90' })
  })

  test('turns it off, whatever the request says', async () => {
    const preset = await newPreset({ cache_enabled: false })
    expect((await ask(by(preset))).cache['status']).toBeNull()
    expect((await ask(by(preset, { cache_enabled: true }))).cache['status']).toBeNull()
  })

  test('that has changed makes another request', async () => {
    const preset = await newPreset({ cache_enabled: true, temperature: 0.1 })
    const body = by(preset)
    await ask(body, {})
    expect((await ask(body, {})).cache['status']).toBe('HIT')
    await newPreset({ cache_enabled: true, temperature: 0.9 }, preset)
    expect((await ask(body, {})).cache['status']).toBe('MISS')
  })
})

describe('not kept', () => {
  test('a refusal of the provider', async () => {
    const body = question()
    upstream.script({ status: 400 })
    expect((await ask(body)).status).toBe(400)
    expect((await ask(body)).cache['status']).toBe('MISS')
  })

  test('a stream that broke off', async () => {
    const body = question({ stream: true })
    upstream.script({ fault: 'reset-mid-stream' })
    await ask(body)
    expect((await ask(body)).cache['status']).toBe('MISS')
  })

  test('what is asked for without retention', async () => {
    const body = question({ provider: { zdr: true } })
    const answers = [await ask(body), await ask(body)]
    expect(answers.map(({ cache }) => cache['status'])).toEqual([null, null])
  })
})

describe('what is forbidden now is not given', () => {
  const call = async <T>(method: string, path: string, body: unknown): Promise<T> => {
    const answer = await gateway.call(method, path, { body })
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
    return answer.body as T
  }

  async function governed(): Promise<{ key: string; hash: string; guardrailId: string }> {
    const slug = `cached-${++questions}`
    const { data: workspace } = await call<{ data: { id: string } }>('POST', '/api/v1/workspaces', { name: slug, slug })
    const made = await call<{ key: string; data: { hash: string } }>('POST', '/api/v1/keys', {
      name: 'key',
      workspace_id: workspace.id,
    })
    const { data: guardrail } = await call<{ data: { id: string } }>('POST', '/api/v1/guardrails', {
      name: slug,
      workspace_id: workspace.id,
    })
    await call('POST', `/api/v1/guardrails/${guardrail.id}/assignments/keys`, { key_hashes: [made.data.hash] })
    return { key: made.key, hash: made.data.hash, guardrailId: guardrail.id }
  }

  test.each([
    ['a model', { ignored_models: ['alpha/small'] }, [403, 404]],
    ['a word', { content_filters: [{ pattern: 'question', action: 'block' }] }, [403]],
  ])('%s', async (_name, restriction, statuses) => {
    const own = await governed()
    const body = question()
    await ask(body, ON, own.key)
    expect((await ask(body, ON, own.key)).cache['status']).toBe('HIT')
    await call('PATCH', `/api/v1/guardrails/${own.guardrailId}`, restriction)
    expect(statuses).toContain((await ask(body, ON, own.key)).status)
  })

  test('what is taken out of a request makes it another', async () => {
    const own = await governed()
    const body = question()
    await ask(body, ON, own.key)
    await call('PATCH', `/api/v1/guardrails/${own.guardrailId}`, {
      content_filters: [{ pattern: 'question', action: 'redact', label: '[WORD]' }],
    })
    expect((await ask(body, ON, own.key)).cache['status']).toBe('MISS')
  })

  test('a dead key gets nothing', async () => {
    const own = await governed()
    const body = question()
    await ask(body, ON, own.key)
    await call('PATCH', `/api/v1/keys/${own.hash}`, { disabled: true })
    expect((await ask(body, ON, own.key)).status).toBe(401)
  })

  test('a hit counts on the rate, and passes a limit that is used up', async () => {
    const { key: limited } = await call<{ key: string }>('POST', '/api/v1/keys', {
      name: 'k',
      rate_limit_rpm: 3,
      limit: 0.011,
    })
    const body = question({ model: 'alpha/flat' })
    const statuses = []
    for (let time = 0; time < 3; time += 1) statuses.push((await ask(body, ON, limited)).cache['status'])
    expect(statuses).toEqual(['MISS', 'HIT', 'HIT'])
    expect((await ask(body, ON, limited)).status).toBe(429)
  })
})

describe.skipIf(!hasRedis)('with Redis', () => {
  test('answers outlive the process, are sealed, and are done without while it is away', async () => {
    const redis = await startRedis()
    const own = await startGateway({
      config: oneProvider(upstream.baseUrl),
      env: { REDIS_URL: redis.url, SWITCHYARD_REDIS_TIMEOUT_MS: '1000' },
    })
    const secret = await own.createKey()
    const askOwn = (body: object) => askAt(`${own.url}/api/v1/chat/completions`, body, { secret })
    const body = question()
    upstream.script({ text: 'the canary sings' })
    expect((await askOwn(body)).cache['status']).toBe('MISS')
    await expect.poll(async () => (await askOwn(body)).cache['status'], WAIT).toBe('HIT')
    await own.restart()
    await expect.poll(async () => (await askOwn(body)).cache['status'], WAIT).toBe('HIT')
    expect((await askOwn(body)).text).toContain('the canary sings')
    const client = createClient({ url: redis.url })
    await client.connect()
    const names = await client.keys('*answer:*')
    const kept = await Promise.all(names.map((name) => client.get(name)))
    expect(names.length).toBe(1)
    expect(`${names}${kept}`).not.toMatch(/canary|question|alpha|gen-/)
    await client.close()
    await redis.kill()
    expect(await askOwn(body)).toMatchObject({ status: 200, cache: { status: 'MISS' } })
    expect(await own.stop()).toBe(0)
  })
})
