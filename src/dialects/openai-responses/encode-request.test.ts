import { expect, test } from 'vitest'
import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { toChatPayload } from '../openai-chat/encode-request.ts'
import { encodeResponsesRequest } from './encode-request.ts'

const OPTIONS: { cappedTokens: number | null; organizationId: string } = { cappedTokens: null, organizationId: 'org' }
const MESSAGES = [{ role: 'user', content: 'Hi' }]
const INPUT = [{ type: 'message', role: 'user', content: 'Hi' }]

function endpointWith(supportedParameters: readonly string[] = []): Endpoint {
  return {
    tag: 'p',
    upstreamId: 'm-2',
    supportedParameters,
    provider: { apiKey: 'sk-provider' },
  } as unknown as Endpoint
}

function encode(fields: Record<string, unknown>, endpoint = endpointWith(), options = OPTIONS) {
  const payload = toChatPayload(ChatCompletionRequest.parse({ model: 'a/b', messages: MESSAGES, ...fields }))
  const { body, ...rest } = encodeResponsesRequest(payload, endpoint, options)
  const fromBytes = encodeResponsesRequest({ ...payload, passedOn: Buffer.from(payload.passedOn) }, endpoint, options)
  expect(String(fromBytes.body)).toBe(body)
  const { model, store, ...sent } = JSON.parse(String(body)) as Record<string, unknown>
  expect([model, store]).toEqual(['m-2', false])
  return { ...rest, sent }
}

function inputOf(messages: unknown[], endpoint = endpointWith()): unknown {
  return encode({ messages }, endpoint).sent['input']
}

test('the request goes to /responses with the key of the provider and nothing of the caller in its headers', () => {
  const { path, headers } = encode({})
  expect(path).toBe('/responses')
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'switchyard',
    authorization: 'Bearer sk-provider',
  })
})

const SCHEMA = { type: 'object', properties: {} }

test.each([
  ['the bound of the output', { max_tokens: 9 }, { max_output_tokens: 9 }],
  ['a stream', { stream: true }, { stream: true }],
  [
    'what both formats have',
    { temperature: 1, top_p: 0.5, service_tier: 'default', prompt_cache_key: 'k' },
    {
      temperature: 1,
      top_p: 0.5,
      service_tier: 'default',
      prompt_cache_key: 'k',
    },
  ],
  [
    'no null, no field that the format lacks',
    { temperature: null, stop: ['x'], seed: 1, n: 1, frequency_penalty: 1 },
    {},
  ],
  [
    'a function, not strict unless it says so',
    { tools: [{ type: 'function', function: { name: 'f' } }] },
    {
      tools: [{ type: 'function', name: 'f', parameters: SCHEMA, strict: false }],
    },
  ],
  [
    'a tool of free text',
    { tools: [{ type: 'custom', custom: { name: 'c', format: { type: 'grammar', grammar: { syntax: 'lark' } } } }] },
    { tools: [{ type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark' } }] },
  ],
  [
    'the choice of a function',
    { tool_choice: { type: 'function', function: { name: 'f' } } },
    {
      tool_choice: { type: 'function', name: 'f' },
    },
  ],
  [
    'a choice among some',
    {
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
    },
    { tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] } },
  ],
  [
    'a schema that the answer must fit',
    { response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: SCHEMA } } },
    { text: { format: { type: 'json_schema', name: 'n', strict: true, schema: SCHEMA } } },
  ],
  [
    'any JSON, and how much is said',
    { response_format: { type: 'json_object' }, verbosity: 'low' },
    {
      text: { format: { type: 'json_object' }, verbosity: 'low' },
    },
  ],
  [
    'an effort in the form of chats',
    { reasoning_effort: 'low' },
    {
      reasoning: { effort: 'low' },
      include: ['reasoning.encrypted_content'],
    },
  ],
  [
    'an effort with reasoning shown',
    { reasoning: { effort: 'high' } },
    {
      reasoning: { effort: 'high', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    },
  ],
  [
    'reasoning that is not to be shown',
    { reasoning: { enabled: true, exclude: true } },
    {
      reasoning: { effort: 'medium' },
      include: ['reasoning.encrypted_content'],
    },
  ],
  ['no reasoning', { reasoning: { enabled: false } }, { reasoning: { effort: 'none' } }],
  [
    'probabilities',
    { logprobs: true, top_logprobs: 2 },
    {
      top_logprobs: 2,
      include: ['message.output_text.logprobs'],
    },
  ],
])('%s is said in the words of the format', (_name, fields, expected) => {
  expect(encode(fields).sent).toEqual({ input: INPUT, ...expected })
})

test('what a model thinks is asked for in the form that can be sent again, where the model is known to think', () => {
  expect(encode({}, endpointWith(['reasoning'])).sent['include']).toEqual(['reasoning.encrypted_content'])
  expect(encode({ reasoning: { effort: 'none' } }, endpointWith(['reasoning'])).sent['include']).toBeUndefined()
})

test('a cap on the money wins over the bound of the caller, and the end user is a hash', () => {
  const { sent } = encode({ max_tokens: 100, user: 'ann' }, endpointWith(), { ...OPTIONS, cappedTokens: 20 })
  expect(sent['max_output_tokens']).toBe(20)
  expect(sent['user']).toMatch(/^[0-9a-f]{32}$/)
})

test('the first text of the system becomes the instructions, unless nothing else is said', () => {
  const system = { role: 'system', content: 'Be brief' }
  expect(encode({ messages: [system, ...MESSAGES] }).sent).toEqual({ instructions: 'Be brief', input: INPUT })
  expect(encode({ messages: [system] }).sent).toEqual({ input: [{ type: 'message', ...system }] })
  expect(inputOf([...MESSAGES, { role: 'developer', content: 'Later' }])).toEqual([
    ...INPUT,
    { type: 'message', role: 'developer', content: 'Later' },
  ])
})

test('pictures, files and sounds are parts of input, by link or by content', () => {
  const content = [
    { type: 'text', text: 'Look', cache_control: { type: 'ephemeral' } },
    { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } },
    { type: 'file', file: { filename: 'b.pdf', file_data: 'https://x.test/b.pdf' } },
    { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
  ]
  expect(inputOf([{ role: 'user', content }])).toEqual([
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'Look' },
        { type: 'input_image', image_url: 'https://x.test/a.png', detail: 'low' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'auto' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
        { type: 'input_file', filename: 'b.pdf', file_url: 'https://x.test/b.pdf' },
        { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
      ],
    },
  ])
})

test('a turn of the model is its reasoning, what it said and its calls, in this order; reasoning of others stays here', () => {
  const own = { id: 'rs_1', format: 'openai-responses-v1', index: 0 }
  const turn = {
    role: 'assistant',
    content: 'Let me look',
    reasoning_details: [
      { type: 'reasoning.summary', summary: 'Hm', ...own },
      { type: 'reasoning.encrypted', data: 'xyz', ...own },
      { type: 'reasoning.summary', summary: 'not encrypted', ...own, id: 'rs_2', index: 1 },
      { type: 'reasoning.encrypted', data: 'abc', id: 'other', format: 'google-gemini-v1', index: 2 },
    ],
    tool_calls: [
      { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { id: 'c2', type: 'custom', custom: { name: 'g', input: 'x' } },
    ],
  }
  const results = [
    { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'ok' }] },
  ]
  expect(inputOf([...MESSAGES, turn, ...results])).toEqual([
    ...INPUT,
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Hm' }],
      encrypted_content: 'xyz',
    },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me look' }] },
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
    { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'x' },
    { type: 'function_call_output', call_id: 'c1', output: 'sunny' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'ok' }] },
  ])
})

test('a request in the format goes on as it came, its spaces and numbers too', () => {
  const payload = toChatPayload(ChatCompletionRequest.parse({ messages: MESSAGES, user: 'ann', max_tokens: 7 }))
  const native = { dialect: 'openai-responses' as const, passedOn: '{"input": "Hi", "seed":1.00}' }
  for (const passedOn of [native.passedOn, Buffer.from(native.passedOn)]) {
    const { body } = encodeResponsesRequest({ ...payload, native: { ...native, passedOn } }, endpointWith(), OPTIONS)
    expect(String(body)).toMatch(
      /^\{"model":"m-2","store":false,"max_output_tokens":7,"user":"[0-9a-f]{32}","input": "Hi", "seed":1.00\}$/,
    )
  }
})
