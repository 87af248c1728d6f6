import { expect, test } from 'vitest'
import type { Endpoint } from '../../domain/catalogue.ts'
import { openaiChat } from '../openai-chat/dialect.ts'
import { readRequestTexts } from '../openai-chat/request-texts.ts'
import { anthropic } from './dialect.ts'
import { parseMessagesRequest } from './parse-request.ts'

type Fields = Record<string, unknown>

const HELLO = [{ role: 'user', content: 'Hi' }]
const OPTIONS = { cappedTokens: null, organizationId: 'org' }
const ENDPOINT = {
  upstreamId: 'up',
  maxCompletionTokens: null,
  supportedParameters: [] as string[],
  provider: { apiKey: null },
  tag: 'p',
} as unknown as Endpoint

const parse = (fields: Fields) =>
  parseMessagesRequest(Buffer.from(JSON.stringify({ model: 'a/b', messages: HELLO, ...fields })), null)
const chatOf = (fields: Fields) => JSON.parse(String(parse(fields).payload.passedOn)) as Fields
const sentAsChat = (fields: Fields, endpoint = ENDPOINT) =>
  JSON.parse(String(openaiChat.encode(parse(fields).payload, endpoint, OPTIONS).body)) as Fields
const marker = { type: 'ephemeral', ttl: '1h' }

test('to a provider of the same format the request goes as it came, but for what is the gateway’s', () => {
  const text = `{
    "model": "a/b", "max_tokens" : 100, "stream":true, "metadata":{"user_id":"jane"}, "provider": {"only":["x"]},
    "messages": [ {"role":"user","content":[{"type":"text","text":"\\u00fc","cache_control":{"type":"ephemeral"}}]} ],
    "top_p": 1.0, "x_new": {"big": 12345678901234567890}, "fallbacks":[{"model":"c/d"}]
  }`
  const { payload, models, provider } = parseMessagesRequest(Buffer.from(text), null)
  expect(models).toEqual(['a/b', 'c/d'])
  expect(provider).toEqual({ only: ['x'] })
  const { body } = anthropic.encode(payload, ENDPOINT, OPTIONS)
  const [own, ...rest] = String(body).split(',"messages"')
  expect(JSON.parse(`${own}}`)).toEqual({
    model: 'up',
    max_tokens: 100,
    metadata: { user_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
    stream: true,
  })
  expect(rest).toEqual([
    ': [ {"role":"user","content":[{"type":"text","text":"\\u00fc","cache_control":{"type":"ephemeral"}}]} ],"top_p": 1.0,"x_new": {"big": 12345678901234567890}}',
  ])
})

test.each<[string, Fields, Fields]>([
  ['what the system says', { system: 'x' }, { messages: [{ role: 'system', content: 'x' }, ...HELLO] }],
  [
    'what the system says in parts, with its marker',
    { system: [{ type: 'text', text: 'x', cache_control: marker }] },
    { messages: [{ role: 'system', content: [{ type: 'text', text: 'x', cache_control: marker }] }, ...HELLO] },
  ],
  ['sampling', { temperature: 0.5, top_p: 0.6, top_k: 7 }, { temperature: 0.5, top_p: 0.6, top_k: 7 }],
  ['ends', { stop_sequences: ['a'] }, { stop: ['a'] }],
  [
    'tools',
    { tools: [{ name: 'f', description: 'd', input_schema: { type: 'object' }, cache_control: marker }] },
    {
      tools: [
        {
          type: 'function',
          function: { name: 'f', description: 'd', parameters: { type: 'object' } },
          cache_control: marker,
        },
      ],
    },
  ],
  [
    'a provider’s own tool',
    { tools: [{ type: 'bash_20250124', name: 'bash' }] },
    { tools: [{ type: 'bash_20250124', name: 'bash' }] },
  ],
  ['any tool', { tool_choice: { type: 'any' } }, { tool_choice: 'required' }],
  ['no tool', { tool_choice: { type: 'none' } }, { tool_choice: 'none' }],
  [
    'one tool, alone',
    { tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
    { tool_choice: { type: 'function', function: { name: 'f' } }, parallel_tool_calls: false },
  ],
  [
    'a schema',
    { output_config: { format: { type: 'json_schema', schema: { a: 1 } } } },
    { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { a: 1 } } } },
  ],
  ['a marker', { cache_control: marker }, { cache_control: marker }],
])('in a chat: %s', (_name, fields, expected) => expect(chatOf(fields)).toEqual({ messages: HELLO, ...expected }))

test.each<[string, Fields, Fields | null]>([
  ['nothing', {}, null],
  [
    'a budget',
    { max_tokens: 1_000, thinking: { type: 'enabled', budget_tokens: 900 } },
    { effort: 'high', max_tokens: 900 },
  ],
  ['none', { thinking: { type: 'disabled' } }, { enabled: false }],
  ['as it likes', { thinking: { type: 'adaptive' } }, { enabled: true }],
  ['with an effort', { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }, { effort: 'max' }],
])('thinking is reasoning: %s', (_name, fields, expected) => {
  expect(parse(fields).payload.reasoning).toEqual(expected)
})

test('who is behind it is told by either name', () => {
  expect(parse({ metadata: { user_id: 'u' } }).payload.user).toBe('u')
  expect(parse({ metadata: { user_id: 'u' }, user: 'v' }).payload.user).toBe('v')
})

const CONVERSATION = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'look', cache_control: marker },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
      { type: 'image', source: { type: 'url', url: 'https://x.test/a' } },
      { type: 'document', title: 't.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'BB' } },
      { type: 'document', title: 'T', context: 'C', source: { type: 'text', media_type: 'text/plain', data: 'body' } },
    ],
  },
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'redacted_thinking', data: 'ZZ' },
      { type: 'text', text: 'calling' },
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { type: 'tool_use', id: 'b', name: 'g', input: {} },
    ],
  },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'a', content: 'one' },
      {
        type: 'tool_result',
        tool_use_id: 'b',
        content: [
          { type: 'text', text: 'two' },
          { type: 'image', source: { type: 'url', url: 'https://x.test/b' } },
        ],
      },
      { type: 'text', text: 'so?' },
    ],
  },
]
const PARTS = {
  pictures: [
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
    { type: 'image_url', image_url: { url: 'https://x.test/a' } },
    { type: 'file', file: { filename: 't.pdf', file_data: 'data:application/pdf;base64,BB' } },
  ],
  result: { type: 'image_url', image_url: { url: 'https://x.test/b' } },
  calls: [
    { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
    { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
  ],
}
const text = (said: string) => ({ type: 'text', text: said })

test('a whole conversation in a chat keeps what only this format knows', () => {
  const { messages } = chatOf({ messages: CONVERSATION }) as { messages: Fields[] }
  expect(messages).toEqual([
    {
      role: 'user',
      content: [{ ...text('look'), cache_control: marker }, ...PARTS.pictures, text('T'), text('C'), text('body')],
    },
    {
      role: 'assistant',
      content: [text('calling')],
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', signature: 's', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'ZZ', format: 'anthropic-claude-v1', index: 1 },
      ],
      tool_calls: PARTS.calls,
    },
    { role: 'tool', tool_call_id: 'a', content: 'one' },
    { role: 'tool', tool_call_id: 'b', content: [text('two')] },
    { role: 'user', content: [PARTS.result, text('so?')] },
  ])
})

test('providers of chats get the same conversation in words that they know', () => {
  expect(sentAsChat({ messages: CONVERSATION, top_k: 3, cache_control: marker })).toEqual({
    model: 'up',
    messages: [
      { role: 'user', content: [text('look'), ...PARTS.pictures, text('T'), text('C'), text('body')] },
      { role: 'assistant', content: 'calling', tool_calls: PARTS.calls },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      { role: 'user', content: [PARTS.result, text('so?')] },
    ],
  })
})

test('reasoning is asked of providers of chats only where the endpoint takes it', () => {
  const thinking = { type: 'enabled', budget_tokens: 900 }
  const taking = { ...ENDPOINT, supportedParameters: ['reasoning', 'top_k'] }
  expect(sentAsChat({ thinking, max_tokens: 1_000 })).not.toHaveProperty('reasoning_effort')
  expect(sentAsChat({ thinking, max_tokens: 1_000, top_k: 3 }, taking)).toMatchObject({
    reasoning_effort: 'high',
    top_k: 3,
  })
})

test('back in its own format, as after a filter has changed a text, a conversation means the same', () => {
  const { payload } = parse({ messages: CONVERSATION, system: 's', max_tokens: 50 })
  const { body } = anthropic.encode({ ...payload, native: null }, ENDPOINT, OPTIONS)
  const sent = JSON.parse(String(body)) as { system: unknown; messages: Fields[] }
  expect(sent.system).toEqual([text('s')])
  expect(sent.messages[1]).toEqual(CONVERSATION[1])
  expect(sent.messages[2]?.['content']).toEqual([
    { type: 'tool_result', tool_use_id: 'a', content: 'one' },
    { type: 'tool_result', tool_use_id: 'b', content: [text('two')] },
    { type: 'image', source: { type: 'url', url: 'https://x.test/b' } },
    text('so?'),
  ])
})

test('filters see every text that the provider sees', () => {
  const texts = (fields: Fields) =>
    readRequestTexts(String(parse(fields).payload.passedOn)).texts.map((one) => one.text)
  const blocks = [
    { type: 'search_result', source: 'https://x.test', title: 'found', content: [text('inside')] },
    { type: 'document', source: { type: 'content', content: [text('page')] } },
    { type: 'mystery', deep: { deeper: 'down' } },
  ]
  expect(texts({ system: 'sys', messages: CONVERSATION })).toEqual(
    expect.arrayContaining(['sys', 'look', 'T', 'C', 'body', 'hm', 'calling', 'x', '1', 'one', 'two', 'so?']),
  )
  expect(texts({ messages: [{ role: 'user', content: blocks }] })).toEqual(
    expect.arrayContaining(['found', 'inside', 'page', 'down']),
  )
})

test('thoughts of other models, which nobody signed, are left out for providers of this format', () => {
  const messages = [
    ...HELLO,
    { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: '' }, text('y')] },
  ]
  const { payload } = parse({ messages, max_tokens: 5 })
  expect(payload.native).toBeNull()
  const sent = JSON.parse(String(anthropic.encode(payload, ENDPOINT, OPTIONS).body)) as { messages: Fields[] }
  expect(sent.messages[1]?.['content']).toEqual([text('y')])
})

test('a bound below the budget of thoughts takes thoughts back too', () => {
  const { payload } = parse({ max_tokens: 4_000, thinking: { type: 'enabled', budget_tokens: 3_000 } })
  const encode = (cappedTokens: number | null) =>
    JSON.parse(String(anthropic.encode(payload, ENDPOINT, { ...OPTIONS, cappedTokens }).body)) as Fields
  expect(encode(null)).toMatchObject({ max_tokens: 4_000, thinking: { budget_tokens: 3_000 } })
  expect(encode(2_000)).toMatchObject({ max_tokens: 2_000, thinking: { budget_tokens: 1_999 } })
  expect(encode(100)).not.toHaveProperty('thinking')
})

test.each<[string, Fields, string]>([
  ['no messages', { messages: [] }, 'messages'],
  ['a role of the chat', { messages: [{ role: 'tool', content: 'x' }] }, 'messages.0.role'],
  ['no bound', { max_tokens: 0 }, 'max_tokens'],
  ['an unknown wish for a provider', { provider: { x: 1 } }, 'provider'],
  ['a tool that the provider runs', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools.0.type'],
  ['a set of tools of a server', { tools: [{ type: 'mcp_toolset', mcp_server_name: 's' }] }, 'tools.0.type'],
  ['a tool that nobody knows', { tools: [{ type: 'robot_20270101', name: 'robot' }] }, 'tools.0.type'],
  [
    'servers whose tools the provider calls',
    { mcp_servers: [{ type: 'url', url: 'https://x', name: 's' }] },
    'mcp_servers',
  ],
  ['a place to be served in', { inference_geo: 'us' }, 'inference_geo'],
  ['a choice of nothing', { tool_choice: { type: 'x' } }, 'tool_choice.type'],
  [
    'a text that is none',
    { messages: [{ role: 'user', content: [{ type: 'text', text: 1 }] }] },
    'messages.0.content.0.text',
  ],
  [
    'a result of nothing',
    { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
    'messages.0.content.0.tool_use_id',
  ],
])('refused by name: %s', (_name, fields, path) => expect(() => parse(fields)).toThrow(path))

test('a search among the tools of the request goes on as it came, as does what is said to cost nothing more', () => {
  const tools = [{ type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' }]
  const asked = { tools, mcp_servers: [], inference_geo: 'global', speed: 'standard' }
  const { isFast, payload } = parse(asked)
  expect(isFast).toBeUndefined()
  expect(JSON.parse(String(payload.native?.passedOn))).toMatchObject(asked)
})

test('what no provider of chats knows is refused there by its name', () => {
  expect(() => sentAsChat({ tools: [{ type: 'bash_20250124', name: 'bash' }] })).toThrow('tools: ')
  const content = [{ type: 'search_result', content: [] }]
  expect(() => sentAsChat({ messages: [{ role: 'user', content }] })).toThrow('messages: ')
})
