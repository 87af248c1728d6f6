import { OpenRouter } from '@openrouter/sdk'
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
  toldTurn,
  toolNames,
  useClientStage,
  WORDS,
} from './client-stage.ts'

/*
 * The official package `@openrouter/sdk` against the gateway. It parses every answer and every event strictly: what it doesn't know
 * is a broken answer to it.
 */

const stage = useClientStage()

const client = (apiKey = stage.key) =>
  new OpenRouter({ apiKey, serverURL: `${stage.gateway.url}/api/v1`, retryConfig: { strategy: 'none' } })
const messages = [{ role: 'user' as const, content: QUESTION }]
const weather = { name: 'weather', description: 'Of a city', parameters: CITY_SCHEMA }
const slugs = Object.keys(SLUGS) as Slug[]

interface Chunk {
  choices: { delta: { content?: string | null; toolCalls?: ToolCallPiece[] }; finishReason?: unknown }[]
  usage?: { cost?: number | null; promptTokens: number }
  error?: { code: number; message: string }
}
interface ToolCallPiece {
  index: number
  id?: string
  function?: { name?: string; arguments?: string }
}

/** What a chat's stream comes to. */
async function gather(stream: unknown) {
  const found = { text: '', calls: '', name: '', finish: undefined as unknown, cost: undefined as unknown, error: 0 }
  for await (const { choices, usage, error } of stream as AsyncIterable<Chunk>) {
    found.text += choices[0]?.delta.content ?? ''
    for (const piece of choices[0]?.delta.toolCalls ?? []) {
      found.name += piece.function?.name ?? ''
      found.calls += piece.function?.arguments ?? ''
    }
    found.finish = choices[0]?.finishReason ?? found.finish
    found.cost = usage?.cost ?? found.cost
    found.error = error?.code ?? found.error
  }
  return found
}

describe.each(slugs)('chat over %s', (slug) => {
  const model = `${slug}/small`

  test('an answer is parsed whole and as a stream, with its cost', async () => {
    const whole = await client().chat.send({ chatRequest: { model, messages } })
    expect(whole).toMatchObject({
      model,
      choices: [{ finishReason: 'stop', message: { content: WORDS } }],
      usage: { promptTokens: 6, completionTokens: 5, cost: 0.000016 },
    })
    const stream = await client().chat.send({ chatRequest: { model, messages, stream: true } })
    expect(await gather(stream)).toMatchObject({ text: WORDS, finish: 'stop', cost: 0.000016 })
  })

  test('a tool is called, whole and in pieces, and its result given back', async () => {
    const tools = [{ type: 'function' as const, function: weather }]
    stage.upstream.script(CALL_PLANS[slug])
    const stream = await client().chat.send({ chatRequest: { model, messages, tools, stream: true } })
    const { name, calls, finish } = await gather(stream)
    expect([name, JSON.parse(calls), finish]).toEqual(['weather', CITY, 'tool_calls'])
    stage.upstream.script(CALL_PLANS[slug])
    const first = (await client().chat.send({ chatRequest: { model, messages, tools } })) as {
      choices: { message: { role: 'assistant' } }[]
    }
    const called = first.choices[0]?.message ?? expect.fail()
    expect(called).toMatchObject({ toolCalls: [{ id: 'call_1', function: { name: 'weather' } }] })
    const turn = [...messages, called, { role: 'tool' as const, toolCallId: 'call_1', content: 'sunny' }]
    await client().chat.send({ chatRequest: { model, messages: turn, tools } })
    const request = lastRequest(stage.upstream)
    expect(toolNames(request)).toEqual(['weather'])
    expect(toldTurn(request)).toEqual({ name: 'weather', input: CITY, result: 'sunny', isPaired: true })
  })

  test('a schema reaches the provider', async () => {
    stage.upstream.script({ text: JSON.stringify(CITY) })
    const responseFormat = { type: 'json_schema' as const, jsonSchema: { name: 'place', schema: CITY_SCHEMA } }
    const answer = await client().chat.send({ chatRequest: { model, messages, responseFormat } })
    expect(answer).toMatchObject({ choices: [{ message: { content: JSON.stringify(CITY) } }] })
    expect(askedSchema(lastRequest(stage.upstream))).toEqual(CITY_SCHEMA)
  })

  test('a stream that breaks off ends in an error that is parsed', async () => {
    stage.upstream.script({ fault: 'half-close', afterChunks: 4 })
    const stream = await client().chat.send({ chatRequest: { model: `${slug}/cut`, messages, stream: true } })
    expect(await gather(stream)).toMatchObject({ error: 502, finish: 'error' })
  })
})

describe.each(slugs)('responses over %s', (slug) => {
  const model = `${slug}/small`
  const tools = [{ type: 'function' as const, ...weather, strict: true }]

  test('a response is parsed whole, and each event of a stream', async () => {
    const whole = await client().responses.send({ responsesRequest: { model, input: QUESTION } })
    expect(whole).toMatchObject({ status: 'completed', usage: { inputTokens: 6, outputTokens: 5, cost: 0.000016 } })
    for (const plan of [{}, CALL_PLANS[slug]]) {
      stage.upstream.script(plan)
      const stream = await client().responses.send({
        responsesRequest: { model, input: QUESTION, tools, stream: true },
      })
      const events: { type: string }[] = []
      for await (const event of stream as AsyncIterable<{ type: string }>) events.push(event)
      expect(JSON.stringify(events)).not.toContain('isUnknown')
      expect(events.at(-1)).toMatchObject({ type: 'response.completed' })
    }
  })

  test('the result of a tool goes back to the provider, and a schema with it', async () => {
    const call = { type: 'function_call' as const, id: 'fc_1', callId: 'call_1', name: 'weather' }
    const input = [
      { role: 'user' as const, content: QUESTION },
      { ...call, arguments: JSON.stringify(CITY) },
      { type: 'function_call_output' as const, callId: 'call_1', output: 'sunny' },
    ]
    const format = { type: 'json_schema' as const, name: 'place', schema: CITY_SCHEMA }
    await client().responses.send({ responsesRequest: { model, input, tools, text: { format } } })
    const request = lastRequest(stage.upstream)
    expect(toldTurn(request)).toEqual({ name: 'weather', input: CITY, result: 'sunny', isPaired: true })
    expect(askedSchema(request)).toEqual(CITY_SCHEMA)
  })

  test('a stream that breaks off ends in a response that failed, which is parsed', async () => {
    stage.upstream.script({ fault: 'half-close', afterChunks: 4 })
    const responsesRequest = { model: `${slug}/cut`, input: QUESTION, stream: true as const }
    const stream = await client().responses.send({ responsesRequest })
    const events: object[] = []
    for await (const event of stream as AsyncIterable<object>) events.push(event)
    expect(JSON.stringify(events)).not.toContain('isUnknown')
    expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: { status: 'failed' } })
  })
})

test('embeddings and ranks are parsed, with their cost', async () => {
  const vectors = await client().embeddings.generate({ requestBody: { model: 'lists/vectors', input: ['one', 'two'] } })
  expect(vectors).toMatchObject({
    data: [{ embedding: [0, 0.5, -1] }, { embedding: [1, 0.5, -1] }],
    usage: { promptTokens: 6, cost: 0.000012 },
  })
  const ranks = await client().rerank.rerank({
    requestBody: { model: 'lists/ranks', query: 'which', documents: ['far', 'near'] },
  })
  expect(ranks).toMatchObject({ results: [{ index: 1, relevanceScore: 1 }, { index: 0 }] })
})

test('refusals are typed: no such key, no such model, nothing left to spend, what the provider refuses', async () => {
  const send = (api: OpenRouter, model: string) => api.chat.send({ chatRequest: { model, messages } })
  await expect(send(client('sk-or-v1-nobody'), 'chatty/small')).rejects.toMatchObject({
    name: 'UnauthorizedResponseError',
    error: { code: 401, message: 'User not found.' },
  })
  await expect(send(client(), 'no/such')).rejects.toMatchObject({
    name: 'BadRequestResponseError',
    error: { code: 400, message: 'no/such is not a valid model ID' },
  })
  await expect(send(client(stage.emptyKey), 'chatty/small')).rejects.toMatchObject({
    name: 'PaymentRequiredResponseError',
    error: { code: 402 },
  })
  stage.upstream.script({ status: 400, errorBody: { error: { message: 'Too odd' } } })
  await expect(send(client(), 'chatty/odd')).rejects.toMatchObject({ error: { code: 400, message: 'Too odd' } })
  stage.upstream.script({ status: 429, retryAfter: '7' })
  await expect(send(client(), 'chatty/busy')).rejects.toMatchObject({
    name: 'TooManyRequestsResponseError',
    error: { code: 429 },
  })
})
