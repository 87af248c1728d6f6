import { expect, test } from 'vitest'
import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { toChatPayload } from '../openai-chat/encode-request.ts'
import { encodeGeminiRequest } from './encode-request.ts'

const UNCAPPED = { cappedTokens: null, organizationId: 'org' }
const MESSAGES = [{ role: 'user', content: 'Hi' }]

function encode(fields: Record<string, unknown>, upstreamId = 'gemini-2.5-flash', options = UNCAPPED, tag = 'p') {
  const endpoint = {
    upstreamId,
    maxCompletionTokens: 8_192,
    provider: { apiKey: 'g-secret' },
    tag,
  } as unknown as Endpoint
  const payload = toChatPayload(ChatCompletionRequest.parse({ model: 'a/b', messages: MESSAGES, ...fields }))
  const request = encodeGeminiRequest(payload, endpoint, options)
  return { ...request, body: JSON.parse(String(request.body)) as Record<string, unknown> }
}

test('path, headers and body of a plain question', () => {
  expect(encode({ temperature: 0, max_tokens: 9 })).toEqual({
    path: '/models/gemini-2.5-flash:generateContent',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'switchyard',
      'x-goog-api-key': 'g-secret',
    },
    body: {
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      generationConfig: { temperature: 0, maxOutputTokens: 9 },
    },
  })
})

test('a stream is asked for as events', () => {
  const { path, headers } = encode({ stream: true }, 'tunedModels/mine v1')
  expect(path).toBe('/models/tunedModels/mine%20v1:streamGenerateContent?alt=sse')
  expect(headers['accept']).toBe('text/event-stream')
})

test('a bound that the money sets replaces the caller’s', () => {
  const { body } = encode({ max_tokens: 500 }, undefined, { cappedTokens: 20, organizationId: 'o' } as never)
  expect(body['generationConfig']).toEqual({ maxOutputTokens: 20 })
})

test('parameters have their names there, and those without a word are left away', () => {
  const { body } = encode({
    top_p: 0.5,
    top_k: 7,
    seed: 1,
    n: 2,
    presence_penalty: 1,
    frequency_penalty: -1,
    stop: ['a', 'b'],
    logprobs: true,
    top_logprobs: 3,
    modalities: ['text', 'image'],
    logit_bias: { 5: 1 },
    min_p: 0.1,
  })
  expect(body['generationConfig']).toEqual({
    topP: 0.5,
    topK: 7,
    seed: 1,
    candidateCount: 2,
    presencePenalty: 1,
    frequencyPenalty: -1,
    stopSequences: ['a', 'b'],
    responseLogprobs: true,
    logprobs: 3,
    responseModalities: ['TEXT', 'IMAGE'],
  })
})

test('instructions of system and developer go apart; nothing but instructions is a question', () => {
  const system = [
    { role: 'system', content: 'Be brief.' },
    { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
  ]
  expect(encode({ messages: [...system, ...MESSAGES] }).body).toEqual({
    systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
  })
  expect(encode({ messages: system }).body).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] }],
  })
})

test('images, files, sound and video go as data or as addresses', () => {
  const content = [
    { type: 'text', text: 'See' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    { type: 'image_url', image_url: { url: 'https://example.com/cat.webp?size=2' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
    { type: 'input_audio', input_audio: { data: 'CCCC', format: 'mp3' } },
    { type: 'video_url', video_url: { url: 'https://example.com/v' } },
  ]
  expect(encode({ messages: [{ role: 'user', content }] }).body['contents']).toEqual([
    {
      role: 'user',
      parts: [
        { text: 'See' },
        { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
        { fileData: { mimeType: 'image/webp', fileUri: 'https://example.com/cat.webp?size=2' } },
        { inlineData: { mimeType: 'application/pdf', data: 'BBBB' } },
        { inlineData: { mimeType: 'audio/mpeg', data: 'CCCC' } },
        { fileData: { mimeType: 'video/mp4', fileUri: 'https://example.com/v' } },
      ],
    },
  ])
})

test.each([
  [[{ type: 'hologram' }], 'messages.0.content.0.type: hologram'],
  [[{ type: 'image_url', image_url: { url: 'ftp://x' } }], 'messages.0.content.0.image_url.url: must be'],
  [[{ type: 'file', file: { file_id: 'f' } }], 'messages.0.content.0.file.file_data: required'],
])('what it has no words for is refused with its place: %j', (content, message) => {
  expect(() => encode({ messages: [{ role: 'user', content }] })).toThrow(message)
})

const CALLED = [
  { role: 'user', content: 'Weather?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'gcall_r_0_0', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
      { id: 'given', type: 'function', function: { name: 'time', arguments: '' } },
    ],
  },
  { role: 'tool', tool_call_id: 'gcall_r_0_0', content: '{"sun":true}' },
  { role: 'tool', tool_call_id: 'given', content: 'noon' },
]

test('calls and results go together; ids that the provider gave go back, ours don’t', () => {
  expect(encode({ messages: CALLED }).body['contents']).toEqual([
    { role: 'user', parts: [{ text: 'Weather?' }] },
    {
      role: 'model',
      parts: [
        { functionCall: { name: 'weather', args: { city: 'Bern' } } },
        { functionCall: { id: 'given', name: 'time', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { name: 'weather', response: { sun: true } } },
        { functionResponse: { id: 'given', name: 'time', response: { result: 'noon' } } },
      ],
    },
  ])
})

test('signatures go back verbatim on what they came with', () => {
  const format = 'google-gemini-v1'
  const details = [
    { type: 'reasoning.text', text: 'hm', format, index: 0 },
    { type: 'reasoning.text', text: 'ha', signature: 'c2ln', format, index: 1 },
    { type: 'reasoning.encrypted', data: 'b2YtY2FsbA==', id: 'given', format, index: 2 },
    { type: 'reasoning.encrypted', data: 'b2YtdGV4dA==', format, index: 3 },
    { type: 'reasoning.text', text: 'no', signature: 'other', format: 'anthropic-claude-v1', index: 4 },
  ]
  const messages = [CALLED[0], { ...CALLED[1], content: 'Well', reasoning_details: details }, CALLED[2], CALLED[3]]
  const [, model] = encode({ messages }, 'gemini-3-pro').body['contents'] as { parts: object[] }[]
  expect(model?.parts).toEqual([
    { text: 'ha', thought: true, thoughtSignature: 'c2ln' },
    { text: 'Well', thoughtSignature: 'b2YtdGV4dA==' },
    {
      functionCall: { name: 'weather', args: { city: 'Bern' } },
      thoughtSignature: 'skip_thought_signature_validator',
    },
    { functionCall: { id: 'given', name: 'time', args: {} }, thoughtSignature: 'b2YtY2FsbA==' },
  ])
})

test.each([
  [{ ...CALLED[2], tool_call_id: 'nobody' }, 'no message before calls the tool nobody'],
  [
    { role: 'assistant', tool_calls: [{ id: 'x', function: { name: 'f', arguments: '[1]' } }] },
    'messages.1.tool_calls.0.function.arguments: must be the JSON of an object',
  ],
])('a conversation that can’t be told is refused: %#', (message, expected) => {
  expect(() => encode({ messages: [CALLED[0], message] })).toThrow(expected)
})

const TOOL = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'of a city',
    strict: true,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false },
  },
}

test('tools with their schemas; one without arguments has none', () => {
  const bare = { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } }
  expect(encode({ tools: [TOOL, bare, { type: 'openrouter:web_search' }] }).body['tools']).toEqual([
    {
      functionDeclarations: [
        {
          name: 'weather',
          description: 'of a city',
          parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } },
        },
        { name: 'now' },
      ],
    },
  ])
})

test.each([
  ['auto', { mode: 'AUTO' }],
  ['none', { mode: 'NONE' }],
  ['required', { mode: 'ANY' }],
  [
    { type: 'function', function: { name: 'weather' } },
    { mode: 'ANY', allowedFunctionNames: ['weather'] },
  ],
])('tool_choice %j', (choice, expected) => {
  expect(encode({ tools: [TOOL], tool_choice: choice }).body['toolConfig']).toEqual({
    functionCallingConfig: expected,
  })
})

test('an answer as JSON, with a schema or without', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] }
  const config = (format: object) => encode({ response_format: format }).body['generationConfig']
  expect(config({ type: 'json_object' })).toEqual({ responseMimeType: 'application/json' })
  expect(config({ type: 'json_schema', json_schema: { name: 'x', schema } })).toEqual({
    responseMimeType: 'application/json',
    responseSchema: { type: 'OBJECT', properties: { a: { type: 'INTEGER' } }, required: ['a'] },
  })
})

test.each([
  ['2.5-flash', { reasoning: { effort: 'low' } }, { includeThoughts: true, thinkingBudget: 1_638 }],
  ['2.5-flash', { reasoning: { effort: 'high' }, max_tokens: 1_000 }, { includeThoughts: true, thinkingBudget: 800 }],
  ['2.5-flash', { reasoning: { max_tokens: 99_999 } }, { includeThoughts: true, thinkingBudget: 24_576 }],
  ['2.5-flash', { reasoning: { enabled: true, exclude: true } }, { includeThoughts: false, thinkingBudget: 4_096 }],
  ['2.5-flash', { reasoning_effort: 'none' }, { includeThoughts: false, thinkingBudget: 0 }],
  ['2.5-pro', { reasoning: { enabled: false } }, { includeThoughts: false, thinkingBudget: 128 }],
  ['3-flash', { reasoning_effort: 'minimal' }, { includeThoughts: true, thinkingLevel: 'minimal' }],
  ['3-pro', { reasoning: { effort: 'none' } }, { includeThoughts: false, thinkingLevel: 'low' }],
  ['3-pro', { reasoning: { effort: 'xhigh' } }, { includeThoughts: true, thinkingLevel: 'high' }],
  ['3-pro', { reasoning: { max_tokens: 2_000 } }, { includeThoughts: true, thinkingBudget: 2_000 }],
])('gemini-%s with %j thinks so', (model, fields, expected) => {
  const config = encode(fields, `gemini-${model}`).body['generationConfig'] as Record<string, unknown>
  expect(config['thinkingConfig']).toEqual(expected)
})

test('who says nothing of reasoning leaves it to the model', () => {
  expect(encode({}).body).not.toHaveProperty('generationConfig')
})

test.each([
  [undefined, 'p', undefined],
  ['flex', 'p', undefined],
  ['flex', 'p/flex', 'flex'],
  ['fast', 'p/priority', 'priority'],
  ['default', 'p', 'standard'],
])('service_tier %s at %s is asked for as %s', (tier, tag, expected) => {
  expect(encode({ service_tier: tier }, 'gemini-2.5-flash', UNCAPPED, tag).body['serviceTier']).toBe(expected)
})
