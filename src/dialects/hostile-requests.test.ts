import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANYWHERE, HOSTILE, withValueAt } from '../../test/harness/hostile-values.ts'
import { AppError } from '../domain/app-error.ts'
import { findSimModel } from '../domain/sim-models.ts'
import { DIALECTS } from './dialects.ts'
import { PROTOCOLS } from './protocols.ts'

/*
 * Requests in which any value may be anything: what comes of them is a request to a provider or a refusal, and nothing else is thrown.
 */

const IMAGE = 'data:image/png;base64,iVBORw0KGgo='
const SCHEMA = {
  type: 'object',
  properties: {
    city: { type: 'string', enum: ['a', 'b'] },
    more: { $ref: '#/$defs/more' },
    any: { anyOf: [{ type: 'null' }, { type: ['string', 'integer'], const: 3 }] },
  },
  required: ['city'],
  $defs: { more: { allOf: [{ type: 'array', items: { type: 'number', format: 'int32' } }] } },
}
const TOOL = { name: 'weather', description: 'x', parameters: SCHEMA, strict: true }
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"a"}' } }
const COMMON = { temperature: 1, top_p: 0.5, max_tokens: 2_000, provider: {}, metadata: { user_id: 'u' }, plugins: [] }
const CHAT = {
  ...COMMON,
  model: 'a/b',
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be.', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'image_url', image_url: { url: IMAGE, detail: 'low' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
        { type: 'input_audio', input_audio: { data: 'AA', format: 'mp3' } },
        { type: 'video_url', video_url: { url: 'https://a.test/b.mp4?c' } },
      ],
    },
    {
      role: 'assistant',
      content: 'x',
      refusal: 'y',
      reasoning: 'z',
      tool_calls: [CALL],
      reasoning_details: [
        { type: 'reasoning.text', text: 'a', signature: 's', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'b', id: 'call_1', format: 'google-gemini-v1', index: 1 },
        { type: 'reasoning.summary', summary: 'c', format: 'openai-responses-v1', index: 2 },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '{"ok":1}' },
    { role: 'user', content: 'And?' },
  ],
  tools: [{ type: 'function', function: TOOL, cache_control: { type: 'ephemeral' } }],
  tool_choice: { type: 'function', function: { name: 'weather' } },
  response_format: { type: 'json_schema', json_schema: { name: 'n', schema: SCHEMA, strict: true } },
  reasoning: { effort: 'low', max_tokens: 1_500, exclude: false },
  modalities: ['text'],
  stop: ['x'],
  logprobs: true,
  top_logprobs: 2,
  top_k: 3,
  service_tier: 'flex',
  verbosity: 'low',
  user: 'u',
}
const REQUESTS = {
  chat: CHAT,
  responses: {
    model: 'a/b',
    instructions: 'Be.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Hi' },
          { type: 'input_image', image_url: IMAGE },
        ],
      },
      {
        type: 'reasoning',
        id: 'rs',
        summary: [{ type: 'summary_text', text: 'a' }],
        encrypted_content: 'e',
        format: 'f',
      },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'b' },
          { type: 'refusal', refusal: 'c' },
        ],
      },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: 'd' }] },
      { type: 'custom_tool_call', call_id: 'call_2', name: 'free', input: 'e' },
    ],
    tools: [
      { type: 'function', name: 'weather', parameters: SCHEMA },
      { type: 'custom', name: 'free', format: { type: 'grammar' } },
    ],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'weather' }] },
    text: { format: { type: 'json_schema', name: 'n', schema: SCHEMA }, verbosity: 'low' },
    reasoning: { effort: 'low', summary: 'auto', enabled: true },
    include: ['reasoning.encrypted_content'],
  },
  messages: {
    ...COMMON,
    model: 'a/b',
    system: [{ type: 'text', text: 'Be.', cache_control: { type: 'ephemeral' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          {
            type: 'document',
            title: 't',
            context: 'c',
            source: { type: 'content', content: [{ type: 'text', text: 'd' }] },
          },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'a', signature: 's' },
          { type: 'redacted_thinking', data: 'b' },
          { type: 'tool_use', id: 'tu_1', name: 'weather', input: { city: 'a' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'tu_1', content: [{ type: 'text', text: 'e' }] }] },
    ],
    tools: [
      { name: 'weather', input_schema: SCHEMA },
      { type: 'bash_20250124', name: 'bash' },
    ],
    tool_choice: { type: 'tool', name: 'weather', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 1_500 },
    output_config: { effort: 'low', format: { type: 'json_schema', schema: SCHEMA } },
    stop_sequences: ['x'],
  },
  completions: { ...COMMON, model: 'a/b', prompt: 'Hi', logprobs: 2 },
  embeddings: {
    model: 'a/b',
    input: [
      {
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'image_url', image_url: { url: IMAGE } },
        ],
      },
    ],
  },
  rerank: { model: 'a/b', query: 'Hi', documents: ['a', { text: 'b', image: IMAGE }] },
}

const BASE_ENDPOINT = findSimModel('sim/lorem')?.endpoints[0] ?? expect.fail()
const MODELS = [
  'claude-sonnet-4-5',
  'claude-opus-4-7',
  'gemini-3-pro',
  'amazon.nova-2',
  'eu.anthropic.claude-x',
  'gpt-5',
]
const QUIRKS = [undefined, 'mistral', 'deepseek', 'perplexity', 'openrouter'] as const

test.each(Object.values(PROTOCOLS))('$name: whatever a value is, there is a request or a refusal', (protocol) => {
  const base = REQUESTS[protocol.name]
  const changes = fc.array(fc.tuple(ANYWHERE, HOSTILE), { minLength: 1, maxLength: 2 })
  const target = fc.record({
    upstreamId: fc.constantFrom(...MODELS),
    quirks: fc.constantFrom(...QUIRKS),
    isStream: fc.boolean(),
  })
  fc.assert(
    fc.property(changes, target, (hostile, { isStream, quirks, upstreamId }) => {
      const body = hostile.reduce<unknown>(withValueAt, base)
      const { quirks: _, ...provider } = BASE_ENDPOINT.provider
      const endpoint = { ...BASE_ENDPOINT, upstreamId, provider: { ...provider, ...(quirks && { quirks }) } }
      for (const dialect of Object.values(DIALECTS)) {
        try {
          const { payload } = protocol.parse(Buffer.from(JSON.stringify(body)), null)
          if (!dialect.abilities.kinds.includes(payload.kind)) continue
          const sent = dialect.encode({ ...payload, isStream }, endpoint, { cappedTokens: null, organizationId: 'o' })
          JSON.parse(String(sent.body))
        } catch (error) {
          if (!(error instanceof AppError)) throw error
        }
      }
    }),
    { numRuns: 250 },
  )
})

test('an address of a hundred thousand question marks and lines is read once', () => {
  const url = `https://a.test/${'?'.repeat(100_000)}\n`
  const body = { model: 'a/b', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] }
  const { payload } = PROTOCOLS.chat.parse(Buffer.from(JSON.stringify(body)), null)
  expect(DIALECTS.gemini.encode(payload, BASE_ENDPOINT, { cappedTokens: null, organizationId: 'o' }).body).toContain(
    'image/jpeg',
  )
})

test.each(['constructor', 'valueOf', '__proto__'])(
  'a part of the type %s is no kind of media that a model takes',
  (type) => {
    const body = { model: 'a/b', messages: [{ role: 'user', content: [{ type }] }] }
    expect(PROTOCOLS.chat.parse(Buffer.from(JSON.stringify(body)), null).needs.modalities).toEqual([])
  },
)
