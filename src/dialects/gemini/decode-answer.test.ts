import { expect, test } from 'vitest'
import { decodeGeminiAnswer } from './decode-answer.ts'
import { gemini } from './dialect.ts'
import { readGeminiUsage } from './read-usage.ts'

const decode = (answer: unknown) => decodeGeminiAnswer(JSON.stringify(answer))

test('a whole answer with thoughts, calls and an image', () => {
  const parts = [
    { text: 'hm', thought: true },
    { text: 'Look: ' },
    { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' },
  ]
  const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 }
  expect(
    decode({ candidates: [{ content: { parts }, finishReason: 'STOP' }], responseId: 'r1', usageMetadata }),
  ).toEqual({
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Look: ',
          refusal: null,
          reasoning: 'hm',
          reasoning_details: [
            { type: 'reasoning.text', text: 'hm', format: 'google-gemini-v1', index: 0 },
            { type: 'reasoning.encrypted', data: 'c2ln', id: 'gcall_r1_0_0', format: 'google-gemini-v1', index: 1 },
          ],
          tool_calls: [{ id: 'gcall_r1_0_0', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
          images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
        },
        finish_reason: 'tool_calls',
        native_finish_reason: 'STOP',
      },
    ],
    systemFingerprint: null,
    serviceTier: null,
    native: null,
    usage: expect.objectContaining({ promptTokens: 3, completionTokens: 4 }),
    usageRaw: usageMetadata,
    upstreamId: 'r1',
    finishReason: 'tool_calls',
    nativeFinishReason: 'STOP',
    outputBytes: 0,
  })
})

test.each([
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['MAX_TOKENS', 'length'],
  ['MALFORMED_FUNCTION_CALL', 'error'],
  ['SOMETHING_NEW', 'stop'],
])('finish reason %s is %s', (native, expected) => {
  expect(decode({ candidates: [{ finishReason: native }] })).toMatchObject({
    finishReason: expected,
    nativeFinishReason: native,
    choices: [{ message: { content: null } }],
  })
})

test('a blocked question is an answer, and nothing at all is none', () => {
  expect(decode({ promptFeedback: { blockReason: 'SAFETY' } })).toMatchObject({ finishReason: 'content_filter' })
  expect(decode({})).toBeUndefined()
  expect(decodeGeminiAnswer('<html>')).toBeUndefined()
})

test('log probabilities keep their tokens', () => {
  const token = { token: 'a', logProbability: -0.5 }
  const logprobsResult = {
    chosenCandidates: [token],
    topCandidates: [{ candidates: [token, { token: 'b', logProbability: -2 }] }],
  }
  expect(
    decode({ candidates: [{ content: { parts: [{ text: 'a' }] }, logprobsResult }] })?.choices[0]?.['logprobs'],
  ).toEqual({
    content: [
      {
        token: 'a',
        logprob: -0.5,
        bytes: null,
        top_logprobs: [
          { token: 'a', logprob: -0.5, bytes: null },
          { token: 'b', logprob: -2, bytes: null },
        ],
      },
    ],
    refusal: null,
  })
})

test.each([
  [
    'thoughts are output, and what tools read is input',
    {
      promptTokenCount: 10,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 7,
      toolUsePromptTokenCount: 3,
      totalTokenCount: 25,
    },
    { promptTokens: 13, completionTokens: 12, reasoningTokens: 7 },
  ],
  ['no output', { promptTokenCount: 10, totalTokenCount: 10 }, { promptTokens: 10, completionTokens: 0 }],
  [
    'cached and audio',
    {
      promptTokenCount: 10,
      candidatesTokenCount: 1,
      cachedContentTokenCount: 4,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 7 },
        { modality: 'AUDIO', tokenCount: 3 },
      ],
    },
    { cachedTokens: 4, audioTokens: 3 },
  ],
  [
    'more cached than there is',
    { promptTokenCount: 10, candidatesTokenCount: 1, cachedContentTokenCount: 40 },
    { cachedTokens: 10 },
  ],
])('usage: %s', (_name, usage, expected) => {
  expect(readGeminiUsage(usage)).toMatchObject(expected)
})

test.each([
  [{}],
  [null],
  [{ promptTokenCount: -1, candidatesTokenCount: 1 }],
  [{ promptTokenCount: 1, candidatesTokenCount: 0.5 }],
  [{ promptTokenCount: 1 }],
])('usage %j is not believed', (usage) => {
  expect(readGeminiUsage(usage)).toBeUndefined()
})

test('an unknown credential is no bad request of the caller', () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }]
  expect(gemini.refusalStatus?.(400, JSON.stringify({ error: { code: 400, details } }))).toBe(401)
  expect(gemini.refusalStatus?.(400, '{"error":{"code":400}}')).toBe(400)
  expect(gemini.refusalStatus?.(429, '{}')).toBe(429)
})

test('a refusal is told from an object or a list', () => {
  const error = { error: { code: 400, message: 'Bad request', status: 'INVALID_ARGUMENT' } }
  expect(gemini.errorMessage(JSON.stringify(error))).toBe('Bad request')
  expect(gemini.errorMessage(JSON.stringify([error]))).toBe('Bad request')
  expect(gemini.errorMessage('<html>')).toBeUndefined()
})
