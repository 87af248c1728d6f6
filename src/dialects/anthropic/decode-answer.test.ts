import { expect, test } from 'vitest'
import { decodeMessage } from './decode-answer.ts'
import { readMessagesUsage } from './read-usage.ts'

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [
    { type: 'thinking', thinking: 'hm', signature: 's' },
    { type: 'redacted_thinking', data: 'ZZ' },
    { type: 'text', text: 'One ' },
    { type: 'text', text: 'two' },
    { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 5, service_tier: 'priority' },
}

test('a message becomes a choice of a chat', () => {
  const answer = decodeMessage(JSON.stringify(MESSAGE), { kind: 'chat', isNative: false })
  const format = 'anthropic-claude-v1'
  expect(answer).toMatchObject({
    native: null,
    upstreamId: 'msg_1',
    serviceTier: 'priority',
    finishReason: 'tool_calls',
    nativeFinishReason: 'tool_use',
    outputBytes: 0,
    usage: { promptTokens: 3, completionTokens: 5 },
  })
  expect(answer?.choices).toEqual([
    {
      index: 0,
      finish_reason: 'tool_calls',
      native_finish_reason: 'tool_use',
      logprobs: null,
      message: {
        role: 'assistant',
        content: 'One two',
        reasoning: 'hm',
        reasoning_details: [
          { type: 'reasoning.text', text: 'hm', signature: 's', format, index: 0 },
          { type: 'reasoning.encrypted', data: 'ZZ', format, index: 1 },
        ],
        tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
    },
  ])
  expect(decodeMessage(JSON.stringify(MESSAGE), { kind: 'chat', isNative: true })?.native).toEqual(MESSAGE)
})

test('a refusal tells why', () => {
  const refused = { ...MESSAGE, content: [], stop_reason: 'refusal', stop_details: { explanation: 'No.' } }
  const choice = decodeMessage(JSON.stringify(refused), { kind: 'chat', isNative: false })?.choices[0]
  expect(choice).toMatchObject({ finish_reason: 'content_filter', message: { content: null, refusal: 'No.' } })
})

test.each(['', 'null', '{}', '{"type":"error","error":{}}', '{"content":"x"}'])('%s is no answer', (text) => {
  expect(decodeMessage(text, { kind: 'chat', isNative: false })).toBeUndefined()
})

test.each([
  ['plain', { input_tokens: 3, output_tokens: 5 }, [3, 5, 0, 0, 0]],
  ['a cache read', { input_tokens: 3, output_tokens: 5, cache_read_input_tokens: 100 }, [103, 5, 100, 0, 0]],
  ['a cache written', { input_tokens: 3, output_tokens: 5, cache_creation_input_tokens: 50 }, [53, 5, 0, 50, 0]],
  [
    'the two ages of a cache',
    {
      input_tokens: 3,
      output_tokens: 5,
      cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 },
    },
    [9, 5, 0, 6, 0],
  ],
  ['thoughts', { input_tokens: 3, output_tokens: 5, output_tokens_details: { thinking_tokens: 4 } }, [3, 5, 0, 0, 4]],
  [
    'more thoughts than output',
    { input_tokens: 3, output_tokens: 5, output_tokens_details: { thinking_tokens: 9 } },
    [3, 5, 0, 0, 5],
  ],
  [
    'nulls',
    { input_tokens: 3, output_tokens: 5, cache_read_input_tokens: null, cache_creation: null },
    [3, 5, 0, 0, 0],
  ],
])('usage: %s', (_name, usage, expected) => {
  const read = readMessagesUsage(usage)
  expect([
    read?.promptTokens,
    read?.completionTokens,
    read?.cachedTokens,
    read?.cacheWriteTokens,
    read?.reasoningTokens,
  ]).toEqual(expected)
})

test('of what was written to a cache, what is kept for an hour is told apart, and so is what was served faster', () => {
  const cache_creation = { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 }
  const usage = { input_tokens: 3, output_tokens: 5, cache_creation_input_tokens: 6, service_tier: 'standard' }
  expect(readMessagesUsage({ ...usage, cache_creation })).toMatchObject({ cacheWriteTokens: 6, cacheWrite1hTokens: 4 })
  expect(readMessagesUsage(usage)).not.toHaveProperty('cacheWrite1hTokens')
  expect(readMessagesUsage(usage)).toMatchObject({ serviceTier: 'default' })
  expect(readMessagesUsage({ ...usage, service_tier: 'priority' })).toMatchObject({ serviceTier: 'priority' })
  expect(readMessagesUsage({ ...usage, speed: 'fast' })).toMatchObject({ serviceTier: 'priority' })
})

test.each([
  undefined,
  {},
  { input_tokens: 1 },
  { input_tokens: -1, output_tokens: 1 },
  { input_tokens: 1.5, output_tokens: 1 },
  { input_tokens: 1e9, output_tokens: 1, cache_read_input_tokens: 1 },
  { input_tokens: '1', output_tokens: 1 },
])('usage %o is none', (usage) => expect(readMessagesUsage(usage)).toBeUndefined())
