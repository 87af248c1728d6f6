import { expect, test } from 'vitest'
import type { QuirksName } from '../../contract/common/provider-schema.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { DEFAULT_PARAMETERS } from '../../domain/supported-parameters.ts'
import { parseMessagesRequest } from '../anthropic/parse-request.ts'
import type { ChatRequest } from '../chat-request.ts'
import { parseResponsesRequest } from '../openai-responses/parse-request.ts'
import { encodeChatRequest } from './encode-request.ts'

const OPTIONS = { cappedTokens: null, organizationId: 'o' }

function sent({ payload }: ChatRequest, quirks: QuirksName | undefined): Record<string, unknown> {
  const provider = { apiKey: null, ...(quirks && { quirks }) }
  const endpoint = {
    tag: 'p',
    upstreamId: 'm',
    supportedParameters: DEFAULT_PARAMETERS,
    provider,
  } as unknown as Endpoint
  const asText = String(encodeChatRequest(payload, endpoint, OPTIONS).body)
  const asBytes = encodeChatRequest({ ...payload, passedOn: Buffer.from(payload.passedOn) }, endpoint, OPTIONS)
  expect(JSON.parse(String(asBytes.body))).toEqual(JSON.parse(asText))
  return JSON.parse(asText) as Record<string, unknown>
}

const parse = (body: object) => parseResponsesRequest(Buffer.from(JSON.stringify({ model: 'a/m', ...body })), null)
const MARK = { cache_control: { type: 'ephemeral' }, prompt_cache_breakpoint: { mode: 'explicit' } }
const MARKED = parse({
  prompt_cache_key: 'conversation',
  ...MARK,
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'One', ...MARK },
        { type: 'input_text', text: 'Two' },
      ],
    },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'gAAAA' },
    { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"cache_control":1}' },
    { type: 'function_call_output', call_id: 'c1', output: 'found' },
  ],
  tools: [{ type: 'function', name: 'look', parameters: { type: 'object' } }],
})

test.each([undefined, 'none', 'vllm', 'ollama'] as const)(
  'a request that came as a response goes without marks of other providers to one with the quirks %s',
  (quirks) => {
    const body = sent(MARKED, quirks)
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One' },
          { type: 'text', text: 'Two' },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"cache_control":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'found' },
    ])
    expect(Object.keys(body).sort()).toEqual(['messages', 'model', 'tools'])
  },
)

test('one that is known to take them gets them', () => {
  expect(sent(MARKED, 'openai')['prompt_cache_key']).toBe('conversation')
  const messages = sent(MARKED, 'openrouter')['messages'] as object[]
  expect(messages[0]).toMatchObject({ content: [MARK, {}] })
  expect(messages[1]).toHaveProperty('reasoning_details')
})

test('thoughts of a message or a response go back before a call of a tool where the provider wants them', () => {
  const thinking = { type: 'thinking', thinking: 'Hm', signature: '' }
  const messages = [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: [thinking, { type: 'tool_use', id: 't1', name: 'look', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'found' }] },
  ]
  const request = parseMessagesRequest(Buffer.from(JSON.stringify({ model: 'a/m', max_tokens: 5, messages })), null)
  const said = (quirks: QuirksName) => (sent(request, quirks)['messages'] as object[])[1]
  expect(said('deepseek')).toMatchObject({ role: 'assistant', reasoning_content: 'Hm' })
  expect(Object.keys(said('deepseek') ?? {}).filter((name) => name.startsWith('reasoning'))).toEqual([
    'reasoning_content',
  ])
  expect((sent(MARKED, 'deepseek')['messages'] as object[])[1]).toMatchObject({ reasoning_content: 'Hm' })
  expect(Object.keys(said('none') ?? {}).sort()).toEqual(['content', 'role', 'tool_calls'])
})
