import { expect, test } from 'vitest'
import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { encodeChatRequest, toChatPayload } from './encode-request.ts'

const endpoint = { tag: 'p', upstreamId: 'small-2', provider: { apiKey: 'sk-provider' } } as unknown as Endpoint
const MESSAGES = [{ role: 'user', content: 'Hi', name: 'x' }]
const UNCAPPED = { cappedTokens: null, organizationId: 'org' }

function sent(
  fields: Record<string, unknown>,
  options = UNCAPPED as { cappedTokens: number | null; organizationId: string },
) {
  const payload = toChatPayload(ChatCompletionRequest.parse({ model: 'a/b', messages: MESSAGES, ...fields }))
  const asText = encodeChatRequest(payload, endpoint, options)
  const asBytes = encodeChatRequest({ ...payload, passedOn: Buffer.from(payload.passedOn) }, endpoint, options)
  expect(String(asBytes.body)).toBe(asText.body)
  return { ...asText, body: JSON.parse(String(asText.body)) as Record<string, unknown> }
}

test.each([
  ['fields that the gateway does not know', { seed: 7, logit_bias: { 5: 1 } }, { seed: 7, logit_bias: { 5: 1 } }],
  [
    'the bound of the output, under the name the caller chose',
    { max_completion_tokens: 9 },
    { max_completion_tokens: 9 },
  ],
  ['an effort of reasoning, in the form providers take', { reasoning: { effort: 'low' } }, { reasoning_effort: 'low' }],
  ['an effort in that form already', { reasoning_effort: 'high' }, { reasoning_effort: 'high' }],
  ['what makes a stream tell its usage', { stream: true }, { stream: true, stream_options: { include_usage: true } }],
])('%s goes upstream', (_name, fields, expected) => {
  expect(sent(fields).body).toEqual({ model: 'small-2', messages: MESSAGES, ...expected })
})

test('what is between the caller and the gateway does not go upstream, and the end user only as a hash', () => {
  const own = {
    models: ['c/d'],
    provider: { zdr: true },
    usage: { include: true },
    session_id: 's',
    metadata: { a: 'b' },
  }
  const { body } = sent({ ...own, user: 'jane@example.com', stream: false })
  expect(body).toEqual({ model: 'small-2', messages: MESSAGES, user: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(sent({ safety_identifier: 'jane@example.com' }).body).toEqual(body)
})

test('a bound that the money sets replaces the caller’s', () => {
  expect(sent({ max_tokens: 500 }, { cappedTokens: 20, organizationId: 'org' }).body['max_tokens']).toBe(20)
  expect(sent({}, { cappedTokens: 20, organizationId: 'org' }).body['max_tokens']).toBe(20)
})

test('headers are the gateway’s own, with the provider’s key', () => {
  expect(sent({ stream: true }).headers).toEqual({
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'user-agent': 'switchyard',
    authorization: 'Bearer sk-provider',
  })
})
