import { expect, test } from 'vitest'
import { decodeBedrockAnswer } from './decode-answer.ts'
import { bedrock } from './dialect.ts'
import { readBedrockUsage } from './read-usage.ts'

const decode = (answer: unknown) => decodeBedrockAnswer(JSON.stringify(answer))

test('a whole answer with thoughts and calls', () => {
  const content = [
    { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
    { reasoningContent: { redactedContent: 'eHg=' } },
    { text: 'I look.' },
    { toolUse: { toolUseId: 't1', name: 'f', input: { a: 1 } } },
  ]
  const usage = { inputTokens: 3, outputTokens: 4, totalTokens: 7 }
  const format = 'anthropic-claude-v1'
  expect(decode({ output: { message: { role: 'assistant', content } }, stopReason: 'tool_use', usage })).toEqual({
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'I look.',
          refusal: null,
          reasoning: 'hm',
          reasoning_details: [
            { type: 'reasoning.text', text: 'hm', signature: 'c2ln', format, index: 0 },
            { type: 'reasoning.encrypted', data: 'eHg=', format, index: 1 },
          ],
          tool_calls: [{ id: 't1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        finish_reason: 'tool_calls',
        native_finish_reason: 'tool_use',
      },
    ],
    systemFingerprint: null,
    serviceTier: null,
    native: null,
    usage: expect.objectContaining({ promptTokens: 3, completionTokens: 4 }),
    usageRaw: usage,
    upstreamId: null,
    finishReason: 'tool_calls',
    nativeFinishReason: 'tool_use',
    outputBytes: 0,
  })
})

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
  ['malformed_tool_use', 'error'],
  ['something_new', 'stop'],
])('stop reason %s is %s', (native, expected) => {
  const answer = { output: { message: { content: [{ text: 'x' }] } }, stopReason: native }
  expect(decode(answer)).toMatchObject({ finishReason: expected, nativeFinishReason: native, outputBytes: 49 })
})

test('what is no answer is none', () => {
  expect(decode({ message: 'no' })).toBeUndefined()
  expect(decodeBedrockAnswer('<html>')).toBeUndefined()
})

test('what was read from a cache or written to it comes on top of the input', () => {
  const usage = { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 100, cacheWriteInputTokens: 50 }
  expect(readBedrockUsage(usage)).toMatchObject({
    promptTokens: 160,
    completionTokens: 5,
    cachedTokens: 100,
    cacheWriteTokens: 50,
  })
})

test.each([[null], [{}], [{ inputTokens: -1, outputTokens: 2 }], [{ inputTokens: 1, outputTokens: '2' }]])(
  'usage %j is not believed',
  (usage) => expect(readBedrockUsage(usage)).toBeUndefined(),
)

test.each([
  [424, 502],
  [408, 504],
  [429, 429],
])('a refusal with %d means %d', (status, expected) => {
  expect(bedrock.refusalStatus?.(status, '{}')).toBe(expected)
})

test('a refusal says why, in either spelling', () => {
  expect(bedrock.errorMessage('{"message":"Too long"}')).toBe('Too long')
  expect(bedrock.errorMessage('{"Message":"Not allowed"}')).toBe('Not allowed')
  expect(bedrock.errorMessage('<html>')).toBeUndefined()
})
