import { OpenAI } from 'openai'
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
 * The package `openai` against the gateway: chat completions, responses and embeddings, with its own helpers, which check what they
 * are given more strictly than the plain calls.
 */

const stage = useClientStage()

const client = (apiKey = stage.key) => new OpenAI({ apiKey, baseURL: `${stage.gateway.url}/api/v1`, maxRetries: 0 })
const messages = [{ role: 'user' as const, content: QUESTION }]
const described = { name: 'weather', description: 'Of a city', parameters: CITY_SCHEMA, strict: true }
const chatTools = [{ type: 'function' as const, function: described }]
const responseTools = [{ type: 'function' as const, ...described }]
const slugs = Object.keys(SLUGS) as Slug[]

describe.each(slugs)('chat completions over %s', (slug) => {
  const model = `${slug}/small`

  test('an answer has its text, how it ended and what it cost', async () => {
    const answer = await client().chat.completions.create({ model, messages })
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: WORDS } }],
      usage: { prompt_tokens: 6, completion_tokens: 5, total_tokens: 11, cost: 0.000016 },
    })
  })

  test('the helper for streams comes to the same answer, with its usage', async () => {
    const run = client().chat.completions.stream({ model, messages, stream_options: { include_usage: true } })
    const deltas: string[] = []
    run.on('content', (delta) => deltas.push(delta))
    expect((await run.finalMessage()).content).toBe(WORDS)
    expect(deltas.join('')).toBe(WORDS)
    const whole = await run.finalChatCompletion()
    expect(whole.choices[0]?.finish_reason).toBe('stop')
    expect(await run.totalUsage()).toMatchObject({ prompt_tokens: 6, completion_tokens: 5 })
  })

  test('the helper that runs tools calls them, gives the result back and gets the answer', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    const asked: unknown[] = []
    const weather = (city: unknown) => {
      asked.push(city)
      return 'sunny'
    }
    const tools = [{ type: 'function' as const, function: { ...described, parse: JSON.parse, function: weather } }]
    const run = client().chat.completions.runTools({ model, messages, tools })
    expect(await run.finalContent()).toBe(WORDS)
    expect(asked).toEqual([CITY])
    const request = lastRequest(stage.upstream)
    expect(toolNames(request)).toEqual(['weather'])
    expect(toldTurn(request)).toEqual({ name: 'weather', input: CITY, result: 'sunny', isPaired: true })
  })

  test('a call that comes as a stream is put together by the helper', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    const run = client().chat.completions.stream({ model, messages, tools: chatTools })
    const done: unknown[] = []
    run.on('tool_calls.function.arguments.done', ({ name, parsed_arguments: parsed }) => done.push([name, parsed]))
    const { choices } = await run.finalChatCompletion()
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ id: 'call_1', function: { name: 'weather', parsed_arguments: CITY } }] },
    })
    expect(done).toEqual([['weather', CITY]])
  })

  test('a schema reaches the provider, and the helper parses the answer by it, whole and streamed', async () => {
    const format = { type: 'json_schema' as const, json_schema: { name: 'place', strict: true, schema: CITY_SCHEMA } }
    const request = { model, messages, response_format: format }
    stage.upstream.script({ text: JSON.stringify(CITY) })
    const whole = await client().chat.completions.parse(request)
    expect(whole.choices[0]?.message.parsed).toEqual(CITY)
    expect(askedSchema(lastRequest(stage.upstream))).toEqual(CITY_SCHEMA)
    stage.upstream.script({ text: JSON.stringify(CITY) })
    const final = await client().chat.completions.stream(request).finalMessage()
    expect(final).toMatchObject({ parsed: CITY })
  })

  test('a stream that breaks off is an error of the package after what came', async () => {
    stage.upstream.script({ fault: 'half-close', afterChunks: 4 })
    const stream = await client().chat.completions.create({ model: `${slug}/cut`, messages, stream: true })
    let text = ''
    const reading = (async () => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    })()
    await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError)
    expect([WORDS.startsWith(text), text.length > 0]).toEqual([true, true])
  })

  test('what the provider refuses is a typed error with its words; what it is too busy for, one to try again', async () => {
    const errorBody = { type: 'error', error: { type: 'invalid_request_error', message: 'Too odd' } }
    stage.upstream.script({ status: 400, errorBody })
    const odd = client().chat.completions.create({ model: `${slug}/odd`, messages })
    await expect(odd).rejects.toBeInstanceOf(OpenAI.BadRequestError)
    await expect(odd).rejects.toThrow('Too odd')
    stage.upstream.script({ status: 429, retryAfter: '7' })
    const busy = client().chat.completions.create({ model: `${slug}/busy`, messages, stream: true })
    await expect(busy).rejects.toBeInstanceOf(OpenAI.RateLimitError)
    await expect(busy).rejects.toMatchObject({ headers: expect.anything() })
    expect(
      (await busy.catch((error: InstanceType<typeof OpenAI.APIError>) => error.headers?.get('retry-after'))) ?? '',
    ).toBe('7')
  })
})

describe.each(slugs)('responses over %s', (slug) => {
  const model = `${slug}/small`

  test('a response has its text, its end and what it cost', async () => {
    const response = await client().responses.create({ model, input: QUESTION })
    expect(response).toMatchObject({ status: 'completed', model, output_text: WORDS })
    expect(response.usage).toMatchObject({ input_tokens: 6, output_tokens: 5, total_tokens: 11, cost: 0.000016 })
  })

  test('a tool is called in a stream, its result given back, and the answer is about it', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    const request = { model, input: QUESTION, tools: responseTools }
    const first = await client().responses.stream(request).finalResponse()
    const call = first.output.find((item) => item.type === 'function_call') ?? expect.fail()
    expect(call).toMatchObject({ call_id: 'call_1', name: 'weather', parsed_arguments: CITY })
    const { parsed_arguments: _parsed, ...called } = call
    const input = [
      { role: 'user' as const, content: QUESTION },
      called,
      { type: 'function_call_output' as const, call_id: 'call_1', output: 'sunny' },
    ]
    const second = await client().responses.create({ ...request, input })
    expect(second.output_text).toBe(WORDS)
    const told = toldTurn(lastRequest(stage.upstream))
    expect(told).toEqual({ name: 'weather', input: CITY, result: 'sunny', isPaired: true })
  })

  test('a schema reaches the provider, and the helper parses the answer by it', async () => {
    stage.upstream.script({ text: JSON.stringify(CITY) })
    const format = { type: 'json_schema' as const, name: 'place', schema: CITY_SCHEMA, strict: true }
    const response = await client().responses.parse({ model, input: QUESTION, text: { format } })
    expect(response.output_parsed).toEqual(CITY)
    expect(askedSchema(lastRequest(stage.upstream))).toEqual(CITY_SCHEMA)
  })

  test('a stream that breaks off ends in a response that failed, which keeps what came', async () => {
    stage.upstream.script({ fault: 'half-close', afterChunks: 4 })
    const stream = await client().responses.create({ model: `${slug}/cut`, input: QUESTION, stream: true })
    let last: unknown
    for await (const event of stream) last = event
    expect(last).toMatchObject({ type: 'response.failed', response: { status: 'failed', model: `${slug}/cut` } })
  })
})

test.each(['native', 'items'] as const)('thoughts over %s go back by responses as they came', async (slug) => {
  stage.upstream.script(THOUGHTFUL_PLANS[slug])
  const request = {
    model: `${slug}/small`,
    input: QUESTION,
    tools: responseTools,
    reasoning: { effort: 'high' as const },
    include: ['reasoning.encrypted_content' as const],
  }
  const { output } = await client().responses.create(request)
  expect(output.map(({ type }) => type)).toEqual(['reasoning', 'function_call'])
  const input = [
    { role: 'user' as const, content: QUESTION },
    ...(output as OpenAI.Responses.ResponseInputItem[]),
    { type: 'function_call_output' as const, call_id: 'call_1', output: 'sunny' },
  ]
  await client().responses.create({ ...request, input })
  const told = lastRequest(stage.upstream)
  expect(toldParts(told)).toContainEqual(expect.objectContaining(THOUGHT_AGAIN[slug]))
  expect(toldTurn(told)).toMatchObject({ result: 'sunny', isPaired: true })
})

test('embeddings come as numbers, by the token', async () => {
  const answer = await client().embeddings.create({ model: 'lists/vectors', input: ['one', 'two'] })
  expect(answer.data.map(({ embedding }) => embedding)).toEqual([
    [0, 0.5, -1],
    [1, 0.5, -1],
  ])
  expect(answer.usage).toMatchObject({ prompt_tokens: 6, total_tokens: 6, cost: 0.000012 })
})

test('models are listed and looked up', async () => {
  const ids: string[] = []
  for await (const { id } of client().models.list()) ids.push(id)
  expect(ids).toEqual(expect.arrayContaining(['chatty/small', 'native/small', 'items/small']))
})

describe.each([
  ['chat completions', (api: OpenAI, model: string) => api.chat.completions.create({ model, messages })],
  ['responses', (api: OpenAI, model: string) => api.responses.create({ model, input: QUESTION })],
  ['embeddings', (api: OpenAI, model: string) => api.embeddings.create({ model, input: 'one' })],
] as const)('refusals of %s', (name, send) => {
  test('are typed: no such key, no such model, nothing left to spend', async () => {
    const model = name === 'embeddings' ? 'lists/vectors' : 'chatty/small'
    await expect(send(client('sk-or-v1-nobody'), model)).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    const unknown = send(client(), 'no/such')
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.BadRequestError)
    await expect(unknown).rejects.toThrow('no/such is not a valid model ID')
    await expect(send(client(stage.emptyKey), model)).rejects.toMatchObject({
      status: 402,
      message: expect.stringContaining('Key limit exceeded'),
    })
    expect(stage.upstream.requests).toEqual([])
  })
})
