import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { OpenRouter } from '@openrouter/sdk'
import { OpenAI } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventStream, exceptionFrame } from '../harness/event-frames.ts'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { gatherChunks } from '../harness/gather-chunks.ts'
import {
  PLAYED_IMAGE,
  PLAYED_PDF,
  type PlayedUpstream,
  playedJson,
  startPlayedUpstream,
} from '../harness/played-upstream.ts'
import { type ChatAnswer, chat, nano, readData, usageOf } from './chat-client.ts'

/*
 * Chats over providers that speak Gemini and Bedrock, and over such of chat completions that want them in their own manner: what
 * arrives there, what the caller gets, and what it costs, to the nano-dollar.
 */

/** Nano-dollars a token: 3,000 of input, 15,000 of output, 300 from a cache, 3,750 into it. */
const PRICING = {
  prompt: '0.000003',
  completion: '0.000015',
  input_cache_read: '0.0000003',
  input_cache_write: '0.00000375',
}
const SSE = 'text/event-stream'
const EVENTS = 'application/vnd.amazon.eventstream'
const ACCESS = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'not-so-secret', region: 'eu-central-1' }
const TOOLS = [
  {
    type: 'function',
    function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
]
const IMAGE = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }

let upstream: PlayedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startPlayedUpstream()
  const model = (id: string, upstream_id: string) => ({
    id,
    upstream_id,
    pricing: PRICING,
    context_length: 128_000,
    max_completion_tokens: 8_192,
  })
  const { origin } = upstream
  const providers = [
    {
      slug: 'google',
      dialect: 'gemini',
      base_url: `${origin}/v1beta`,
      api_key: 'g-secret',
      models: [model('google/flash', 'gemini-2.5-flash')],
    },
    {
      slug: 'aws',
      dialect: 'bedrock',
      base_url: `${origin}/aws`,
      aws: ACCESS,
      models: [model('anthropic/claude', 'eu.anthropic.claude-x:0'), model('both/model', 'both:0')],
    },
    {
      slug: 'azure',
      dialect: 'openai-chat',
      base_url: `${origin}/openai`,
      azure: { api_version: '2024-10-21' },
      api_key: 'az-secret',
      models: [
        model('openai/gpt', 'my-gpt'),
        { ...model('both/model', 'both'), pricing: { ...PRICING, prompt: '0.000004' } },
      ],
    },
    {
      slug: 'mistral',
      dialect: 'openai-chat',
      base_url: `${origin}/v1`,
      quirks: 'mistral',
      models: [model('mistralai/small', 'mistral-small')],
    },
  ]
  gateway = await startGateway({ config: { providers }, env: { SWITCHYARD_EGRESS_ALLOW: '127.0.0.1/32' } })
  key = await gateway.createKey()
})
afterEach(() => {
  upstream.requests.length = 0
})
afterAll(async () => {
  expect(gateway?.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
  await gateway?.stop()
  await upstream?.close()
})

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/streams/${name}`, import.meta.url))
}

const STREAM = eventStream(JSON.parse(fixture('bedrock/thoughts-and-calls.json').toString()) as [string, unknown][])

function errorOf(answer: ChatAnswer): Record<string, unknown> {
  return answer.json?.['error'] as Record<string, unknown>
}

/** What it must cost: the charge of the answer, of its generation and of the key. */
async function expectCharge(answer: ChatAnswer, own: string, expected: bigint): Promise<void> {
  expect(nano(usageOf(answer).cost)).toBe(expected)
  const id = answer.headers.get('x-generation-id') ?? ''
  expect(nano((await readData(gateway, `/api/v1/generation?id=${id}`, own))['total_cost'])).toBe(expected)
  expect(nano((await readData(gateway, '/api/v1/key', own))['usage'])).toBe(expected)
}

const part = (fields: object) => ({ messages: [{ role: 'user', content: [fields] }] })

test.each([
  ['a kind of part that all objects have', part({ type: 'valueOf' })],
  ['one that is no function', part({ type: '__proto__' })],
  ['a modality that is no text', { modalities: [{ toString: 1 }], ...part({ type: 'constructor' }) }],
  ['an address of nothing but signs', part({ type: 'image_url', image_url: { url: `ftp://${'?'.repeat(50_000)}\n` } })],
])('%s is refused, or asked about, and nothing stays held', async (_name, fields) => {
  const own = await gateway.createKey()
  for (const model of ['google/flash', 'anthropic/claude', 'azure/gpt']) {
    for (const stream of [false, true]) {
      const answer = await chat(gateway, own, { model, stream, ...fields })
      expect([model, [400, 404].includes(answer.status)]).toEqual([model, true])
    }
  }
  await expect.poll(async () => (await readData(gateway, '/api/v1/key', own))['pending']).toBe(0)
  expect((await readData(gateway, '/api/v1/key', own))['usage']).toBe(0)
})

describe('gemini', () => {
  const ANSWER = {
    candidates: [{ content: { parts: [{ text: 'A cat.' }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 270, candidatesTokenCount: 3, thoughtsTokenCount: 40, totalTokenCount: 313 },
    responseId: 'r1',
  }

  test('an image with tools: asked as the provider wants it, answered and charged, thoughts among it', async () => {
    const own = await gateway.createKey()
    upstream.play(playedJson(ANSWER))
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'What?' }, IMAGE] }]
    const answer = await chat(gateway, own, { model: 'google/flash', messages, tools: TOOLS, max_tokens: 100 })
    expect(answer.json).toMatchObject({
      object: 'chat.completion',
      model: 'google/flash',
      provider: 'google',
      choices: [
        { finish_reason: 'stop', native_finish_reason: 'STOP', message: { role: 'assistant', content: 'A cat.' } },
      ],
      usage: { prompt_tokens: 270, completion_tokens: 43, completion_tokens_details: { reasoning_tokens: 40 } },
    })
    const [request] = upstream.requests
    expect(request?.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent')
    expect(request?.headers['x-goog-api-key']).toBe('g-secret')
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(request?.body).toEqual({
      contents: [
        { role: 'user', parts: [{ text: 'What?' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] },
      ],
      tools: [
        {
          functionDeclarations: [
            { name: 'weather', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } } },
          ],
        },
      ],
      generationConfig: { maxOutputTokens: 100 },
    })
    await expectCharge(answer, own, 270n * 3_000n + 43n * 15_000n)
  })

  test('a stream with thoughts and calls; the next turn gives the signature back', async () => {
    const own = await gateway.createKey()
    const whole = fixture('gemini/thoughts-and-calls.sse')
    const cut = Math.floor(whole.length / 2)
    upstream.play({ contentType: SSE, body: [whole.subarray(0, cut), whole.subarray(cut)] })
    const answer = await chat(gateway, own, { model: 'google/flash', stream: true, tools: TOOLS })
    const { content, reasoning, details, toolCalls, finishReasons } = gatherChunks(
      answer.events.filter((event) => (event['choices'] as unknown[]).length > 0),
    )
    expect([answer.isDone, content, reasoning, finishReasons]).toEqual([
      true,
      'Grüße, I look it up.',
      '**Weighing** the question once more.',
      ['tool_calls'],
    ])
    expect(upstream.requests[0]?.path).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse')
    await expectCharge(answer, own, 13n * 3_000n + 8n * 300n + 65n * 15_000n)

    upstream.play(playedJson(ANSWER))
    const tool_calls = toolCalls.map(({ id, ...part }) => ({ id, type: 'function', function: part }))
    const results = tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: '{"ok":1}' }))
    const said = { role: 'assistant', content, reasoning_details: details, tool_calls }
    const messages = [{ role: 'user', content: 'Weather?' }, said, ...results]
    expect((await chat(gateway, own, { model: 'google/flash', messages, tools: TOOLS })).status).toBe(200)
    expect(upstream.requests[1]?.body['contents']).toEqual([
      { role: 'user', parts: [{ text: 'Weather?' }] },
      {
        role: 'model',
        parts: [
          { text: 'Grüße, I look it up.' },
          { functionCall: { name: 'weather', args: { city: 'Zürich', days: 2 } }, thoughtSignature: 'c2lnbmVkLTE=' },
          { functionCall: { id: 'given-2', name: 'time', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'weather', response: { ok: 1 } } },
          { functionResponse: { id: 'given-2', name: 'time', response: { ok: 1 } } },
        ],
      },
    ])
  })

  test.each([false, true])(
    'a blocked question ends with content_filter (stream: %s), and its input is charged',
    async (stream) => {
      const own = await gateway.createKey()
      const blocked = fixture('gemini/blocked.sse')
      if (stream) upstream.play({ contentType: SSE, body: [blocked] })
      else upstream.play(playedJson(JSON.parse(blocked.toString().slice('data: '.length))))
      const answer = await chat(gateway, own, { model: 'google/flash', stream })
      const choices = [answer.json, ...answer.events].flatMap((one) => (one?.['choices'] ?? []) as object[])
      expect(choices.at(-1)).toMatchObject({
        finish_reason: 'content_filter',
        native_finish_reason: 'PROHIBITED_CONTENT',
      })
      await expectCharge(answer, own, 9n * 3_000n)
    },
  )

  test.each([
    ['an object', (error: object) => ({ error })],
    ['a list', (error: object) => [{ error }]],
  ])('a refusal as %s keeps its sentence, and costs nothing', async (_name, wrap) => {
    const own = await gateway.createKey()
    const error = { code: 400, message: 'Function calling is not enabled', status: 'INVALID_ARGUMENT' }
    upstream.play(playedJson(wrap(error), 400))
    const answer = await chat(gateway, own, { model: 'google/flash', stream: true })
    expect([answer.status, errorOf(answer)['message']]).toEqual([400, error.message])
    expect((await readData(gateway, '/api/v1/key', own))['usage']).toBe(0)
  })

  test('an unknown credential is the gateway’s trouble, and told as such', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }]
    upstream.play(playedJson({ error: { code: 400, message: 'API key not valid.', details } }, 400))
    const answer = await chat(gateway, key, { model: 'google/flash' })
    expect([answer.status, errorOf(answer)['message']]).toEqual([
      404,
      'The provider refused the gateway for this model',
    ])
  })

  test('an error after content ends the stream with one error, and what came is charged', async () => {
    upstream.play({ contentType: SSE, body: [fixture('gemini/error.sse')] })
    const answer = await chat(gateway, key, { model: 'google/flash', stream: true })
    expect(answer.events.at(-1)).toMatchObject({ error: { code: 503 }, choices: [{ finish_reason: 'error' }] })
    expect(answer.isDone).toBe(false)
  })
})

describe('bedrock', () => {
  test('a question is signed, asked as Converse wants it, answered and charged', async () => {
    const own = await gateway.createKey()
    const usage = { inputTokens: 12, outputTokens: 5, totalTokens: 17 }
    const message = { role: 'assistant', content: [{ text: 'A cat.' }] }
    upstream.play(playedJson({ output: { message }, stopReason: 'end_turn', usage }))
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'What?' }, IMAGE] }]
    const answer = await chat(gateway, own, { model: 'anthropic/claude', messages, max_tokens: 50 })
    expect(answer.json).toMatchObject({
      model: 'anthropic/claude',
      provider: 'aws',
      choices: [{ finish_reason: 'stop', native_finish_reason: 'end_turn', message: { content: 'A cat.' } }],
    })
    const [request] = upstream.requests
    expect(request?.path).toBe('/aws/model/eu.anthropic.claude-x%3A0/converse')
    expect(request?.body).toEqual({
      messages: [
        { role: 'user', content: [{ text: 'What?' }, { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } }] },
      ],
      inferenceConfig: { maxTokens: 50 },
    })
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '')
    expect(request?.headers['authorization']).toMatch(
      new RegExp(
        `^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${day}/eu-central-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$`,
      ),
    )
    expect(request?.headers['host']).toBe(`127.0.0.1:${upstream.port}`)
    await expectCharge(answer, own, 12n * 3_000n + 5n * 15_000n)
  })

  test.each([false, true])('an image that is named by an address is given as bytes (stream: %s)', async (stream) => {
    const message = { content: [{ text: 'A cat.' }] }
    if (stream) upstream.play({ contentType: EVENTS, body: [STREAM] })
    else upstream.play(playedJson({ output: { message }, stopReason: 'end_turn' }))
    const content = [{ type: 'image_url', image_url: { url: `${upstream.origin}/cat.png` } }]
    const messages = [{ role: 'user', content }]
    expect((await chat(gateway, key, { model: 'anthropic/claude', messages, stream })).status).toBe(200)
    expect(upstream.requests[0]?.body['messages']).toEqual([
      { role: 'user', content: [{ image: { format: 'png', source: { bytes: PLAYED_IMAGE.toString('base64') } } }] },
    ])
  })

  test.each([false, true])(
    'what a document may cost is held when it has come, and before its provider is asked (stream: %s)',
    async (stream) => {
      const url = `${upstream.origin}/forty-pages.pdf`
      const linked = { type: 'file', file: { filename: 'a.pdf', file_data: url } }
      const given = {
        ...linked,
        file: { ...linked.file, file_data: `data:application/pdf;base64,${PLAYED_PDF.toString('base64')}` },
      }
      // $0.06 for any medium, $0.384 for as many tokens as the model takes.
      const poor = await gateway.createKey({ limit: 0.3 })
      const rich = await gateway.createKey({ limit: 1 })
      for (const file of [linked, given]) {
        const asked = {
          model: 'anthropic/claude',
          max_tokens: 16,
          messages: [{ role: 'user', content: [file] }],
          stream,
        }
        const before = upstream.requests.length
        const refused = await chat(gateway, poor, asked)
        expect([refused.status, upstream.requests.length]).toEqual([402, before])
        expect(await readData(gateway, '/api/v1/key', poor)).toMatchObject({ usage: 0 })
        const message = { content: [{ text: 'Forty.' }] }
        if (stream) upstream.play({ contentType: EVENTS, body: [STREAM] })
        else
          upstream.play(
            playedJson({
              output: { message },
              stopReason: 'end_turn',
              usage: { inputTokens: 90_000, outputTokens: 5, totalTokens: 90_005 },
            }),
          )
        const answer = await chat(gateway, rich, asked)
        expect(answer.status).toBe(200)
        if (!stream) expect(nano(usageOf(answer).cost)).toBe(90_000n * 3_000n + 5n * 15_000n)
      }
    },
  )

  test('of a file that its provider fetches all is held that the model takes: nobody here sees what it is', async () => {
    const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'https://files.example/unseen.pdf' } }
    const asked = { model: 'google/flash', max_tokens: 16, messages: [{ role: 'user', content: [file] }] }
    const before = upstream.requests.length
    expect((await chat(gateway, await gateway.createKey({ limit: 0.3 }), asked)).status).toBe(402)
    expect(upstream.requests.length).toBe(before)
    upstream.play(playedJson({ candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] }))
    expect((await chat(gateway, await gateway.createKey({ limit: 1 }), asked)).status).toBe(200)
    expect(upstream.requests[before]?.bodyText).toContain('https://files.example/unseen.pdf')
  })

  test('a binary stream with thoughts and calls, in pieces of seven bytes', async () => {
    const own = await gateway.createKey()
    const body = Array.from({ length: Math.ceil(STREAM.length / 7) }, (_, at) => STREAM.subarray(at * 7, at * 7 + 7))
    upstream.play({ contentType: EVENTS, body })
    const answer = await chat(gateway, own, { model: 'anthropic/claude', stream: true, tools: TOOLS })
    const gathered = gatherChunks(answer.events.filter((event) => (event['choices'] as unknown[]).length > 0))
    expect([answer.isDone, gathered.content, gathered.reasoning, gathered.finishReasons]).toEqual([
      true,
      'Grüße, I look it up.',
      'Weighing it.',
      ['tool_calls'],
    ])
    expect(gathered.toolCalls.map((call) => call.arguments)).toEqual(['{"city":"Zürich"}', '{}'])
    expect(upstream.requests[0]?.path).toBe('/aws/model/eu.anthropic.claude-x%3A0/converse-stream')
    await expectCharge(answer, own, 13n * 3_000n + 8n * 300n + 20n * 3_750n + 35n * 15_000n)
  })

  test('an exception before any content leads to the next provider; one after it ends the stream', async () => {
    upstream.play({ contentType: EVENTS, body: [exceptionFrame('throttlingException', 'Slow down')] })
    const chunk = { id: 'c', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }
    upstream.play({ contentType: SSE, body: [`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`] })
    const helped = await chat(gateway, key, {
      model: 'both/model',
      stream: true,
      provider: { order: ['aws', 'azure'] },
    })
    expect([helped.isDone, helped.events[0]?.['provider']]).toEqual([true, 'azure'])

    const text = { contentBlockIndex: 0, delta: { text: 'Hi' } }
    const body = [eventStream([['contentBlockDelta', text]]), exceptionFrame('modelStreamErrorException', 'Oh')]
    upstream.play({ contentType: EVENTS, body })
    const ended = await chat(gateway, key, { model: 'anthropic/claude', stream: true })
    expect(ended.events.at(-1)).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] })
  })

  test.each([false, true])(
    'what it has no words for is refused with its place, or goes to a provider that has (stream: %s)',
    async (stream) => {
      const own = await gateway.createKey()
      const messages = [
        { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }] },
      ]
      const answer = await chat(gateway, own, { model: 'anthropic/claude', messages, stream })
      expect([answer.status, JSON.stringify(answer.json)]).toEqual([
        400,
        expect.stringContaining('messages.0.content.0: the type audio/wav'),
      ])
      expect(upstream.requests).toEqual([])
      const choices = [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }]
      const chunk = { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }
      const body = [`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`]
      upstream.play(stream ? { contentType: SSE, body } : playedJson({ choices }))
      const order = ['aws', 'azure']
      const helped = await chat(gateway, own, { model: 'both/model', messages, stream, provider: { order } })
      expect([helped.status, (helped.json ?? helped.events[0])?.['provider']]).toEqual([200, 'azure'])
      await expectCharge(helped, own, nano(usageOf(helped).cost))
    },
  )
})

describe('chat completions in their manner', () => {
  const CHOICES = [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }]

  test('Azure: the deployment in the path, the version behind it, the credential in its header', async () => {
    upstream.play(playedJson({ choices: CHOICES, usage: { prompt_tokens: 3, completion_tokens: 1 } }))
    const answer = await chat(gateway, key, { model: 'openai/gpt', max_tokens: 9, top_k: 3 })
    expect(answer.status).toBe(200)
    const [request] = upstream.requests
    expect(request?.path).toBe('/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21')
    expect([request?.headers['api-key'], request?.headers['authorization']]).toEqual(['az-secret', undefined])
    expect(request?.body).toMatchObject({ max_completion_tokens: 9 })
    expect(request?.body).not.toHaveProperty('top_k')
  })

  test('Mistral: its names, its ids of calls, and thoughts that come as parts of the content', async () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'Hi' },
    ]
    const choices = [{ index: 0, message: { content }, finish_reason: 'model_length' }]
    upstream.play(playedJson({ choices, usage: { prompt_tokens: 3, completion_tokens: 1 } }))
    const id = 'call_of_another_provider'
    const messages = [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: id, content: 'sun' },
    ]
    const answer = await chat(gateway, key, {
      model: 'mistralai/small',
      messages,
      seed: 4,
      max_completion_tokens: 9,
      user: 'jane',
    })
    expect(answer.json?.['choices']).toMatchObject([
      { message: { content: 'Hi', reasoning: 'hm' }, finish_reason: 'length', native_finish_reason: 'model_length' },
    ])
    const short = createHash('sha256').update(id).digest('hex').slice(0, 9)
    expect(upstream.requests[0]?.body).toMatchObject({
      model: 'mistral-small',
      max_tokens: 9,
      random_seed: 4,
      messages: [{}, { tool_calls: [{ id: short }] }, { tool_call_id: short }],
    })
    expect(upstream.requests[0]?.body).not.toHaveProperty('user')
  })
})

interface SdkChunk {
  choices: { delta: { content?: string | null }; finishReason?: unknown }[]
}

describe('official clients', () => {
  const SCHEMA = { type: 'object', properties: { animal: { type: 'string' } }, required: ['animal'] }
  const FORMAT = { type: 'json_schema' as const, json_schema: { name: 'seen', schema: SCHEMA } }
  const MESSAGES = [{ role: 'user' as const, content: 'What?' }]
  const geminiJson = () => {
    const parts = [
      { text: 'hm', thought: true },
      { text: '{"animal":"cat"}', thoughtSignature: 'c2ln' },
    ]
    return playedJson({ candidates: [{ content: { parts }, finishReason: 'STOP' }] })
  }
  const bedrockJson = () => {
    const content = [
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
      { text: '{"animal":"cat"}' },
    ]
    const usage = { inputTokens: 3, outputTokens: 4 }
    return playedJson({ output: { message: { content } }, stopReason: 'end_turn', usage })
  }
  const FORMATS = [
    [
      'google/flash',
      geminiJson,
      () => ({ contentType: SSE, body: [fixture('gemini/thoughts-and-calls.sse')] }),
      ['{"city":"Zürich","days":2}', '{}'],
    ],
    ['anthropic/claude', bedrockJson, () => ({ contentType: EVENTS, body: [STREAM] }), ['{"city":"Zürich"}', '{}']],
  ] as const

  test.each(FORMATS)(
    'the openai package over %s: a schema, and a stream with calls',
    async (model, whole, stream, calls) => {
      const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/api/v1`, maxRetries: 0 })
      upstream.play(whole())
      const answer = await client.chat.completions.parse({ model, messages: MESSAGES, response_format: FORMAT })
      expect(answer.choices[0]?.message.parsed).toEqual({ animal: 'cat' })
      upstream.play(stream())
      const run = client.chat.completions.stream({ model, messages: MESSAGES })
      const message = await run.finalMessage()
      expect(message.content).toBe('Grüße, I look it up.')
      const functions = (message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : []))
      expect(functions.map((called) => called.arguments)).toEqual(calls)
    },
  )

  test.each(FORMATS)('the official SDK over %s reads whole answers and streams', async (model, whole, stream) => {
    const serverURL = `${gateway.url}/api/v1`
    const client = new OpenRouter({ apiKey: key, serverURL, retryConfig: { strategy: 'none' } })
    upstream.play(whole())
    const answer = await client.chat.send({ chatRequest: { model, messages: MESSAGES } })
    const thoughts = expect.arrayContaining([expect.objectContaining({ type: 'reasoning.text', text: 'hm' })])
    expect(answer).toMatchObject({
      choices: [{ finishReason: 'stop', message: { reasoning: 'hm', reasoningDetails: thoughts } }],
    })
    upstream.play(stream())
    let content = ''
    const reasons: unknown[] = []
    const events = await client.chat.send({ chatRequest: { model, messages: MESSAGES, stream: true } })
    for await (const { choices } of events as AsyncIterable<SdkChunk>) {
      content += choices[0]?.delta.content ?? ''
      if (choices[0]?.finishReason) reasons.push(choices[0].finishReason)
    }
    expect([content, reasons]).toEqual(['Grüße, I look it up.', ['tool_calls']])
  })
})
