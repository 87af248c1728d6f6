import Anthropic from '@anthropic-ai/sdk'
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema'
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
 * The package `@anthropic-ai/sdk` against the gateway: its base URL is the address with `/api`, its key goes in `x-api-key`.
 */

const stage = useClientStage()

const client = (apiKey = stage.key) => new Anthropic({ apiKey, baseURL: `${stage.gateway.url}/api`, maxRetries: 0 })
const question = (model: string) => ({
  model,
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: QUESTION }],
})
const tools = [{ name: 'weather', description: 'Of a city', input_schema: CITY_SCHEMA }]

describe.each(Object.keys(SLUGS) as Slug[])('messages over %s', (slug) => {
  const model = `${slug}/small`

  test('a message has its text, why it stopped and what it cost', async () => {
    const message = await client().messages.create({ ...question(model), system: 'Be brief' })
    expect(message).toMatchObject({
      id: expect.stringMatching(/^gen-/),
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text: WORDS }],
      stop_reason: 'end_turn',
      usage: { output_tokens: 5, cost: expect.any(Number) },
    })
  })

  test('the helper for streams comes to the same message, with its usage', async () => {
    const stream = client().messages.stream(question(model))
    const deltas: string[] = []
    stream.on('text', (delta) => deltas.push(delta))
    const message = await stream.finalMessage()
    expect([deltas.join(''), await stream.finalText()]).toEqual([WORDS, WORDS])
    expect(message).toMatchObject({ role: 'assistant', model, stop_reason: 'end_turn' })
    expect(message.usage).toMatchObject({ input_tokens: 6, output_tokens: 5 })
  })

  test('the events of a stream are those of the format, and the last but one tells the cost', async () => {
    const types: string[] = []
    let usage: unknown
    for await (const event of await client().messages.create({ ...question(model), stream: true })) {
      types.push(event.type)
      if (event.type === 'message_delta') usage = event.usage
    }
    expect([types[0], types.at(-2), types.at(-1)]).toEqual(['message_start', 'message_delta', 'message_stop'])
    expect(usage).toMatchObject({ output_tokens: 5, cost: 0.000016 })
  })

  test('a tool is called in a stream, its result given back, and the provider gets both', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    const first = await client()
      .messages.stream({ ...question(model), tools })
      .finalMessage()
    expect(first.stop_reason).toBe('tool_use')
    const [call] = first.content.filter((block) => block.type === 'tool_use')
    expect(call).toMatchObject({ id: 'call_1', name: 'weather', input: CITY })
    const messages = [
      ...question(model).messages,
      { role: 'assistant' as const, content: first.content },
      {
        role: 'user' as const,
        content: [{ type: 'tool_result' as const, tool_use_id: 'call_1', content: 'sunny' }],
      },
    ]
    const second = await client().messages.create({ ...question(model), tools, messages })
    expect(second.content).toMatchObject([{ type: 'text', text: WORDS }])
    const request = lastRequest(stage.upstream)
    expect(toolNames(request)).toEqual(['weather'])
    expect(toldTurn(request)).toEqual({ name: 'weather', input: CITY, result: 'sunny', isPaired: true })
  })

  test('a schema reaches the provider, and the helper parses the answer by it', async () => {
    stage.upstream.script({ text: JSON.stringify(CITY) })
    const format = jsonSchemaOutputFormat(CITY_SCHEMA, { transform: false })
    const message = await client().messages.parse({ ...question(model), output_config: { format } })
    expect(message.parsed_output).toEqual(CITY)
    expect(askedSchema(lastRequest(stage.upstream))).toEqual(CITY_SCHEMA)
  })

  test.each([false, true])('an answer that was kept comes again, for nothing (stream: %s)', async (isStream) => {
    const asked = { ...question(model), system: `Kept for ${slug}, ${isStream}` }
    const options = { headers: { 'x-openrouter-cache': 'true' } }
    const ask = async () => {
      if (!isStream) {
        const { data, response } = await client().messages.create(asked, options).withResponse()
        return { message: data, cost: (data.usage as { cost?: unknown }).cost, response }
      }
      const stream = client().messages.stream(asked, options)
      let cost: unknown
      stream.on('streamEvent', (event) => {
        if (event.type === 'message_delta') cost = (event.usage as { cost?: unknown }).cost
      })
      const { response } = await stream.withResponse()
      return { message: await stream.finalMessage(), cost, response }
    }
    const [first, second] = [await ask(), await ask()]
    const statuses = [first, second].map(({ response }) => response.headers.get('x-openrouter-cache-status'))
    expect([statuses, stage.upstream.requests.length]).toEqual([['MISS', 'HIT'], 1])
    expect([first.cost, second.cost]).toEqual([expect.any(Number), 0])
    expect(second.message.usage).toMatchObject({ input_tokens: 0, output_tokens: 0 })
    expect(second.message.content).toEqual(first.message.content)
    expect(second.message.stop_reason).toBe('end_turn')
    expect(second.message.id).not.toBe(first.message.id)
  })

  test('a stream that breaks off is an error of the package after what came', async () => {
    stage.upstream.script({ fault: 'half-close', afterChunks: 4 })
    const stream = client().messages.stream(question(`${slug}/cut`))
    const deltas: string[] = []
    stream.on('text', (delta) => deltas.push(delta))
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIError)
    expect(WORDS.startsWith(deltas.join(''))).toBe(true)
    expect(deltas.length).toBeGreaterThan(0)
  })

  test('what the provider refuses is a typed error with its words; what it is too busy for, one to try again', async () => {
    const errorBody = { type: 'error', error: { type: 'invalid_request_error', message: 'Too odd' } }
    stage.upstream.script({ status: 400, errorBody })
    const odd = client().messages.create(question(`${slug}/odd`))
    await expect(odd).rejects.toBeInstanceOf(Anthropic.BadRequestError)
    await expect(odd).rejects.toThrow('Too odd')
    stage.upstream.script({ status: 429, retryAfter: '7' })
    const busy = client().messages.create({ ...question(`${slug}/busy`), stream: true })
    await expect(busy).rejects.toBeInstanceOf(Anthropic.RateLimitError)
    await expect(busy).rejects.toMatchObject({ error: { error: { type: 'rate_limit_error' } } })
  })
})

test.each(['native', 'items'] as const)(
  'thoughts over %s are told in a stream, and given back as they were',
  async (slug) => {
    stage.upstream.script(THOUGHTFUL_PLANS[slug])
    const asked = { ...question(`${slug}/small`), max_tokens: 2_000, tools }
    const thinking = { type: 'enabled' as const, budget_tokens: 1_024 }
    const first = await client()
      .messages.stream({ ...asked, thinking })
      .finalMessage()
    expect(first.content[0]).toMatchObject({ type: 'thinking', thinking: 'Hm.' })
    const messages = [
      ...asked.messages,
      { role: 'assistant' as const, content: first.content },
      { role: 'user' as const, content: [{ type: 'tool_result' as const, tool_use_id: 'call_1', content: 'sunny' }] },
    ]
    await client().messages.create({ ...asked, thinking, messages })
    const parts = toldParts(lastRequest(stage.upstream))
    if (slug === 'native') expect(parts).toContainEqual(THOUGHT_AGAIN.native)
    expect(toldTurn(lastRequest(stage.upstream))).toMatchObject({ result: 'sunny', isPaired: true })
  },
)

test('refusals are typed: no such key, no such model, nothing left to spend', async () => {
  const send = (api: Anthropic, model: string) => api.messages.create(question(model))
  const nobody = send(client('sk-or-v1-nobody'), 'native/small')
  await expect(nobody).rejects.toBeInstanceOf(Anthropic.AuthenticationError)
  await expect(nobody).rejects.toMatchObject({ error: { error: { type: 'authentication_error' } } })
  const unknown = send(client(), 'no/such')
  await expect(unknown).rejects.toBeInstanceOf(Anthropic.BadRequestError)
  await expect(unknown).rejects.toThrow('no/such is not a valid model ID')
  const broke = send(client(stage.emptyKey), 'native/small')
  await expect(broke).rejects.toBeInstanceOf(Anthropic.PaymentRequiredError)
  await expect(broke).rejects.toMatchObject({ error: { error: { type: 'billing_error' } } })
  expect(stage.upstream.requests).toEqual([])
})

test('the runner of the package calls tools until the answer is there', async () => {
  stage.upstream.script(CALL_PLANS.native)
  const asked: unknown[] = []
  const weather = {
    ...tools[0],
    name: 'weather',
    input_schema: CITY_SCHEMA,
    parse: (input: unknown) => input,
    run: (input: unknown) => {
      asked.push(input)
      return 'sunny'
    },
  }
  const final = await client().beta.messages.toolRunner({ ...question('native/small'), tools: [weather] })
  expect([asked, final.content]).toMatchObject([[CITY], [{ type: 'text', text: WORDS }]])
})
