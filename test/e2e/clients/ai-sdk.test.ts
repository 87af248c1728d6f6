import { createOpenRouter } from '@openrouter/ai-sdk-provider'
import { APICallError, embed, generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai'
import { describe, expect, test } from 'vitest'
import {
  askedSchema,
  CALL_PLANS,
  CITY,
  CITY_SCHEMA,
  lastRequest,
  QUESTION,
  SLUGS,
  type Slug,
  THOUGHT_AGAIN,
  THOUGHTFUL_PLANS,
  toldParts,
  toldTurn,
  toolNames,
  useClientStage,
  WORDS,
} from './client-stage.ts'

/*
 * The AI SDK with the package `@openrouter/ai-sdk-provider` against the gateway.
 */

const stage = useClientStage()

const provider = (apiKey = stage.key) =>
  createOpenRouter({ apiKey, baseURL: `${stage.gateway.url}/api/v1`, compatibility: 'strict' })
const ask = (model: string, apiKey?: string) => ({
  model: provider(apiKey).chat(model),
  prompt: QUESTION,
  maxRetries: 0,
})
const schema = jsonSchema<{ city: string }>(CITY_SCHEMA)

function weather() {
  const asked: unknown[] = []
  const execute = (input: unknown) => {
    asked.push(input)
    return 'sunny'
  }
  return { asked, tools: { weather: tool({ description: 'Of a city', inputSchema: schema, execute }) } }
}

describe.each(Object.keys(SLUGS) as Slug[])('over %s', (slug) => {
  const model = `${slug}/small`

  test('a text is generated, with its usage and what it cost', async () => {
    const { text, finishReason, usage, providerMetadata } = await generateText(ask(model))
    expect([text, finishReason]).toEqual([WORDS, 'stop'])
    expect(usage).toMatchObject({ inputTokens: 6, outputTokens: 5, totalTokens: 11 })
    expect(providerMetadata).toMatchObject({ openrouter: { usage: { cost: 0.000016 } } })
  })

  test('a text is streamed, with its usage and what it cost', async () => {
    const result = streamText(ask(model))
    let text = ''
    for await (const piece of result.textStream) text += piece
    expect([text, await result.finishReason]).toEqual([WORDS, 'stop'])
    expect(await result.usage).toMatchObject({ inputTokens: 6, outputTokens: 5 })
    expect(await result.providerMetadata).toMatchObject({ openrouter: { usage: { cost: 0.000016 } } })
  })

  test('a tool is run between two steps, and the provider gets its result', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    const { asked, tools } = weather()
    const { text, steps } = await generateText({ ...ask(model), tools, stopWhen: isStepCount(3) })
    expect([text, steps.map(({ finishReason }) => finishReason)]).toEqual([WORDS, ['tool-calls', 'stop']])
    expect(asked).toEqual([CITY])
    const request = lastRequest(stage.upstream)
    expect(toolNames(request)).toEqual(['weather'])
    expect(toldTurn(request)).toEqual({ name: 'weather', input: CITY, result: 'sunny', isPaired: true })
  })

  test('the same in a stream', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    const { asked, tools } = weather()
    const result = streamText({ ...ask(model), tools, stopWhen: isStepCount(3) })
    expect(await result.text).toBe(WORDS)
    expect([asked, (await result.steps).length]).toEqual([[CITY], 2])
    expect(toldTurn(lastRequest(stage.upstream))).toMatchObject({ result: 'sunny', isPaired: true })
  })

  test('an object by a schema is generated and streamed, and the provider is asked for it', async () => {
    const request = { ...ask(model), output: Output.object({ schema, name: 'place' }) }
    stage.upstream.script({ text: JSON.stringify(CITY) })
    expect((await generateText(request)).output).toEqual(CITY)
    expect(askedSchema(lastRequest(stage.upstream))).toEqual(CITY_SCHEMA)
    stage.upstream.script({ text: JSON.stringify(CITY) })
    expect(await streamText(request).output).toEqual(CITY)
  })

  test('a stream that breaks off is an error after what came', async () => {
    stage.upstream.script({ fault: 'half-close', afterChunks: 4 })
    const errors: unknown[] = []
    const result = streamText({ ...ask(`${slug}/cut`), onError: ({ error }) => void errors.push(error) })
    let text = ''
    for await (const piece of result.textStream) text += piece
    expect([WORDS.startsWith(text), text.length > 0, errors.length]).toEqual([true, true, 1])
  })

  test('what the provider refuses is an error with its words, not to be tried again; what it is too busy for, one that is', async () => {
    const errorBody = { type: 'error', error: { type: 'invalid_request_error', message: 'Too odd' } }
    stage.upstream.script({ status: 400, errorBody })
    const odd = await generateText(ask(`${slug}/odd`)).catch((error: unknown) => error)
    expect(APICallError.isInstance(odd)).toBe(true)
    expect(odd).toMatchObject({ statusCode: 400, isRetryable: false, message: expect.stringContaining('Too odd') })
    stage.upstream.script({ status: 429, retryAfter: '7' })
    const busy = await generateText(ask(`${slug}/busy`)).catch((error: unknown) => error)
    expect(busy).toMatchObject({ statusCode: 429, isRetryable: true, responseHeaders: { 'retry-after': '7' } })
  })
})

describe.each(['native', 'items'] as const)('thoughts over %s', (slug) => {
  test.each([false, true])(
    'are told, and given back before the call that they led to (stream: %s)',
    async (isStream) => {
      stage.upstream.script(THOUGHTFUL_PLANS[slug])
      const { tools } = weather()
      const model = provider().chat(`${slug}/small`, { reasoning: { effort: 'high' } })
      const request = { ...ask(`${slug}/small`), model, tools, stopWhen: isStepCount(3) }
      const result = isStream ? streamText(request) : await generateText(request)
      const steps = await result.steps
      expect([steps[0]?.reasoningText, await result.text]).toEqual(['Hm.', WORDS])
      const parts = toldParts(lastRequest(stage.upstream))
      const at = parts.findIndex(({ type }) => type === 'thinking' || type === 'reasoning')
      expect(parts[at]).toMatchObject(THOUGHT_AGAIN[slug])
      expect(parts[at + 1]).toMatchObject({ type: slug === 'native' ? 'tool_use' : 'function_call', name: 'weather' })
    },
  )
})

const PICTURE = Buffer.from('iVBORw0KGgo=', 'base64')
const PAPER = Buffer.from('%PDF-1.4')
test.each([
  [
    'chatty',
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PAPER.toString('base64')}` } },
  ],
  [
    'native',
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PAPER.toString('base64') } },
  ],
  [
    'items',
    { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
    { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${PAPER.toString('base64')}` },
  ],
] as const)('a picture and a file reach %s as it takes them', async (slug, picture, paper) => {
  const content = [
    { type: 'text' as const, text: QUESTION },
    { type: 'file' as const, data: new Uint8Array(PICTURE), mediaType: 'image/png' },
    { type: 'file' as const, data: new Uint8Array(PAPER), mediaType: 'application/pdf', filename: 'a.pdf' },
  ]
  const { prompt: _prompt, ...rest } = ask(`${slug}/small`)
  const { text } = await generateText({ ...rest, messages: [{ role: 'user', content }] })
  expect(text).toBe(WORDS)
  const parts = toldParts(lastRequest(stage.upstream))
  expect(parts.slice(-2)).toMatchObject([picture, paper])
})

test('a text is embedded', async () => {
  const model = provider().textEmbeddingModel('lists/vectors')
  const { embedding, usage } = await embed({ model, value: 'one', maxRetries: 0 })
  expect([embedding, usage.tokens]).toEqual([[0, 0.5, -1], 3])
})

test.each([
  ['no such key', 'chatty/small', 'nobody', { statusCode: 401, isRetryable: false }],
  ['no such model', 'no/such', 'known', { statusCode: 400, message: expect.stringContaining('no/such') }],
  ['nothing left to spend', 'chatty/small', 'empty', { statusCode: 402, isRetryable: false }],
] as const)('%s is an error that tells so', async (_name, model, whose, expected) => {
  const keys = { nobody: 'sk-or-v1-nobody', known: stage.key, empty: stage.emptyKey }
  const error = await generateText(ask(model, keys[whose])).catch((reason: unknown) => reason)
  expect(APICallError.isInstance(error)).toBe(true)
  expect(error).toMatchObject(expected)
  expect(stage.upstream.requests).toEqual([])
})
