import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type PlayedUpstream, playedJson, startPlayedUpstream } from '../harness/played-upstream.ts'
import { readData } from './chat-client.ts'

let upstream: PlayedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startPlayedUpstream()
  const provider = (slug: string, dialect: string, path: string) => ({
    slug,
    dialect,
    base_url: `${upstream.origin}${path}`,
    api_key: `secret-of-${slug}`,
    models: [
      {
        id: `${slug}/small`,
        upstream_id: 'small-1',
        pricing: { prompt: '0.000001', completion: '0.000002' },
        context_length: 128_000,
        max_completion_tokens: 4_096,
      },
    ],
  })
  const providers = [
    provider('claude', 'anthropic', '/v1'),
    provider('google', 'gemini', '/v1beta'),
    provider('chatty', 'openai-chat', '/v1'),
  ]
  gateway = await startGateway({ config: { providers } })
  key = await gateway.createKey({ limit: 1 })
})
beforeEach(() => {
  upstream.requests.length = 0
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const MESSAGES = [{ role: 'user' as const, content: 'How long am I?' }]
const TOOLS = [{ name: 'f', description: 'd', input_schema: { type: 'object' as const } }]

const client = () => new Anthropic({ apiKey: key, baseURL: `${gateway.url}/api`, maxRetries: 0 })

async function count(body: object, secret = key) {
  const answer = await gateway.call('POST', '/api/v1/messages/count_tokens', { key: secret, body })
  return { ...answer, by: answer.headers.get('x-switchyard-token-count') }
}

test('the official package gets the count of a provider of its format, which hears the input alone', async () => {
  upstream.play(playedJson({ input_tokens: 2_095 }))
  const asked = { model: 'claude/small', system: 'Be brief.', messages: MESSAGES, tools: TOOLS }
  expect(await client().messages.countTokens(asked)).toEqual({ input_tokens: 2_095 })
  const [heard] = upstream.requests
  expect(heard).toMatchObject({ path: '/v1/messages/count_tokens', headers: { 'x-api-key': 'secret-of-claude' } })
  expect(heard?.body).toEqual({ ...asked, model: 'small-1' })
})

test('what bounds or draws an answer does not keep a provider from counting', async () => {
  upstream.play(playedJson({ input_tokens: 7 }))
  const more = { max_tokens: 9, temperature: 1, stream: true, metadata: { user_id: 'u' }, stop_sequences: ['x'] }
  const { body, by } = await count({ model: 'claude/small', messages: MESSAGES, ...more })
  expect([body, by]).toEqual([{ input_tokens: 7 }, 'provider'])
  expect(Object.keys(upstream.requests[0]?.body ?? {}).sort()).toEqual(['messages', 'model'])
})

test('Gemini counts what it would be sent', async () => {
  upstream.play(playedJson({ totalTokens: 31 }))
  const { body, by } = await count({ model: 'google/small', system: 'Be brief.', messages: MESSAGES, tools: TOOLS })
  expect([body, by]).toEqual([{ input_tokens: 31 }, 'provider'])
  const [heard] = upstream.requests
  expect(heard?.path).toBe('/v1beta/models/small-1:countTokens')
  expect(heard?.body['generateContentRequest']).toMatchObject({
    model: 'models/small-1',
    contents: [{ role: 'user', parts: [{ text: 'How long am I?' }] }],
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
  })
})

test('for a provider that cannot count it is a quarter of the bytes, and nobody is asked', async () => {
  const asked = { model: 'chatty/small', messages: MESSAGES }
  const { body, by } = await count(asked)
  expect([body, by]).toEqual([{ input_tokens: Math.ceil(JSON.stringify(asked).length / 4) }, 'estimate'])
  expect(upstream.requests).toHaveLength(0)
})

test.each([
  ['refuses', { ...playedJson({ type: 'error', error: { type: 'not_found_error', message: 'x' } }), status: 404 }],
  ['answers something else', playedJson({ tokens: 5 })],
  ['answers no JSON', { contentType: 'text/html', body: ['<html>'] }],
])('where the provider %s it is an estimate', async (_name, answer) => {
  upstream.play(answer)
  const { status, by } = await count({ model: 'claude/small', messages: MESSAGES })
  expect([status, by, upstream.requests.length]).toEqual([200, 'estimate', 1])
})

test('nothing is charged and nothing is on record', async () => {
  const own = await gateway.createKey({ limit: 1 })
  upstream.play(playedJson({ input_tokens: 7 }))
  const { headers } = await count({ model: 'claude/small', messages: MESSAGES }, own)
  expect(headers.get('x-generation-id')).toBeNull()
  expect(await readData(gateway, '/api/v1/key', own)).toMatchObject({ usage: 0, limit_remaining: 1 })
})

test('a key, its rate and what it may ask count as for the request itself, in errors of this format', async () => {
  const asked = { model: 'claude/small', messages: MESSAGES }
  const refused = async (body: object, secret: string) => {
    const answer = await count(body, secret)
    return [answer.status, (answer.body as { error: { type: string } }).error.type]
  }
  expect(await refused(asked, 'sk-or-v1-unknown')).toEqual([401, 'authentication_error'])
  expect(await refused({ ...asked, messages: [] }, key)).toEqual([400, 'invalid_request_error'])
  expect(await refused({ ...asked, model: 'nobody/none' }, key)).toEqual([400, 'invalid_request_error'])
  const slow = await gateway.createKey({ rate_limit_rpm: 1 })
  expect((await count({ ...asked, model: 'chatty/small' }, slow)).status).toBe(200)
  expect(await refused(asked, slow)).toEqual([429, 'rate_limit_error'])
  const bound = await gateway.createKey({ allowed_models: ['chatty/*'] })
  const [status] = await refused(asked, bound)
  expect([status, upstream.requests.length]).toEqual([404, 0])
})

test('what content filters would have to look through goes to nobody to be counted', async () => {
  const { default_guardrail_id: id } = await readData(gateway, '/api/v1/workspaces/default')
  const path = `/api/v1/guardrails/${String(id)}`
  const filters = [{ slug: 'email', action: 'redact' }]
  await gateway.call('PATCH', path, { body: { content_filter_builtins: filters } })
  await expect
    .poll(async () => {
      upstream.requests.length = 0
      const { by } = await count({ model: 'claude/small', messages: MESSAGES })
      return [by, upstream.requests.length]
    })
    .toEqual(['estimate', 0])
  await gateway.call('PATCH', path, { body: { content_filter_builtins: null } })
})
