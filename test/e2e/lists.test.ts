import { OpenRouter } from '@openrouter/sdk'
import { OpenAI } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ListUpstream, startListUpstream } from '../harness/list-upstream.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { oneProvider } from './provider-config.ts'

let lists: ListUpstream
let upstream: ScriptedUpstream
let gateway: Gateway
let key: string

const VECTORS = {
  id: 'alpha/vectors',
  upstream_id: 'vectors-1',
  pricing: { prompt: '0.000002', completion: '0' },
  context_length: 8_000,
  output_modalities: ['embeddings'],
}
const RANKS = {
  id: 'alpha/ranks',
  upstream_id: 'ranks-1',
  pricing: { prompt: '0.000001', completion: '0', request: '0.002' },
  context_length: 8_000,
  output_modalities: ['rerank'],
}

const SEARCHES = {
  id: 'alpha/searches',
  upstream_id: 'rerank-v3.5',
  pricing: { search_unit: '0.002' },
  context_length: 8_000,
  output_modalities: ['rerank'],
}

/** The same at two providers. */
const SHARED = { ...VECTORS, id: 'alpha/shared' }
const SHARED_RANKS = { ...RANKS, id: 'alpha/shared-ranks' }
/** So dear there that hardly anything would go there by itself. */
const DEAR = { pricing: { prompt: '0.0002', completion: '0' } }

beforeAll(async () => {
  lists = await startListUpstream()
  upstream = await startScriptedUpstream()
  const [provider] = oneProvider(upstream.baseUrl).providers
  const second = { slug: 'lists', name: 'Lists', dialect: 'openai-chat', base_url: lists.baseUrl, api_key: 'secret' }
  const models = [VECTORS, RANKS, SEARCHES, SHARED, SHARED_RANKS]
  const twins = [SHARED, SHARED_RANKS].map((model) => ({ ...model, ...DEAR }))
  const twin = { ...second, slug: 'twin', name: 'Twin', models: twins }
  gateway = await startGateway({ config: { providers: [provider, { ...second, models }, twin] } })
  key = await gateway.createKey({ limit: 1 })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
  await lists?.close()
})

const openai = () => new OpenAI({ apiKey: key, baseURL: `${gateway.url}/api/v1`, maxRetries: 0 })
const sdk = () => new OpenRouter({ apiKey: key, serverURL: `${gateway.url}/api/v1`, retryConfig: { strategy: 'none' } })
const ask = (path: string, body: object) => gateway.call('POST', `/api/v1${path}`, { key, body })
const spentBy = async (secret: string) => {
  const { body } = await gateway.call('GET', '/api/v1/key', { key: secret })
  return (body as { data: { usage: number } }).data.usage
}

test('the openai package gets embeddings, as numbers and packed, charged by the token', async () => {
  const before = await spentBy(key)
  const answer = await openai().embeddings.create({
    model: 'alpha/vectors',
    input: ['one', 'two'],
    encoding_format: 'float',
  })
  expect(answer.data.map(({ embedding, index }) => [index, embedding])).toEqual([
    [0, [0, 0.5, -1]],
    [1, [1, 0.5, -1]],
  ])
  expect(answer).toMatchObject({ object: 'list', model: 'alpha/vectors' })
  expect(answer.usage).toMatchObject({ prompt_tokens: 6, total_tokens: 6, cost: 0.000012 })
  // Without a format the package asks for base64 and unpacks it.
  const packed = await openai().embeddings.create({ model: 'alpha/vectors', input: 'one', dimensions: 3 })
  expect(packed.data[0]?.embedding).toEqual([0, 0.5, -1])
  const sent = lists.requests.at(-1)
  expect(sent).toMatchObject({ path: '/v1/embeddings', body: { model: 'vectors-1', input: 'one', dimensions: 3 } })
  await expect.poll(() => spentBy(key)).toBeCloseTo(before + 0.000018, 9)
})

test('the official SDK gets embeddings and ranks, best first, and the generation says what it was', async () => {
  const vectors = await sdk().embeddings.generate({ requestBody: { model: 'alpha/vectors', input: 'one' } })
  const id = typeof vectors === 'string' ? '' : (vectors.id ?? '')
  expect(vectors).toMatchObject({ object: 'list', data: [{ embedding: [0, 0.5, -1] }] })
  const generation = await gateway.call('GET', `/api/v1/generation?id=${id}`)
  expect(generation.body).toMatchObject({
    data: { id, api_type: 'embeddings', model: 'alpha/vectors', tokens_prompt: 3 },
  })
  const documents = ['far', { text: 'near' }]
  const ranked = await sdk().rerank.rerank({
    requestBody: { model: 'alpha/ranks', query: 'which', documents, topN: 2 },
  })
  expect(ranked).toMatchObject({
    model: 'alpha/ranks',
    results: [
      { index: 1, relevanceScore: 1, document: { text: 'near' } },
      { index: 0, relevanceScore: 0.5, document: { text: 'far' } },
    ],
    usage: { totalTokens: 6, cost: 0.002006 },
  })
  expect(lists.requests.at(-1)).toMatchObject({ path: '/v1/rerank', body: { model: 'ranks-1', top_n: 2 } })
})

describe('a session named in the body', () => {
  const KINDS = [
    ['/embeddings', { model: 'alpha/shared', input: 'one' }],
    ['/rerank', { model: 'alpha/shared-ranks', query: 'which', documents: ['a'] }],
  ] as const

  test.each(KINDS)('of %s goes before the one of the header, and the generation has it', async (path, body) => {
    const sessionOf = async (fields: object) => {
      const answer = await gateway.call('POST', `/api/v1${path}`, {
        key,
        body: { ...body, ...fields },
        headers: { 'x-session-id': 'of the header' },
      })
      const { id } = answer.body as { id: string }
      const generation = await gateway.call('GET', `/api/v1/generation?id=${id}`)
      return (generation.body as { data: { session_id: string } }).data.session_id
    }
    expect(await sessionOf({ session_id: 'of the body' })).toBe('of the body')
    expect(lists.requests.at(-1)?.body).not.toHaveProperty('session_id')
    expect(await sessionOf({ session_id: null })).toBe('of the header')
  })

  test.each(KINDS)('of %s stays where it was answered', async (path, body) => {
    const session = { ...body, session_id: `stays ${path}` }
    const providerOf = async (fields: object) =>
      ((await ask(path, { ...session, ...fields })).body as { provider: string }).provider
    expect(await providerOf({ provider: { only: ['twin'] } })).toBe('Twin')
    for (let at = 0; at < 5; at += 1) expect(await providerOf({})).toBe('Twin')
  })

  test.each(KINDS)('of %s that is too long is 400, and the field is named', async (path, body) => {
    const { status, body: answer } = await ask(path, { ...body, session_id: 's'.repeat(257) })
    expect(status).toBe(400)
    expect((answer as { error: { message: string } }).error.message).toMatch(/^session_id: /)
  })
})

describe('of a provider that charges by search unit', () => {
  const LONG = 'x'.repeat(25_000)
  const answerWith = (meta: object) => {
    const results = [{ index: 0, relevance_score: 0.5 }]
    lists.broken = { status: 200, body: JSON.stringify({ id: 'r-1', results, meta }) }
  }
  const rank = async (secret: string, documents: string[]) => {
    const body = { model: 'alpha/searches', query: 'which', documents }
    const { status, body: answer } = await gateway.call('POST', '/api/v1/rerank', { key: secret, body })
    return { status, answer: answer as { id: string; usage: Record<string, number> } }
  }
  afterEach(() => {
    lists.broken = undefined
  })

  test('as many are charged as the answer tells, and the generation explains them in a line', async () => {
    const own = await gateway.createKey({ limit: 1 })
    answerWith({ billed_units: { search_units: 2 } })
    const { answer } = await rank(own, [LONG])
    expect(answer.usage).toMatchObject({ search_units: 2, cost: 0.004 })
    await expect.poll(() => spentBy(own)).toBe(0.004)
    const { body } = await gateway.call('GET', `/api/v1/generation/explanation?id=${answer.id}`)
    const { price } = (body as { data: { price: { components: object[] } } }).data
    expect(price.components).toMatchObject([{ name: 'search_unit', quantity: 2 }])
  })

  test('an answer that tells none is charged what its documents may have come to', async () => {
    const own = await gateway.createKey({ limit: 1 })
    answerWith({})
    expect((await rank(own, [LONG])).answer.usage).toMatchObject({ search_units: 2, cost: 0.004 })
  })

  test('an answer that tells more than its documents can be is charged no more than was held', async () => {
    const own = await gateway.createKey({ limit: 0.005 })
    answerWith({ billed_units: { search_units: 1_000 } })
    expect((await rank(own, [LONG])).answer.usage).toMatchObject({ cost: 0.004 })
    await expect.poll(() => spentBy(own)).toBe(0.004)
  })

  test('documents whose units are not affordable are refused before they are sent', async () => {
    const own = await gateway.createKey({ limit: 0.003 })
    const sent = lists.requests.length
    expect((await rank(own, [LONG])).status).toBe(402)
    expect(lists.requests).toHaveLength(sent)
    expect((await rank(own, ['short'])).status).toBe(200)
  })
})

test.each([
  [
    '/embeddings',
    { model: 'alpha/small', input: 'x' },
    'alpha/small is not for this endpoint; ask for it at /chat/completions',
  ],
  [
    '/chat/completions',
    { model: 'alpha/ranks', messages: [{ role: 'user', content: 'x' }] },
    'alpha/ranks is not for this endpoint; ask for it at /rerank',
  ],
])('%s of a model for something else is refused, and says where to ask', async (path, body, message) => {
  const { status, body: answer } = await ask(path, body)
  expect(status).toBe(400)
  expect(answer).toMatchObject({
    error: { code: 400, message, availability: { code: 'wrong_endpoint', retryable: false } },
  })
})

test.each([
  ['/embeddings', { model: 'alpha/vectors' }, 'input: '],
  ['/embeddings', { model: 'alpha/vectors', input: [] }, 'input: '],
  ['/embeddings', { model: 'alpha/vectors', input: 'x', dimensions: 0 }, 'dimensions: '],
  ['/rerank', { model: 'alpha/ranks', query: 'x', documents: [] }, 'documents: '],
  ['/completions', { model: 'alpha/small' }, 'prompt: '],
])('%s names the first bad field of %j', async (path, body, field) => {
  const { status, body: answer } = await ask(path, body)
  expect(status).toBe(400)
  expect((answer as { error: { message: string } }).error.message).toContain(field)
})

test('what a provider answers that is no list is an error and costs nothing', async () => {
  // Of its own, since what others have charged is told a moment later.
  const own = await gateway.createKey({ limit: 1 })
  const body = { model: 'alpha/vectors', input: 'x' }
  lists.broken = { status: 200, body: '{"object":"list","data":[{"embedding":null}]}' }
  expect((await gateway.call('POST', '/api/v1/embeddings', { key: own, body })).status).toBe(502)
  lists.broken = undefined
  expect((await gateway.call('POST', '/api/v1/embeddings', { key: own, body })).status).toBe(200)
  await expect.poll(() => spentBy(own)).toBe(0.000006)
})

test('filters look through what is embedded, and refuse what they cannot read', async () => {
  const { body } = await gateway.call('GET', '/api/v1/workspaces/default')
  const id = (body as { data: { default_guardrail_id: string } }).data.default_guardrail_id
  const filters = [{ slug: 'email', action: 'redact' }]
  await gateway.call('PATCH', `/api/v1/guardrails/${id}`, { body: { content_filter_builtins: filters } })
  await expect
    .poll(async () => {
      await ask('/embeddings', { model: 'alpha/vectors', input: ['write to a@example.test'] })
      return lists.requests.at(-1)?.body['input']
    })
    .toEqual(['write to [EMAIL]'])
  await ask('/rerank', { model: 'alpha/ranks', query: 'b@example.test', documents: [{ text: 'c@example.test' }] })
  expect(lists.requests.at(-1)?.body).toMatchObject({ query: '[EMAIL]', documents: [{ text: '[EMAIL]' }] })
  expect((await ask('/embeddings', { model: 'alpha/vectors', input: [1, 2, 3] })).status).toBe(403)
  await gateway.call('PATCH', `/api/v1/guardrails/${id}`, { body: { content_filter_builtins: null } })
})

test('the older form of a completion is answered by a chat model, whole and streamed, at the same price', async () => {
  const whole = await openai().completions.create({ model: 'alpha/small', prompt: 'Say it', max_tokens: 5 })
  expect(whole).toMatchObject({ object: 'text_completion', model: 'alpha/small', usage: { completion_tokens: 5 } })
  expect(whole.choices[0]?.text.length).toBeGreaterThan(0)
  expect(upstream.requests.at(-1)?.body).toMatchObject({
    messages: [{ role: 'user', content: 'Say it' }],
    max_tokens: 5,
  })
  const stream = await openai().completions.create({
    model: 'alpha/small',
    prompt: ['Say it'],
    max_tokens: 5,
    stream: true,
  })
  let text = ''
  let usage: unknown
  for await (const chunk of stream) {
    text += chunk.choices[0]?.text ?? ''
    usage = chunk.usage ?? usage
  }
  expect(text).toBe(whole.choices[0]?.text)
  expect(usage).toEqual(whole.usage)
})
