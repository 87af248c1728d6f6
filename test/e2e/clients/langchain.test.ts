import { type AIMessageChunk, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
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
 * LangChain's package `@langchain/openai` against the gateway, by chat completions and by responses.
 */

const stage = useClientStage()

interface ModelOptions {
  apiKey?: string
  useResponsesApi?: boolean
}

const configuration = () => ({ baseURL: `${stage.gateway.url}/api/v1` })
const modelNamed = (model: string, { apiKey = stage.key, useResponsesApi = false }: ModelOptions = {}) =>
  new ChatOpenAI({ model, apiKey, useResponsesApi, maxRetries: 0, configuration: configuration() })
const weather = tool(() => 'sunny', { name: 'weather', description: 'Of a city', schema: CITY_SCHEMA })

const CELLS = (Object.keys(SLUGS) as Slug[]).flatMap((slug) => [
  { slug, by: 'chat completions', useResponsesApi: false },
  { slug, by: 'responses', useResponsesApi: true },
])

describe.each(CELLS)('$by over $slug', ({ slug, useResponsesApi }) => {
  const model = () => modelNamed(`${slug}/small`, { useResponsesApi })

  test('an answer has its text and its usage', async () => {
    const answer = await model().invoke(QUESTION)
    expect(answer.text).toBe(WORDS)
    expect(answer.usage_metadata).toMatchObject({ input_tokens: 6, output_tokens: 5, total_tokens: 11 })
  })

  test('the pieces of a stream add up to the answer, with its usage once', async () => {
    let whole: AIMessageChunk | undefined
    for await (const piece of await model().stream(QUESTION)) whole = whole === undefined ? piece : whole.concat(piece)
    expect(whole?.text).toBe(WORDS)
    expect(whole?.usage_metadata).toMatchObject({ input_tokens: 6, output_tokens: 5, total_tokens: 11 })
  })

  test('a tool is called, its result given back, and the provider gets both', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    const bound = model().bindTools([weather])
    const called = await bound.invoke(QUESTION)
    expect(called.tool_calls).toMatchObject([{ id: 'call_1', name: 'weather', args: CITY }])
    const result = new ToolMessage({ content: 'sunny', tool_call_id: 'call_1' })
    const answer = await bound.invoke([new HumanMessage(QUESTION), called, result])
    expect(answer.text).toBe(WORDS)
    const request = lastRequest(stage.upstream)
    expect(toolNames(request)).toEqual(['weather'])
    expect(toldTurn(request)).toEqual({ name: 'weather', input: CITY, result: 'sunny', isPaired: true })
  })

  test('a call that comes in pieces is put together', async () => {
    stage.upstream.script(CALL_PLANS[slug])
    let whole: AIMessageChunk | undefined
    for await (const piece of await model().bindTools([weather]).stream(QUESTION)) {
      whole = whole === undefined ? piece : whole.concat(piece)
    }
    expect(whole?.tool_calls).toMatchObject([{ name: 'weather', args: CITY }])
  })

  test('an answer by a schema is parsed, and the provider was asked for it', async () => {
    stage.upstream.script({ text: JSON.stringify(CITY) })
    const structured = model().withStructuredOutput(CITY_SCHEMA, { name: 'place', method: 'jsonSchema' })
    expect(await structured.invoke(QUESTION)).toEqual(CITY)
    expect(askedSchema(lastRequest(stage.upstream))).toEqual(CITY_SCHEMA)
  })

  test('what the provider refuses rejects with its words', async () => {
    const errorBody = { type: 'error', error: { type: 'invalid_request_error', message: 'Too odd' } }
    stage.upstream.script({ status: 400, errorBody })
    const odd = modelNamed(`${slug}/odd`, { useResponsesApi }).invoke(QUESTION)
    await expect(odd).rejects.toMatchObject({ status: 400, message: expect.stringContaining('Too odd') })
  })
})

test('thoughts that only who has thought them can read are given back by responses', async () => {
  stage.upstream.script(THOUGHTFUL_PLANS.items)
  const options = { apiKey: stage.key, maxRetries: 0, configuration: configuration(), useResponsesApi: true }
  const model = new ChatOpenAI({ ...options, model: 'items/small', reasoning: { effort: 'high' }, zdrEnabled: true })
  const bound = model.bindTools([weather])
  const called = await bound.invoke(QUESTION)
  const result = new ToolMessage({ content: 'sunny', tool_call_id: 'call_1' })
  await bound.invoke([new HumanMessage(QUESTION), called, result])
  expect(toldParts(lastRequest(stage.upstream))).toContainEqual(expect.objectContaining(THOUGHT_AGAIN.items))
})

test.each(Object.keys(SLUGS))(
  'a stream of chat completions over %s that breaks off rejects after what came',
  async (slug) => {
    stage.upstream.script({ fault: 'half-close', afterChunks: 4 })
    let text = ''
    const reading = (async () => {
      for await (const piece of await modelNamed(`${slug}/cut`).stream(QUESTION)) text += piece.text
    })()
    await expect(reading).rejects.toThrow()
    expect([WORDS.startsWith(text), text.length > 0]).toEqual([true, true])
  },
)

test('refusals reject with their status: no such key, no such model, nothing left to spend', async () => {
  const send = (model: string, apiKey?: string) =>
    modelNamed(model, apiKey === undefined ? {} : { apiKey }).invoke(QUESTION)
  await expect(send('chatty/small', 'sk-or-v1-nobody')).rejects.toMatchObject({ status: 401 })
  await expect(send('no/such')).rejects.toMatchObject({ status: 400, message: expect.stringContaining('no/such') })
  await expect(send('chatty/small', stage.emptyKey)).rejects.toMatchObject({ status: 402 })
  expect(stage.upstream.requests).toEqual([])
})

test('texts are embedded', async () => {
  const embeddings = new OpenAIEmbeddings({
    model: 'lists/vectors',
    apiKey: stage.key,
    maxRetries: 0,
    configuration: configuration(),
  })
  expect(await embeddings.embedQuery('one')).toEqual([0, 0.5, -1])
})
