import { expect, test } from 'vitest'
import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { toChatPayload } from '../openai-chat/encode-request.ts'
import { encodeMessagesRequest } from './encode-request.ts'

type Fields = Record<string, unknown>

const HELLO = [{ role: 'user', content: 'Hi' }]
const HELLO_ENCODED = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]
const UNCAPPED = { cappedTokens: null, organizationId: 'org' }

function endpoint(fields: Fields = {}): Endpoint {
  return {
    upstreamId: 'claude-sonnet-4-5',
    maxCompletionTokens: 10_000,
    supportedParameters: [],
    provider: { apiKey: 'sk-ant' },
    ...fields,
    tag: 'p',
  } as unknown as Endpoint
}

function encode(fields: Fields, { at = {}, beta = null as string | null, capped = null as number | null } = {}) {
  const payload = toChatPayload(ChatCompletionRequest.parse({ model: 'a/b', messages: HELLO, ...fields }))
  const options = { ...UNCAPPED, cappedTokens: capped }
  const asText = encodeMessagesRequest({ ...payload, anthropicBeta: beta }, endpoint(at), options)
  const bytes = { ...payload, anthropicBeta: beta, passedOn: Buffer.from(payload.passedOn) }
  expect(String(encodeMessagesRequest(bytes, endpoint(at), options).body)).toBe(asText.body)
  return { ...asText, body: JSON.parse(String(asText.body)) as Fields }
}

const messages = (...list: Fields[]) => encode({ messages: list }).body['messages']
const FUNCTION = { name: 'f', description: 'd', parameters: { type: 'object', properties: { x: {} } }, strict: true }
const TOOLS = [{ type: 'function', function: FUNCTION }]
const TOOL = { name: 'f', description: 'd', input_schema: FUNCTION.parameters }

test('a plain chat becomes messages, with the provider’s key and the bound that the format demands', () => {
  const { path, headers, body } = encode({ stream: true, seed: 7, logit_bias: {}, n: 1 })
  expect(path).toBe('/messages')
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'user-agent': 'switchyard',
    'anthropic-version': '2023-06-01',
    'x-api-key': 'sk-ant',
  })
  expect(body).toEqual({ model: 'claude-sonnet-4-5', max_tokens: 10_000, stream: true, messages: HELLO_ENCODED })
})

test.each<[string, Fields, Fields, Fields]>([
  ['the caller’s own', { max_tokens: 50 }, {}, { max_tokens: 50 }],
  ['never more than the model gives', { max_tokens: 50_000 }, {}, { max_tokens: 10_000 }],
  ['what the money allows', { max_tokens: 50 }, { capped: 20 }, { max_tokens: 20 }],
  [
    'one that all models allow, where nobody names any',
    {},
    { at: { maxCompletionTokens: null } },
    { max_tokens: 4_096 },
  ],
])('the bound of the output is %s', (_name, fields, options, expected) => {
  expect(encode(fields, options).body).toMatchObject(expected)
})

test.each<[string, Fields, Fields]>([
  ['sampling, within this format’s range', { temperature: 1.5, top_p: 0.5, top_k: 3 }, { temperature: 1, top_k: 3 }],
  ['no choice among the likeliest, where that is off', { top_k: 0 }, {}],
  ['one end', { stop: 'x' }, { stop_sequences: ['x'] }],
  ['ends, without those that the format refuses', { stop: ['x', ' ', 'y'] }, { stop_sequences: ['x', 'y'] }],
  ['tools', { tools: TOOLS }, { tools: [TOOL] }],
  [
    'a tool without parameters',
    { tools: [{ type: 'function', function: { name: 'g' } }] },
    { tools: [{ name: 'g', input_schema: { type: 'object', properties: {} } }] },
  ],
  [
    'a cache marker on a tool',
    { tools: [{ type: 'function', function: { name: 'g' }, cache_control: { type: 'ephemeral', ttl: '1h' } }] },
    {
      tools: [
        {
          name: 'g',
          input_schema: { type: 'object', properties: {} },
          cache_control: { type: 'ephemeral', ttl: '1h' },
        },
      ],
    },
  ],
  [
    'a tool that must be called',
    { tools: TOOLS, tool_choice: 'required' },
    { tools: [TOOL], tool_choice: { type: 'any' } },
  ],
  ['no tool', { tools: TOOLS, tool_choice: 'none' }, { tools: [TOOL], tool_choice: { type: 'none' } }],
  [
    'this tool, and no other beside it',
    { tools: TOOLS, tool_choice: { type: 'function', function: { name: 'f' } }, parallel_tool_calls: false },
    { tools: [TOOL], tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
  ],
  [
    'one tool at a time',
    { tools: TOOLS, parallel_tool_calls: false },
    { tools: [TOOL], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  ],
  ['no choice of tools without tools', { tool_choice: 'auto' }, {}],
  [
    'a schema of the answer',
    { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } } },
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
  ],
  ['a cache marker at the top', { cache_control: { type: 'ephemeral' } }, { cache_control: { type: 'ephemeral' } }],
  ['the end user, as a hash', { user: 'jane' }, { metadata: { user_id: expect.stringMatching(/^[0-9a-f]{32}$/) } }],
])('%s', (_name, fields, expected) => {
  const { model: _model, max_tokens: _max, messages: _messages, ...rest } = encode(fields).body
  expect(rest).toEqual(expected)
})

test('names of beta features go on, and with that of strict tools so does the wish for them', () => {
  const { headers, body } = encode({ tools: TOOLS }, { beta: 'structured-outputs-2025-11-13' })
  expect(headers['anthropic-beta']).toBe('structured-outputs-2025-11-13')
  expect(body['tools']).toEqual([{ ...TOOL, strict: true }])
})

test('verbosity is told to models that know it', () => {
  const at = { supportedParameters: ['verbosity'] }
  expect(encode({ verbosity: 'low' }, { at }).body['output_config']).toEqual({ effort: 'low' })
  expect(encode({ verbosity: 'low' }).body).not.toHaveProperty('output_config')
})

test('what the system says stands apart, and those who speak take turns', () => {
  const { system, messages: turns } = encode({
    messages: [
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'user', content: [{ type: 'text', text: 'c', cache_control: { type: 'ephemeral' } }] },
      { role: 'developer', content: 'd' },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: 'e ' },
    ],
  }).body
  expect(system).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'd' },
  ])
  expect(turns).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'b' },
        { type: 'text', text: 'c', cache_control: { type: 'ephemeral' } },
      ],
    },
    // What the model goes on from ends in no space, which the format refuses.
    { role: 'assistant', content: [{ type: 'text', text: 'e' }] },
  ])
})

test('tool calls and what tools answered keep together, with ids that the format takes', () => {
  const call = (id: string, text: string) => ({ id, type: 'function', function: { name: 'f', arguments: text } })
  const answer = (id: string, content: unknown) => ({ role: 'tool', tool_call_id: id, content })
  expect(
    messages(
      { role: 'user', content: 'go' },
      { role: 'assistant', content: null, tool_calls: [call('a:1', '{"x":[1]}'), call('b', '')] },
      answer('a:1', 'one'),
      answer('b', [{ type: 'text', text: 'two', cache_control: { type: 'ephemeral' } }]),
      { role: 'user', content: 'and?' },
    ),
  ).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'go' }] },
    {
      role: 'assistant',
      content: [
        { type: 'tool_use', id: 'a_1', name: 'f', input: { x: [1] } },
        { type: 'tool_use', id: 'b', name: 'f', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a_1', content: 'one' },
        {
          type: 'tool_result',
          tool_use_id: 'b',
          content: [{ type: 'text', text: 'two' }],
          cache_control: { type: 'ephemeral' },
        },
        { type: 'text', text: 'and?' },
      ],
    },
  ])
})

test('pictures and files go by address or in base64', () => {
  const url = 'https://x.test/a'
  const picture = (address: string) => ({ type: 'image_url', image_url: { url: address } })
  const file = (address: string) => ({ type: 'file', file: { filename: 'f', file_data: address } })
  const content = [
    picture(url),
    picture('data:image/png;base64,AAAA'),
    file(url),
    file('data:application/pdf;base64,BBBB'),
    file('data:text/plain;base64,aGk='),
  ]
  expect(messages({ role: 'user', content })).toEqual([
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'url', url } },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        { type: 'document', title: 'f', source: { type: 'url', url } },
        { type: 'document', title: 'f', source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' } },
        { type: 'document', title: 'f', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
      ],
    },
  ])
})

test.each<[string, Fields, string]>([
  ['sound', { role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }, 'messages.0.content.0'],
  ['video', { role: 'user', content: [{ type: 'video_url' }] }, 'messages.0.content.0'],
  [
    'a picture from nowhere',
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] },
    'image_url.url',
  ],
  [
    'a file of another kind',
    { role: 'user', content: [{ type: 'file', file: { file_data: 'data:a/b;base64,A' } }] },
    'file_data',
  ],
  ['functions of old', { role: 'function', name: 'f', content: 'x' }, 'messages.0.role'],
  [
    'a call that is no JSON',
    { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{' } }] },
    'messages.0.tool_calls.0.function.arguments',
  ],
])('%s is refused by its name', (_name, message, path) => {
  expect(() => messages(message)).toThrow(path)
})

test('what Claude thought goes back as it was signed, whole or in the pieces of a stream; other thoughts stay away', () => {
  const format = 'anthropic-claude-v1'
  const detail = (fields: Fields) => ({ type: 'reasoning.text', format, ...fields })
  const [turn] = messages({
    role: 'assistant',
    content: 'done.',
    reasoning: 'whatever',
    reasoning_details: [
      detail({ text: 'one', signature: 's1', index: 0 }),
      detail({ text: 'tw', index: 1 }),
      detail({ text: 'o', index: 1 }),
      detail({ signature: 's2', index: 1 }),
      { type: 'reasoning.encrypted', data: 'ZZ==', format, index: 2 },
      { type: 'reasoning.text', text: 'of others', format: 'unknown', signature: 'x' },
      { type: 'reasoning.summary', summary: 'short' },
      detail({ text: 'unsigned', index: 3 }),
    ],
  }) as [Fields]
  expect(turn['content']).toEqual([
    { type: 'thinking', thinking: 'one', signature: 's1' },
    { type: 'thinking', thinking: 'two', signature: 's2' },
    { type: 'redacted_thinking', data: 'ZZ==' },
    { type: 'text', text: 'done.' },
  ])
})

test.each<[string, Fields, number | undefined]>([
  ['an effort is a share of the output', { reasoning: { effort: 'high' } }, 8_000],
  ['so is one in the older form', { reasoning_effort: 'low' }, 2_000],
  ['of which there is a least', { reasoning: { effort: 'minimal' } }, 1_024],
  ['or it is told in tokens', { reasoning: { max_tokens: 3_000 } }, 3_000],
  ['which leave room for the answer', { reasoning: { max_tokens: 90_000 } }, 9_999],
  ['that it shall think is medium', { reasoning: { enabled: true } }, 5_000],
  ['not to think', { reasoning: { effort: 'none' } }, undefined],
  ['not to think either', { reasoning: { enabled: false, max_tokens: 2_000 } }, undefined],
  ['no room for thoughts', { reasoning: { effort: 'high' }, max_tokens: 1_024 }, undefined],
  ['a tool that must be called', { reasoning: { effort: 'high' }, tools: TOOLS, tool_choice: 'required' }, undefined],
])('thinking: %s', (_name, fields, budget) => {
  expect(encode(fields).body['thinking']).toEqual(
    budget === undefined ? undefined : { type: 'enabled', budget_tokens: budget },
  )
})

test('a model that thinks takes no temperature, and less of the unlikely', () => {
  const { body } = encode({ reasoning: { effort: 'high' }, temperature: 0.5, top_k: 5, top_p: 0.5 })
  expect(body).not.toHaveProperty('temperature')
  expect(body).not.toHaveProperty('top_k')
  expect(body).not.toHaveProperty('top_p')
  expect(encode({ reasoning: { effort: 'high' }, top_p: 0.97 }).body['top_p']).toBe(0.97)
})

test('while tools answer, a model begins to think only from thoughts that it has', () => {
  const call = { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] }
  const answer = { role: 'tool', tool_call_id: 'a', content: 'x' }
  const thoughts = [{ type: 'reasoning.text', text: 't', signature: 's' }]
  const reasoning = { effort: 'high' }
  const thinking = (...list: Fields[]) => encode({ reasoning, messages: [...HELLO, ...list] }).body['thinking']
  expect(thinking(call, answer)).toBeUndefined()
  expect(thinking({ ...call, reasoning_details: thoughts }, answer)).toBeDefined()
  expect(thinking(call, answer, { role: 'assistant', content: 'so' }, { role: 'user', content: '?' })).toBeDefined()
})

test.each<[string, Fields, Fields | undefined, Fields | undefined]>([
  ['claude-sonnet-4-6', { effort: 'high' }, { type: 'adaptive' }, { effort: 'high' }],
  ['claude-opus-4-6', { effort: 'xhigh' }, { type: 'adaptive' }, { effort: 'high' }],
  ['claude-opus-4-7', { effort: 'xhigh' }, { type: 'adaptive', display: 'summarized' }, { effort: 'xhigh' }],
  [
    'claude-sonnet-5',
    { effort: 'minimal', exclude: true },
    { type: 'adaptive', display: 'omitted' },
    { effort: 'low' },
  ],
  ['claude-fable-5-1', { max_tokens: 6_000 }, { type: 'adaptive', display: 'summarized' }, { effort: 'medium' }],
  ['claude-fable-5-1', { enabled: true }, { type: 'adaptive', display: 'summarized' }, { effort: 'medium' }],
  ['claude-fable-5-1', { effort: 'none' }, undefined, undefined],
])('%s decides itself how much it thinks: %o', (upstreamId, reasoning, thinking, config) => {
  const { body } = encode({ reasoning, temperature: 0.5 }, { at: { upstreamId } })
  expect([body['thinking'], body['output_config']]).toEqual([thinking, config])
  if (!upstreamId.includes('4-6')) expect(body).not.toHaveProperty('temperature')
})

test('what came in this format goes on as it came', () => {
  const payload = toChatPayload(
    ChatCompletionRequest.parse({ model: 'a/b', messages: HELLO, user: 'jane', max_tokens: 9 }),
  )
  const passedOn = '{ "messages" : [1.0, 12345678901234567890] ,"x":"\\u00e9"}'
  const native = { dialect: 'anthropic', passedOn } as const
  const { body } = encodeMessagesRequest({ ...payload, native }, endpoint(), UNCAPPED)
  expect(body).toMatch(
    /^\{"model":"claude-sonnet-4-5","max_tokens":9,"metadata":\{"user_id":"[0-9a-f]{32}"\}, "messages"/,
  )
  expect(String(body).endsWith(passedOn.slice(1))).toBe(true)
})

test.each([
  [
    'an older model takes both',
    'claude-3-5-sonnet',
    { temperature: 0.5, top_p: 0.9 },
    { temperature: 0.5, top_p: 0.9 },
  ],
  [
    'one that takes either gets the temperature',
    'claude-opus-4-1',
    { temperature: 0.5, top_p: 0.9 },
    { temperature: 0.5 },
  ],
  ['but not a usual one', 'claude-sonnet-4-6', { temperature: 1, top_p: 0.9 }, { top_p: 0.9 }],
  ['one alone goes on', 'claude-sonnet-4-5', { top_p: 0.9 }, { top_p: 0.9 }],
])('how the answer is drawn: %s', (_name, upstreamId, given, expected) => {
  const { temperature, top_p } = encode(given, { at: { upstreamId } }).body
  expect({ temperature, top_p }).toEqual({ temperature: undefined, top_p: undefined, ...expected })
})

test('texts of nothing but blanks stay here, and instructions alone are a question', () => {
  const blank = { role: 'assistant', content: ' \n' }
  const parts = {
    role: 'user',
    content: [
      { type: 'text', text: '\t' },
      { type: 'text', text: ' Hi ' },
    ],
  }
  expect(messages(blank, parts)).toEqual([{ role: 'user', content: [{ type: 'text', text: ' Hi ' }] }])
  const { body } = encode({ messages: [{ role: 'system', content: 'Say hi.' }] })
  expect(body['messages']).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Say hi.' }] }])
  expect(body).not.toHaveProperty('system')
})
