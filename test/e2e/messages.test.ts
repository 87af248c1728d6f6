import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, readData, usageOf } from './chat-client.ts'

type Json = Record<string, unknown>

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const provider = (slug: string, dialect: string) => ({
    slug,
    name: slug.toUpperCase(),
    dialect,
    base_url: upstream.baseUrl,
    api_key: `secret-of-${slug}`,
    // What has failed is left alone for a while, so that each kind of failure has a model of its own.
    models: ['small', 'busy', 'cut'].map((name) => ({
      id: `${slug}/${name}`,
      upstream_id: 'small',
      pricing: {
        prompt: '0.000001',
        completion: '0.000002',
        input_cache_read: '0.0000001',
        input_cache_write: '0.00000125',
        input_cache_write_1h: '0.000002',
      },
      context_length: 2_000_000,
      max_completion_tokens: 4_096,
      ...(name === 'cut' && { service_tiers: { priority: { prompt: '0.000006', completion: '0.000012' } } }),
    })),
  })
  gateway = await startGateway({
    config: { providers: [provider('native', 'anthropic'), provider('chatty', 'openai-chat')] },
  })
  key = await gateway.createKey()
})
afterEach(() => {
  expect(upstream.scriptErrors).toEqual([])
  upstream.reset()
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

async function send(fields: Json, headers: Record<string, string> = { 'x-api-key': key }) {
  const response = await fetch(`${gateway.url}/api/v1/messages?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
    body: JSON.stringify({ max_tokens: 100, messages: [{ role: 'user', content: 'Hello out there' }], ...fields }),
  })
  const text = await response.text()
  const isStream = response.headers.get('content-type') === 'text/event-stream'
  const events = isStream ? [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)] : []
  for (const [, name, data = ''] of events) expect((JSON.parse(data) as Json)['type']).toBe(name)
  return {
    status: response.status,
    headers: response.headers,
    body: (isStream ? {} : JSON.parse(text)) as Json,
    events: events.map(([, , data = '']) => JSON.parse(data) as Json),
  }
}

const TOOL = { type: 'tool_use', id: 'toolu_1', name: 'f', input: { city: 'Paris', n: [1] } }
const FUNCTION_CALL = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"city":"Paris"}' } }
const TOOLS = [{ name: 'f', description: 'd', input_schema: { type: 'object' } }]
const sentBody = () => upstream.requests.at(-1)?.body as Json

describe.each(['native', 'chatty'])('over a provider that is %s', (slug) => {
  const model = `${slug}/small`

  test('a message is answered, charged and on record', async () => {
    const { status, headers, body } = await send({ model, stream: false })
    expect(status).toBe(200)
    const id = headers.get('x-generation-id') ?? ''
    expect(body).toMatchObject({
      id,
      type: 'message',
      role: 'assistant',
      model,
      provider: slug.toUpperCase(),
      content: [{ type: 'text', text: 'word0 word1 word2 word3 word4' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 3, output_tokens: 5, cost: 0.000013, is_byok: false },
    })
    expect(await readData(gateway, `/api/v1/generation?id=${id}`)).toMatchObject({ usage: 0.000013, model })
  })

  test('a stream has one beginning and one end, with the cost before it', async () => {
    const { events } = await send({ model, stream: true })
    const types = events.map(({ type }) => type)
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      ...Array(5).fill('content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    expect(events[0]?.['message']).toMatchObject({ id: expect.stringMatching(/^gen-/), model, role: 'assistant' })
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'end_turn' },
      usage: { output_tokens: 5, cost: 0.000013 },
    })
  })

  test('tools are called, whole and in pieces', async () => {
    const plan = { blocks: [TOOL], message: { content: null, tool_calls: [FUNCTION_CALL] }, finishReason: undefined }
    const { finishReason: _none, ...script } = plan
    const finish = slug === 'native' ? {} : { finishReason: 'tool_calls' }
    upstream.script({ ...script, ...finish })
    const { body } = await send({ model, tools: TOOLS, tool_choice: { type: 'any' } })
    const [call] = body['content'] as Json[]
    expect(call).toMatchObject({ type: 'tool_use', name: 'f', input: { city: 'Paris' } })
    expect(body['stop_reason']).toBe('tool_use')
    upstream.script({ ...script, ...finish, deltas: [{ tool_calls: [{ index: 0, ...FUNCTION_CALL }] }] })
    const { events } = await send({ model, tools: TOOLS, stream: true })
    const inputs = events.flatMap(({ delta }) => (delta as Json | undefined)?.['partial_json'] ?? [])
    expect(JSON.parse(inputs.join(''))).toMatchObject({ city: 'Paris' })
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } })
  })

  test('a schema of the answer reaches the provider', async () => {
    const format = { type: 'json_schema', schema: { type: 'object', properties: { a: { type: 'number' } } } }
    upstream.script({ text: '{"a":1}' })
    const { body } = await send({ model, output_config: { format } })
    expect(body['content']).toMatchObject([{ type: 'text', text: '{"a":1}' }])
    const sent = sentBody()
    if (slug === 'native') expect(sent['output_config']).toEqual({ format })
    else expect(sent['response_format']).toMatchObject({ json_schema: { schema: format.schema } })
  })

  test('a refusal of the provider is an error of this format, with its status', async () => {
    upstream.script({ status: 400, errorBody: { type: 'error', error: { type: 'x', message: 'too odd' } } })
    const refused = await send({ model })
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'too odd', error_type: 'invalid_request' },
      request_id: refused.headers.get('x-generation-id'),
    })
    upstream.script({ status: 529 })
    const busy = await send({ model: `${slug}/busy`, stream: true })
    expect([busy.status, (busy.body['error'] as Json)['type']]).toEqual([503, 'overloaded_error'])
  })

  test('a stream that breaks off ends in one error event, and is charged', async () => {
    upstream.script({ fault: 'half-close' })
    const { status, events, headers } = await send({ model: `${slug}/cut`, stream: true })
    expect(status).toBe(200)
    expect(events.filter(({ type }) => type === 'error' || type === 'message_stop')).toEqual([
      { type: 'error', error: expect.objectContaining({ type: 'api_error' }) },
    ])
    const record = await readData(gateway, `/api/v1/generation?id=${headers.get('x-generation-id')}`)
    expect(record['usage']).toBeGreaterThan(0)
  })
})

test('a whole answer whose model ended by an error is an error of this format, and costs nothing', async () => {
  const own = await gateway.createKey({ limit: 1 })
  upstream.script({ text: 'Half of', finishReason: 'error' })
  const { status, headers, body } = await send({ model: 'chatty/cut' }, { 'x-api-key': own })
  expect([status, body]).toEqual([
    502,
    {
      type: 'error',
      error: { type: 'api_error', message: 'Provider returned error', error_type: 'provider_unavailable' },
      request_id: headers.get('x-generation-id'),
    },
  ])
  const record = await readData(gateway, `/api/v1/generation?id=${headers.get('x-generation-id')}`)
  expect(record).toMatchObject({ usage: 0, finish_reason: 'error', native_finish_reason: 'error' })
  // Nothing of it is held any more.
  expect(await readData(gateway, '/api/v1/key', own)).toMatchObject({ usage: 0, limit_remaining: 1 })
})

test('to a provider of this format a request goes with its own markers, headers and beta features', async () => {
  const system = [{ type: 'text', text: 's', cache_control: { type: 'ephemeral', ttl: '1h' } }]
  await send(
    { model: 'native/small', system, metadata: { user_id: 'jane' } },
    { 'x-api-key': key, 'anthropic-beta': 'a-1,b-2' },
  )
  const [request] = upstream.requests
  expect(request?.path).toBe('/v1/messages')
  expect(request?.headers).toMatchObject({
    'x-api-key': 'secret-of-native',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a-1,b-2',
  })
  expect(request?.headers).not.toHaveProperty('authorization')
  expect(sentBody()).toEqual({
    model: 'small',
    max_tokens: 100,
    metadata: { user_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    system,
    messages: [{ role: 'user', content: 'Hello out there' }],
  })
})

test('what is read from a cache and written to it has its own price, by how long it is kept', async () => {
  const usageBody = {
    input_tokens: 10,
    output_tokens: 5,
    cache_read_input_tokens: 1_000,
    cache_creation_input_tokens: 300,
    cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
  }
  upstream.script({ usageBody })
  // As long as what it is said to have read: nothing is charged beyond what a request holds.
  const { body } = await send({ model: 'native/small', system: 'x'.repeat(2_000) })
  // 10 × 1,000 + 1,000 × 100 + 100 × 1,250 + 200 × 2,000 + 5 × 2,000 nano-dollars.
  expect(body['usage']).toMatchObject({ ...usageBody, cost: 0.000645 })
})

test('the key counts in either header; a good Bearer token before the other', async () => {
  const model = 'native/small'
  const statusWith = async (headers: Record<string, string>) => (await send({ model }, headers)).status
  expect(await statusWith({ authorization: `Bearer ${key}` })).toBe(200)
  expect(await statusWith({ authorization: `Bearer ${key}`, 'x-api-key': 'nonsense' })).toBe(200)
  expect(await statusWith({ authorization: 'nonsense', 'x-api-key': key })).toBe(200)
  expect(await statusWith({ authorization: 'Bearer sk-unknown', 'x-api-key': key })).toBe(401)
  expect(await statusWith({ authorization: 'nonsense', 'x-api-key': 'not a key' })).toBe(401)
  const { status, body } = await send({ model }, {})
  expect([status, body]).toEqual([
    401,
    {
      type: 'error',
      error: { type: 'authentication_error', message: 'Missing Authentication header', error_type: 'authentication' },
      request_id: null,
    },
  ])
})

test('a bad field is refused by its name, and so is a tool that a provider would run', async () => {
  const bad = await send({ model: 'native/small', messages: [{ role: 'tool', content: 'x' }] })
  expect([bad.status, (bad.body['error'] as Json)['message']]).toEqual([
    400,
    expect.stringMatching(/^messages\.0\.role: /),
  ])
  const search = await send({ model: 'native/small', tools: [{ type: 'web_search_20250305', name: 'web_search' }] })
  expect([search.status, upstream.requests.length]).toEqual([400, 0])
})

test('speed is charged at the price of the tier priority, of which the most is held before', async () => {
  const usageBody = { input_tokens: 10, output_tokens: 5, service_tier: 'standard', speed: 'fast' }
  upstream.script({ usageBody })
  const { body } = await send({ model: 'native/cut', speed: 'fast' })
  expect(sentBody()['speed']).toBe('fast')
  // 10 x 6,000 + 5 x 12,000 nano-dollars.
  expect(body['usage']).toMatchObject({ cost: 0.00012 })
  const poor = await gateway.createKey({ limit: 0.0002 })
  // Enough at the usual price, but not at this one.
  expect((await send({ model: 'native/cut', speed: 'fast' }, { 'x-api-key': poor })).status).toBe(402)
})

test.each(['native/small', 'chatty/cut'])(
  'speed of %s, which has no price for it, is refused by its name',
  async (model) => {
    const { status, body } = await send({ model, speed: 'fast' })
    expect([status, (body['error'] as Json)['message']]).toEqual([
      400,
      'speed: no provider of the model has a price for it',
    ])
    expect(upstream.requests).toHaveLength(0)
  },
)

test('how an answer came about is told in the last event', async () => {
  const headers = { 'x-api-key': key, 'x-openrouter-metadata': 'enabled' }
  const { events } = await send({ model: 'native/small', stream: true }, headers)
  expect(events.at(-1)).toMatchObject({ type: 'message_stop', openrouter_metadata: { requested: 'native/small' } })
})

test('fallbacks are models to try after the first', async () => {
  upstream.script({ status: 500 })
  const { body } = await send({ model: 'native/busy', fallbacks: [{ model: 'chatty/small' }] })
  expect(body['model']).toBe('chatty/small')
})

describe('chat completions over a provider of messages', () => {
  const model = 'native/small'

  test('are answered and charged, whole and as a stream', async () => {
    const whole = await chat(gateway, key, {
      model,
      messages: [
        { role: 'system', content: 'x' },
        { role: 'user', content: 'Hi' },
      ],
    })
    expect(sentBody()).toMatchObject({ system: [{ type: 'text', text: 'x' }], max_tokens: 4_096 })
    expect(whole.json).toMatchObject({
      id: idOf(whole),
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'word0 word1 word2 word3 word4' }, finish_reason: 'stop' }],
    })
    const streamed = await chat(gateway, key, { model, stream: true })
    expect(streamed.isDone).toBe(true)
    expect(usageOf(streamed)).toMatchObject({ prompt_tokens: 3, completion_tokens: 5, cost: 0.000013 })
  })

  test('give thoughts with their signatures, and give them back', async () => {
    const thought = { type: 'thinking', thinking: 'hm', signature: 'c2ln' }
    upstream.script({ blocks: [thought, TOOL] })
    const question = { role: 'user', content: 'Hi' }
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]
    const { json } = await chat(gateway, key, { model, messages: [question], tools, reasoning: { effort: 'high' } })
    expect(sentBody()['thinking']).toEqual({ type: 'enabled', budget_tokens: 3_276 })
    const [choice] = (json as { choices: { message: Json; finish_reason: string }[] }).choices
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { reasoning: 'hm' } })
    const result = { role: 'tool', tool_call_id: TOOL.id, content: 'sunny' }
    await chat(gateway, key, {
      model,
      messages: [question, choice?.message, result],
      tools,
      reasoning: { effort: 'high' },
    })
    expect(sentBody()['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [thought, TOOL] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: TOOL.id, content: 'sunny' }] },
    ])
  })

  test('are refused by name where the format has no words for a part', async () => {
    const content = [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }]
    const { status, json } = await chat(gateway, key, { model, messages: [{ role: 'user', content }] })
    expect([status, upstream.requests.length]).toEqual([400, 0])
    expect(JSON.stringify(json)).toContain('messages.0.content.0')
  })
})
