import { afterAll, beforeAll, expect, test } from 'vitest'
import { newKey, newWorkspace, spend } from './fixtures.ts'
import { callTool, connectMcp, type ToolAnswer } from './mcp-client.ts'
import { gateway, send } from './request.ts'

let call: (name: string, input?: Record<string, unknown>) => Promise<ToolAnswer>
let close: () => Promise<void>

beforeAll(async () => {
  const client = await connectMcp({ url: gateway.url, key: gateway.inferenceKey })
  call = (name, input) => callTool(client, name, input)
  close = () => client.close()
})
afterAll(async () => {
  await close()
})

test('models are listed 20 at a time, or as asked', async () => {
  const { body } = await call('list-models')
  const { body: all } = await send('GET', '/api/v1/models?limit=20')
  expect(body).toEqual(all)
  expect((await call('list-models', { limit: 1, offset: 1 })).body).toEqual(
    (await send('GET', '/api/v1/models?limit=1&offset=1')).body,
  )
  expect((await call('list-models', { limit: 0 })).body).toMatchObject({ error: { code: 400 } })
})

test('a model, its endpoints and the providers are those of the API', async () => {
  const model = 'sim/lorem'
  expect((await call('get-model', { model })).body).toEqual((await send('GET', `/api/v1/model/${model}`)).body)
  expect((await call('list-model-endpoints', { model })).body).toEqual(
    (await send('GET', `/api/v1/models/${model}/endpoints`)).body,
  )
  expect((await call('list-providers')).body).toEqual((await send('GET', '/api/v1/providers')).body)
})

test('a model that is unknown, or not written as author/slug, is a tool error', async () => {
  expect(await call('get-model', { model: 'no/such' })).toMatchObject({ isError: true, body: { error: { code: 404 } } })
  for (const model of ['lorem', '/lorem', 'sim/'])
    expect(await call('get-model', { model })).toMatchObject({ isError: true, body: { error: { code: 400 } } })
})

test('a message is answered and charged to the key of the caller, and its generation can be had', async () => {
  const { key, data } = await newKey()
  const client = await connectMcp({ url: gateway.url, key })
  const answer = await callTool(client, 'send-message', {
    model: 'sim/lorem',
    message: 'one two three',
    max_tokens: 5,
    'HTTP-Referer': 'https://tool.example.test/page',
    'X-OpenRouter-Title': 'A tool',
  })
  const { id, choices, usage } = answer.body as {
    id: string
    choices: { message: { content: string } }[]
    usage: { cost: number }
  }
  expect(choices[0]?.message.content).not.toBe('')
  const { body } = await callTool(client, 'get-generation', { id })
  expect(body).toMatchObject({ data: { id, total_cost: usage.cost, origin: 'https://tool.example.test' } })
  expect((await send('GET', `/api/v1/keys/${data.hash}`)).body).toMatchObject({ data: { usage: usage.cost } })
  await client.close()
})

test('a message says after the system what the user says, and the default model of the workspace answers', async () => {
  const { id } = await newWorkspace({ default_text_model: 'sim/echo' })
  const { key } = await newKey({ workspace_id: id })
  const client = await connectMcp({ url: gateway.url, key })
  const { body } = await callTool(client, 'send-message', { system: 'Be short.', message: 'Hello there' })
  expect(body).toMatchObject({ model: 'sim/echo', choices: [{ message: { content: 'Hello there' } }] })
  await client.close()
})

test('what inference refuses is a tool error with its envelope', async () => {
  const { key } = await newKey({ limit: 0 })
  await expect(spend(key)).rejects.toThrow('402')
  const client = await connectMcp({ url: gateway.url, key })
  const answer = await callTool(client, 'send-message', { model: 'sim/lorem', message: 'one' })
  expect(answer).toMatchObject({ isError: true, body: { error: { code: 402 } } })
  expect(await callTool(client, 'send-message', { model: 'no/such', message: 'x' })).toMatchObject({
    isError: true,
    body: { error: { code: 400 } },
  })
  await client.close()
})

test('a management key sends messages only with an inference key beside it', async () => {
  const input = { model: 'sim/echo', message: 'Hello' }
  const alone = await connectMcp({ url: gateway.url, key: gateway.managementKey })
  expect(await callTool(alone, 'send-message', input)).toMatchObject({ isError: true, body: { error: { code: 403 } } })
  expect((await callTool(alone, 'get-credits')).body).toEqual((await send('GET', '/api/v1/credits')).body)
  await alone.close()
  const headers = { 'x-switchyard-inference-key': gateway.inferenceKey }
  const both = await connectMcp({ url: gateway.url, key: gateway.managementKey, headers })
  expect((await callTool(both, 'send-message', input)).isError).toBe(false)
  await both.close()
})

test('the documentation is searched by what its sections say', async () => {
  const { body } = await call('search-docs', { query: 'Which environment variable sets the PostgreSQL URL?', limit: 3 })
  const { data } = body as { data: { path: string; excerpt: string }[] }
  expect(data).toHaveLength(3)
  expect(data.map(({ path }) => path)).toContain('configuration.md')
  expect(data.some(({ excerpt }) => excerpt.includes('DATABASE_URL'))).toBe(true)
  expect((await call('search-docs', { query: 'zzzqqqxxx' })).body).toEqual({ data: [] })
})
