import { expect, test } from 'vitest'
import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { toChatPayload } from '../openai-chat/encode-request.ts'
import { encodeBedrockRequest } from './encode-request.ts'

const MESSAGES = [{ role: 'user', content: 'Hi' }]
const CLAUDE = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'

function encode(fields: Record<string, unknown>, upstreamId = CLAUDE, cappedTokens: number | null = null, tag = 'b') {
  const endpoint = { tag, upstreamId, maxCompletionTokens: 8_192, provider: { apiKey: 'b' } } as unknown as Endpoint
  const payload = toChatPayload(ChatCompletionRequest.parse({ model: 'a/b', messages: MESSAGES, ...fields }))
  const request = encodeBedrockRequest(payload, endpoint, { cappedTokens, organizationId: 'org' })
  return { ...request, body: JSON.parse(String(request.body)) as Record<string, unknown> }
}

test('path, headers and body of a plain question', () => {
  expect(encode({ max_tokens: 9, temperature: 0, top_p: 0.5, stop: 'x', seed: 3, n: 1 })).toEqual({
    path: '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'switchyard' },
    body: {
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      inferenceConfig: { maxTokens: 9, temperature: 0, stopSequences: ['x'] },
    },
  })
})

test('a stream has its own path, and a bound that the money sets replaces the caller’s', () => {
  const { path, headers, body } = encode({ stream: true, max_tokens: 500 }, 'arn:aws:bedrock:eu:1:x/y', 20)
  expect(path).toBe('/model/arn%3Aaws%3Abedrock%3Aeu%3A1%3Ax%2Fy/converse-stream')
  expect(headers['accept']).toBe('application/vnd.amazon.eventstream')
  expect(body['inferenceConfig']).toEqual({ maxTokens: 20 })
})

test('instructions, images, documents and places to cache at', () => {
  const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } }
  const messages = [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }] },
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AAAA' } },
        { type: 'file', file: { filename: 'Q3: report_final.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
        { type: 'file', file: { filename: 'n.txt', file_data: 'data:text/plain,a%20b' } },
        { type: 'image_url', image_url: { url: 's3://bucket/cat.png' } },
        { type: 'text', text: '  ' },
        { type: 'text', text: 'See', ...mark },
      ],
    },
  ]
  expect(encode({ messages }).body).toEqual({
    system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
    messages: [
      {
        role: 'user',
        content: [
          { image: { format: 'jpeg', source: { bytes: 'AAAA' } } },
          { document: { format: 'pdf', name: 'Q3 report final 1', source: { bytes: 'BBBB' } } },
          { document: { format: 'txt', name: 'n 2', source: { bytes: 'YSBi' } } },
          { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/cat.png' } } } },
          { text: 'See' },
          { cachePoint: { type: 'default', ttl: '1h' } },
        ],
      },
    ],
  })
})

test('a marker for the whole request caches all of it', () => {
  expect(encode({ cache_control: { type: 'ephemeral' } }).body['messages']).toEqual([
    { role: 'user', content: [{ text: 'Hi' }, { cachePoint: { type: 'default' } }] },
  ])
})

test.each([
  [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }, 'messages.0.content.0: this provider takes'],
  [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }, 'messages.0.content.0: the type audio/wav'],
])('what it has no words for is refused with its place: %#', (part, message) => {
  expect(() => encode({ messages: [{ role: 'user', content: [part] }] })).toThrow(message)
})

const CALL = { id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }
const CALLED = [
  { role: 'user', content: 'Weather?' },
  {
    role: 'assistant',
    content: 'I look.',
    tool_calls: [CALL],
    reasoning_details: [
      { type: 'reasoning.text', text: 'hm', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'eHg=', format: 'anthropic-claude-v1', index: 1 },
      { type: 'reasoning.text', text: 'unsigned', format: 'anthropic-claude-v1', index: 2 },
      { type: 'reasoning.encrypted', data: 'other', format: 'google-gemini-v1', index: 3 },
    ],
  },
  { role: 'tool', tool_call_id: 't1', content: '{"sun":true}' },
  { role: 'tool', tool_call_id: 't2', content: 'noon' },
  { role: 'user', content: 'And?' },
]

test('calls, results and signed thoughts go back, sides take turns', () => {
  expect(encode({ messages: CALLED }).body).toEqual({
    messages: [
      { role: 'user', content: [{ text: 'Weather?' }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } } },
          { reasoningContent: { redactedContent: 'eHg=' } },
          { text: 'I look.' },
          { toolUse: { toolUseId: 't1', name: 'weather', input: { city: 'Bern' } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 't1', content: [{ json: { sun: true } }] } },
          { toolResult: { toolUseId: 't2', content: [{ text: 'noon' }] } },
          { text: 'And?' },
        ],
      },
    ],
    // What was called must be a tool, or the provider refuses.
    toolConfig: { tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }] },
  })
})

test('what the answer shall begin with has no blanks at its end', () => {
  const messages = [...MESSAGES, { role: 'assistant', content: 'It is \n' }]
  expect((encode({ messages }).body['messages'] as object[])[1]).toEqual({
    role: 'assistant',
    content: [{ text: 'It is' }],
  })
})

const TOOL = {
  type: 'function',
  function: { name: 'weather', description: 'of a city', parameters: { type: 'object' } },
  cache_control: { type: 'ephemeral' },
}
const SPEC = { toolSpec: { name: 'weather', description: 'of a city', inputSchema: { json: { type: 'object' } } } }

test.each([
  [undefined, undefined],
  ['auto', { auto: {} }],
  ['required', { any: {} }],
  [{ type: 'function', function: { name: 'weather' } }, { tool: { name: 'weather' } }],
])('tools with tool_choice %j', (choice, toolChoice) => {
  expect(encode({ tools: [TOOL], tool_choice: choice }).body['toolConfig']).toEqual({
    tools: [SPEC, { cachePoint: { type: 'default' } }],
    ...(toolChoice === undefined ? {} : { toolChoice }),
  })
})

test('tools that may not be called are left away', () => {
  expect(encode({ tools: [TOOL], tool_choice: 'none' }).body).not.toHaveProperty('toolConfig')
})

test.each([
  ['auto', 'bedrock', undefined],
  ['default', 'bedrock', { type: 'default' }],
  ['flex', 'bedrock/flex', { type: 'flex' }],
  ['fast', 'bedrock/priority', { type: 'priority' }],
  ['fast', 'bedrock', undefined],
])('service_tier %s at %s', (tier, tag, expected) => {
  expect(encode({ service_tier: tier }, CLAUDE, null, tag).body['serviceTier']).toEqual(expected)
})

test('an answer that fits a schema', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer' } } }
  const format = { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } }
  expect(encode({ response_format: format }).body['outputConfig']).toEqual({
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { name: 'x', schema: JSON.stringify(schema) } },
    },
  })
})

test.each([
  [{ reasoning: { effort: 'low' } }, 1_638],
  [{ reasoning: { effort: 'high' }, max_tokens: 2_000 }, 1_600],
  [{ reasoning: { max_tokens: 100 } }, 1_024],
  [{ reasoning: { max_tokens: 99_999 }, max_tokens: 64_000 }, 32_000],
  [{ reasoning: { max_tokens: 5_000 }, max_tokens: 3_000 }, 2_744],
])('Claude with %j thinks so many tokens', (fields, tokens) => {
  const { body } = encode({ ...fields, temperature: 0, top_k: 5 })
  expect(body['additionalModelRequestFields']).toEqual({ thinking: { type: 'enabled', budget_tokens: tokens } })
  expect(body['inferenceConfig'] ?? {}).not.toHaveProperty('temperature')
})

test.each([
  ['too little room', CLAUDE, { reasoning: { effort: 'high' }, max_tokens: 1_000 }, undefined],
  ['none wanted', CLAUDE, { reasoning: { effort: 'none' } }, undefined],
  ['other parameters', CLAUDE, { top_k: 5 }, { top_k: 5 }],
  ['a model of OpenAI', 'openai.gpt-oss-120b-1:0', { reasoning_effort: 'minimal' }, { reasoning_effort: 'low' }],
  [
    'Nova',
    'eu.amazon.nova-2-lite-v1:0',
    { reasoning: { enabled: true } },
    { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
  ],
  ['a model that has no word for it', 'meta.llama', { reasoning_effort: 'high' }, undefined],
])('what a family of models is told: %s', (_name, model, fields, expected) => {
  expect(encode(fields, model).body['additionalModelRequestFields']).toEqual(expected)
})

test.each([
  ['an older Claude', 'anthropic.claude-3-5-sonnet-20241022-v2:0', { temperature: 0.5, topP: 0.9 }],
  ['one that takes either', CLAUDE, { temperature: 0.5 }],
  ['one that takes neither', 'anthropic.claude-opus-4-7', undefined],
  ['another model', 'amazon.nova-pro-v1:0', { temperature: 0.5, topP: 0.9 }],
])('how the answer is drawn goes to %s as that takes it', (_name, upstreamId, expected) => {
  expect(encode({ temperature: 0.5, top_p: 0.9 }, upstreamId).body['inferenceConfig']).toEqual(expected)
})

test('a Claude that decides how much it thinks is told an effort, and no budget', () => {
  const { body } = encode({ reasoning: { effort: 'medium' }, max_tokens: 4_000 }, 'anthropic.claude-opus-4-7')
  expect(body['additionalModelRequestFields']).toEqual({
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'medium' },
  })
})

test('ids of calls become such as are taken there, calls and results alike', () => {
  const ids = ['call.1', 'call:1', 'x'.repeat(65), '', 'tooluse_ok']
  const tool_calls = ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } }))
  const results = ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'y' }))
  const { body } = encode({ messages: [...MESSAGES, { role: 'assistant', tool_calls }, ...results] })
  const [, said, answered] = body['messages'] as { content: Record<string, { toolUseId: string }>[] }[]
  const called = said?.content.map(({ toolUse }) => toolUse?.toolUseId ?? '') ?? []
  expect(answered?.content.map(({ toolResult }) => toolResult?.toolUseId)).toEqual(called)
  for (const id of called) expect(id).toMatch(/^[\w-]{1,64}$/)
  expect([new Set(called).size, called.at(-1)]).toEqual([5, 'tooluse_ok'])
})
