import { OpenRouter } from '@openrouter/sdk'
import { OpenAI } from 'openai'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'

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
    models: ['small', 'busy', 'half-close', 'no-done'].map((name) => ({
      id: `${slug}/${name}`,
      upstream_id: 'small',
      pricing: { prompt: '0.000001', completion: '0.000002' },
      context_length: 2_000_000,
      max_completion_tokens: 4_096,
    })),
  })
  // The same model at a provider of each format, the one that speaks responses first.
  const native = provider('native', 'openai-responses')
  const chatty = provider('chatty', 'openai-chat')
  const [model] = native.models
  const both = (completion: string) => ({ ...model, id: 'both/small', pricing: { prompt: '0', completion } })
  const config = {
    providers: [
      { ...native, models: [...native.models, both('0.000001')] },
      { ...chatty, models: [...chatty.models, both('0.000009')] },
    ],
  }
  gateway = await startGateway({ config })
  key = await gateway.createKey()
})
afterEach(() => upstream.reset())
afterAll(async () => {
  expect(gateway?.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
  await gateway?.stop()
  await upstream?.close()
})

const openai = () => new OpenAI({ apiKey: key, baseURL: `${gateway.url}/api/v1`, maxRetries: 0 })
const sdk = () => new OpenRouter({ apiKey: key, serverURL: `${gateway.url}/api/v1`, retryConfig: { strategy: 'none' } })
const sentBody = () => upstream.requests.at(-1)?.body as Record<string, unknown>

/** As clients that know no format see it. */
async function raw(body: object): Promise<{ status: number; text: string; json: Record<string, unknown> }> {
  const response = await fetch(`${gateway.url}/api/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, text, json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} }
}

function eventsOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n\n')
    .map((event) =>
      event
        .split('\n')
        .find((line) => line.startsWith('data: '))
        ?.slice(6),
    )
    .filter((data) => data !== undefined && data !== '[DONE]')
    .map((data) => JSON.parse(String(data)) as Record<string, unknown>)
}

const LAST = ['response.completed', 'response.incomplete', 'response.failed', 'error']
const TOOLS = [
  {
    type: 'function' as const,
    name: 'weather',
    description: 'Of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    strict: true,
  },
]
const CALL = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'weather',
  arguments: '{"city":"Ulm"}',
  status: 'completed',
}
const CHAT_CALL = {
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Ulm"}' },
}
const CALL_PLANS = {
  'native/small': { items: [CALL] },
  'chatty/small': {
    deltas: [{ tool_calls: [CHAT_CALL] }],
    message: { content: null, tool_calls: [CHAT_CALL] },
    finishReason: 'tool_calls',
  },
}

describe.each(['native/small', 'chatty/small'] as const)('model %s', (model) => {
  test('the openai package gets a whole response, charged to the nano-dollar', async () => {
    const response = await openai().responses.create({ model, input: 'one two three', instructions: 'Be brief' })
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model,
      output_text: 'word0 word1 word2 word3 word4',
      instructions: 'Be brief',
      error: null,
      incomplete_details: null,
      store: false,
      previous_response_id: null,
      usage: { input_tokens: 5, output_tokens: 5, total_tokens: 10, cost: 0.000015 },
    })
    expect(response.id).toMatch(/^gen-/)
    const { body } = await gateway.call('GET', `/api/v1/generation?id=${response.id}`, { key })
    expect((body as { data: object }).data).toMatchObject({ usage: 0.000015, model, native_tokens_prompt: 5 })
  })

  test('the openai package gets a stream that adds up, with one last event', async () => {
    const stream = await openai().responses.create({ model, input: 'Hi', stream: true })
    const events: ResponseStreamEvent[] = []
    for await (const event of stream) events.push(event)
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index))
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      ...(model === 'chatty/small' ? ['response.in_progress'] : []),
      'response.output_item.added',
      'response.content_part.added',
      ...Array.from({ length: 5 }, () => 'response.output_text.delta'),
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    const last = events.at(-1)
    expect(last).toMatchObject({
      response: { status: 'completed', model, usage: { input_tokens: 1, output_tokens: 5, cost: 0.000011 } },
    })
    const text = events.flatMap((event) => (event.type === 'response.output_text.delta' ? event.delta : [])).join('')
    expect(text).toBe('word0 word1 word2 word3 word4')
  })

  test('the helper of the openai package, which checks each event, comes to the same response', async () => {
    const stream = openai().responses.stream({ model, input: 'Hi' })
    const final = await stream.finalResponse()
    expect(final).toMatchObject({ status: 'completed', output_text: 'word0 word1 word2 word3 word4' })
  })

  test.each([false, true])('tools are called and answered, stream: %s', async (isStream) => {
    upstream.script(CALL_PLANS[model])
    const request = { model, input: 'Weather in Ulm?', tools: TOOLS, tool_choice: 'required' as const }
    const first = isStream
      ? await openai().responses.stream(request).finalResponse()
      : await openai().responses.create(request)
    const call = first.output.find((item) => item.type === 'function_call')
    expect(call).toMatchObject({ call_id: 'call_1', name: 'weather', arguments: '{"city":"Ulm"}', status: 'completed' })
    const second = await openai().responses.create({
      model,
      input: [
        { role: 'user', content: 'Weather in Ulm?' },
        { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Ulm"}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
      ],
      tools: TOOLS,
    })
    expect(second.status).toBe('completed')
    if (model === 'native/small') {
      expect(sentBody()['tools']).toEqual(TOOLS)
      return
    }
    expect(sentBody()).toMatchObject({
      tools: [{ type: 'function', function: { name: 'weather', strict: true } }],
      messages: [
        { role: 'user', content: 'Weather in Ulm?' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      ],
    })
  })

  test('a format of the text reaches the provider, and JSON comes back', async () => {
    upstream.script({ text: '{"city":"Ulm"}' })
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const format = { type: 'json_schema' as const, name: 'place', schema, strict: true }
    const response = await openai().responses.create({ model, input: 'Where?', text: { format } })
    expect(JSON.parse(response.output_text)).toEqual({ city: 'Ulm' })
    expect(response.text).toMatchObject({ format })
    const sent = sentBody()
    if (model === 'native/small') expect(sent['text']).toEqual({ format })
    else {
      const { type: _type, ...described } = format
      expect(sent['response_format']).toEqual({ type: 'json_schema', json_schema: described })
    }
  })

  test('an answer cut by its bound is incomplete, whole and streamed', async () => {
    const request = { model, input: 'Hi', max_output_tokens: 2 }
    const whole = await openai().responses.create(request)
    expect(whole).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
    expect(whole.output_text).toBe('word0 word1')
    const { text } = await raw({ ...request, stream: true })
    const events = eventsOf(text)
    expect(events.filter(({ type }) => LAST.includes(String(type)))).toEqual([events.at(-1)])
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete' } })
  })

  test('the official SDK reads whole responses and every event of a stream', async () => {
    upstream.script(CALL_PLANS[model])
    const whole = await sdk().responses.send({ responsesRequest: { model, input: 'Hi', tools: TOOLS } })
    expect(whole).toMatchObject({ object: 'response', output: [{ type: 'function_call', name: 'weather' }] })
    upstream.script(CALL_PLANS[model])
    for (const tools of [TOOLS, []]) {
      const stream = await sdk().responses.send({ responsesRequest: { model, input: 'Hi', tools, stream: true } })
      const events: { type: string; response?: object }[] = []
      for await (const event of stream as AsyncIterable<{ type: string }>) events.push(event)
      expect(events.filter(({ type }) => type === 'UNKNOWN')).toEqual([])
      expect(events.at(-1)).toMatchObject({
        type: 'response.completed',
        response: { usage: { cost: expect.any(Number) } },
      })
      expect(JSON.stringify(events)).not.toContain('isUnknown')
    }
  })

  test('refusals are typed errors of both clients', async () => {
    await expect(openai().responses.create({ model: 'no/such', input: 'Hi' })).rejects.toMatchObject({ status: 400 })
    await expect(sdk().responses.send({ responsesRequest: { model: 'no/such', input: 'Hi' } })).rejects.toThrow(
      'no/such is not a valid model ID',
    )
    upstream.script({ status: 429, retryAfter: '7' })
    const busy = model.replace('small', 'busy')
    await expect(openai().responses.create({ model: busy, input: 'Hi' })).rejects.toMatchObject({ status: 429 })
    upstream.script({ status: 400, errorBody: { error: { message: 'Too strange', code: 'invalid_prompt' } } })
    await expect(openai().responses.create({ model, input: 'Hi' })).rejects.toThrow('Too strange')
  })

  test.each(['half-close', 'no-done'] as const)(
    'a stream that breaks off (%s) ends in one failed response, and what came of it is charged',
    async (fault) => {
      const isWhole = fault === 'no-done' && model === 'chatty/small'
      upstream.script({ fault, afterChunks: 4 })
      const { status, text } = await raw({ model: model.replace('small', fault), input: 'Hi', stream: true })
      expect(status).toBe(200)
      const events = eventsOf(text)
      expect(events.filter(({ type }) => LAST.includes(String(type)))).toEqual([events.at(-1)])
      if (isWhole) {
        expect(events.at(-1)).toMatchObject({ type: 'response.completed' })
        return
      }
      expect(events.at(-1)).toMatchObject({
        type: 'response.failed',
        response: {
          status: 'failed',
          error: { code: 'server_error', message: expect.any(String) },
          error_type: 'provider_unavailable',
        },
      })
      const last = (events.at(-1) ?? expect.fail())['response'] as { id: string; usage: Record<string, number> }
      const { body } = await gateway.call('GET', `/api/v1/generation?id=${last.id}`, { key })
      const { data } = body as { data: Record<string, number> }
      expect(data['usage']).toBeGreaterThan(0)
      expect(last.usage).toMatchObject({ output_tokens: data['tokens_completion'], cost: data['usage'] })
    },
  )
})

test('what comes in the format of the provider goes on as it came, but for model, store, end user and bounds', async () => {
  const own = {
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
    instructions: 'Be brief',
    include: ['reasoning.encrypted_content'],
    temperature: 1.5,
    truncation: 'auto',
    prompt_cache_key: 'k',
    tools: TOOLS,
    something_new: { a: 1 },
  }
  const ours = { user: 'ann@example.com', metadata: { a: 'b' }, session_id: 's', provider: { zdr: null } }
  const { json } = await raw({ model: 'native/small', ...own, ...ours, max_output_tokens: 9 })
  const { user, ...sent } = sentBody()
  expect(sent).toEqual({ ...own, model: 'small', store: false, max_output_tokens: 9 })
  expect(user).toMatch(/^[0-9a-f]{32}$/)
  expect(upstream.requests.at(-1)?.path).toBe('/v1/responses')
  expect(upstream.requests.at(-1)?.headers.authorization).toBe('Bearer secret-of-native')
  expect(json).toMatchObject({ user: 'ann@example.com', metadata: { a: 'b' }, model: 'native/small' })
})

test('a chat is answered by a provider of responses, whole and streamed', async () => {
  const model = 'native/small'
  const messages = [
    { role: 'system' as const, content: 'Be brief' },
    { role: 'user' as const, content: 'Hi' },
  ]
  const whole = await openai().chat.completions.create({ model, messages, max_tokens: 3 })
  expect(whole.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'word0 word1 word2' } })
  expect(sentBody()).toEqual({
    model: 'small',
    store: false,
    max_output_tokens: 3,
    instructions: 'Be brief',
    input: [{ type: 'message', role: 'user', content: 'Hi' }],
  })
  upstream.script({ items: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'xyz' }, CALL] })
  const stream = await openai().chat.completions.create({ model, messages, stream: true })
  const calls: unknown[] = []
  let finish: unknown
  let usage: unknown
  const details: unknown[] = []
  for await (const chunk of stream) {
    const [choice] = chunk.choices
    calls.push(...(choice?.delta.tool_calls ?? []))
    details.push(...((choice?.delta as { reasoning_details?: unknown[] } | undefined)?.reasoning_details ?? []))
    finish = choice?.finish_reason ?? finish
    usage = chunk.usage ?? usage
  }
  expect(calls).toEqual([
    { index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } },
    { index: 0, function: { arguments: '{"city"' } },
    { index: 0, function: { arguments: ':"Ulm"}' } },
  ])
  expect(details).toEqual([
    { type: 'reasoning.encrypted', data: 'xyz', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
  ])
  expect(finish).toBe('tool_calls')
  expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2, cost: 0.000007 })
})

test('a provider of another format stands in, and the client sees one response', async () => {
  for (const isStream of [false, true]) {
    upstream.script({ status: 503 })
    const request = { model: 'both/small', input: 'Hi', provider: { order: ['native', 'chatty'] } }
    const response = isStream
      ? await openai().responses.stream(request).finalResponse()
      : await openai().responses.create(request)
    expect(response).toMatchObject({ status: 'completed', output_text: 'word0 word1 word2 word3 word4' })
    expect(upstream.requests.slice(-2).map(({ path }) => path)).toEqual(['/v1/responses', '/v1/chat/completions'])
  }
})

test('what only the format itself has words for goes to a provider of it, also where that is the one choice there is', async () => {
  const body = {
    model: 'both/small',
    input: [
      { role: 'user', content: 'Hi' },
      { type: 'local_shell_call', id: 'l' },
    ],
  }
  for (const provider of [{ order: ['chatty', 'native'], allow_fallbacks: false }, { order: ['chatty'] }, undefined]) {
    const { status, json } = await raw({ ...body, provider })
    expect([status, json['model']]).toEqual([200, 'both/small'])
    expect(upstream.requests.at(-1)?.path).toBe('/v1/responses')
  }
  const refused = await raw({ ...body, provider: { only: ['chatty'] } })
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('no provider of the model takes this')])
})

test('a conversation that is too long for the model is a response at its bound', async () => {
  const errorBody = { error: { message: 'Your input exceeds the context window of this model.' } }
  for (const isStream of [false, true]) {
    upstream.script({ status: 400, errorBody })
    const { status, json, text } = await raw({ model: 'native/small', input: 'Hi', stream: isStream })
    expect(status).toBe(200)
    const response = isStream ? eventsOf(text).at(-1)?.['response'] : json
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { total_tokens: 0, cost: 0 },
    })
  }
  upstream.script({ status: 400, errorBody })
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  await expect(openai().chat.completions.create({ model: 'native/small', messages })).rejects.toMatchObject({
    status: 400,
    error: { metadata: { error_type: 'context_length_exceeded' } },
  })
})

test('a conversation of more than a mebibyte goes on as it came too', async () => {
  const text = 'x'.repeat(1_200_000)
  const input = [{ role: 'user', content: [{ type: 'input_text', text }] }]
  const { status } = await raw({ model: 'native/small', input, max_output_tokens: 5 })
  expect(status).toBe(200)
  expect(sentBody()).toEqual({ model: 'small', store: false, max_output_tokens: 5, input })
  const refused = await raw({ model: 'native/small', input: [...input, { role: 'nobody', content: text }] })
  expect(refused.json).toMatchObject({ error: { message: expect.stringContaining('input.1.role') } })
})

test('content filters read all of a request, whatever its format; what they cannot read is refused', async () => {
  const { body } = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Filtered', slug: 'filtered' } })
  const { id, default_guardrail_id: guardrail } = (body as { data: { id: string; default_guardrail_id: string } }).data
  const filters = {
    content_filter_builtins: [{ slug: 'email', action: 'redact' }],
    content_filters: [{ pattern: 'PRJ-[0-9]+', action: 'block' }],
  }
  await gateway.call('PATCH', `/api/v1/guardrails/${guardrail}`, { body: filters })
  const filtered = await gateway.createKey({ workspace_id: id })
  const send = (fields: object) =>
    gateway.call('POST', '/api/v1/responses', {
      key: filtered,
      body: { model: 'native/small', input: 'Hi', ...fields },
    })
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"to":"ann@example.com"}' }
  const output = { type: 'function_call_output', call_id: 'c', output: 'sent to ann@example.com' }
  const said = { role: 'user', content: [{ type: 'input_text', text: 'ann@example.com' }] }
  expect(await send({ input: [said, call, output], instructions: 'Ask ann@example.com' })).toMatchObject({
    status: 200,
  })
  expect(JSON.stringify(sentBody())).not.toContain('ann@example.com')
  expect(sentBody()).toMatchObject({
    instructions: 'Ask [EMAIL]',
    input: [
      { role: 'user', content: '[EMAIL]' },
      { type: 'function_call', arguments: '{"to":"[EMAIL]"}' },
      { type: 'function_call_output', output: 'sent to [EMAIL]' },
    ],
  })
  upstream.reset()
  expect(await send({ input: 'about PRJ-17', stream: true })).toMatchObject({ status: 403 })
  expect(await send({ input: [said, { type: 'local_shell_call', id: 'l' }] })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('input.1') } },
  })
  expect(upstream.requests).toEqual([])
})

test.each([
  [{ store: true }, 'store'],
  [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
  [{ conversation: 'conv_1' }, 'conversation'],
  [{ background: true }, 'background'],
  [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
  [{ tools: [{ type: 'web_search' }] }, 'tools.0.type'],
  [{ tools: [{ type: 'openrouter:web_search' }] }, 'tools.0.type'],
  [{ input: [{ role: 'tool', content: 'x' }] }, 'input.0.role'],
  [{ input: undefined }, 'input'],
  [{ max_output_tokens: 0 }, 'max_output_tokens'],
  [{ provider: { ordre: [] } }, 'provider'],
  [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input.0'],
])('%j is refused, naming the field, before anything is asked or charged', async (fields, name) => {
  const { status, json } = await raw({ model: 'chatty/small', input: 'Hi', ...fields })
  expect(status).toBe(400)
  expect(json).toMatchObject({
    error: { code: 400, message: expect.stringContaining(name), metadata: { error_type: 'invalid_request' } },
  })
  expect(upstream.requests).toEqual([])
})
