import { expect, test } from 'vitest'
import type { QuirksName } from '../../contract/common/provider-schema.ts'
import { ChatCompletionRequest } from '../../contract/inference/chat-completions.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { abilitiesAt, chargesPredictions } from '../dialects.ts'
import { nearestEffort } from './apply-quirks.ts'
import { encodeChatRequest, toChatPayload } from './encode-request.ts'

const MESSAGES = [{ role: 'user', content: 'Hi' }]
const UNCAPPED = { cappedTokens: null, organizationId: 'org' }

interface Extra {
  supportedParameters?: string[]
  asBytes?: boolean
}

function sent(quirks: QuirksName, fields: object, { supportedParameters = [], asBytes = false }: Extra = {}) {
  const endpoint = {
    tag: 'p',
    upstreamId: 'm',
    supportedParameters,
    provider: { apiKey: 'k', quirks },
  } as unknown as Endpoint
  const payload = toChatPayload(ChatCompletionRequest.parse({ messages: MESSAGES, ...fields }))
  const passedOn = asBytes ? Buffer.from(payload.passedOn) : payload.passedOn
  const { body } = encodeChatRequest({ ...payload, passedOn }, endpoint, UNCAPPED)
  return JSON.parse(String(body)) as Record<string, unknown>
}

test.each([
  ['openai', 'max_tokens', 'max_completion_tokens'],
  ['mistral', 'max_completion_tokens', 'max_tokens'],
  ['ollama', 'max_completion_tokens', 'max_tokens'],
  ['groq', 'max_tokens', 'max_completion_tokens'],
  ['none', 'max_completion_tokens', 'max_completion_tokens'],
] as const)('%s is told the bound %s as %s', (quirks, given, expected) => {
  const body = sent(quirks, { [given]: 9 })
  expect([body['max_tokens'], body['max_completion_tokens'], body[expected]].filter(Boolean)).toEqual([9, 9])
})

test.each([
  ['openai', { top_k: 5, min_p: 0.1, seed: 3 }, { seed: 3 }],
  ['groq', { logprobs: true, top_logprobs: 2, logit_bias: { 5: 1 }, temperature: 0 }, { temperature: 0 }],
  ['mistral', { seed: 3, tool_choice: 'required' }, { random_seed: 3, tool_choice: 'any' }],
  ['cerebras', { presence_penalty: 1, frequency_penalty: 1, top_p: 1 }, { top_p: 1 }],
  ['perplexity', { tools: [{}], tool_choice: 'auto', top_k: 2 }, { top_k: 2 }],
  [
    'deepseek',
    { response_format: { type: 'json_schema', json_schema: { name: 'x' } } },
    { response_format: { type: 'json_object' } },
  ],
  ['vllm', { top_k: 5, min_p: 0.1, repetition_penalty: 1.1 }, { top_k: 5, min_p: 0.1, repetition_penalty: 1.1 }],
] as const)('%s takes its own parameters: %j', (quirks, fields, expected) => {
  expect(sent(quirks, fields)).toEqual({ model: 'm', messages: MESSAGES, ...expected })
  expect(sent(quirks, fields, { asBytes: true })).toEqual({ model: 'm', messages: MESSAGES, ...expected })
})

const GUIDANCE = {
  prompt_cache_key: 'conversation',
  prompt_cache_retention: '24h',
  prompt_cache_options: { ttl: '30m' },
  prediction: { type: 'content', content: 'as before' },
  store: false,
  modalities: ['text'],
}

/* Sources: the chat references of OpenAI, Azure, Mistral (also on prompt caching), Cerebras (also on predicted outputs), Fireworks and
 * DeepInfra name these; Groq, Mistral, Cerebras and Fireworks refuse with 400 or 422 what their references don't name. */
test.each([
  ['openai', Object.keys(GUIDANCE)],
  ['azure', Object.keys(GUIDANCE)],
  ['openrouter', Object.keys(GUIDANCE)],
  ['none', Object.keys(GUIDANCE)],
  ['vllm', Object.keys(GUIDANCE)],
  ['ollama', Object.keys(GUIDANCE)],
  ['mistral', ['prompt_cache_key', 'prediction']],
  ['cerebras', ['prompt_cache_key', 'prediction']],
  ['fireworks', ['prompt_cache_key', 'prediction']],
  ['deepinfra', ['prompt_cache_key', 'prompt_cache_retention']],
  ['groq', []],
  ['deepseek', []],
  ['xai', []],
  ['together', []],
  ['perplexity', []],
] as const)('%s is told of its cache and of the probable answer what it takes: %j', (quirks, taken) => {
  const expected = Object.fromEntries(Object.entries(GUIDANCE).filter(([name]) => taken.some((one) => one === name)))
  expect(sent(quirks, GUIDANCE)).toEqual({ model: 'm', messages: MESSAGES, ...expected })
})

test('OpenAI is told the bound as max_tokens where there is a prediction: it takes no other beside one', () => {
  const { prediction } = GUIDANCE
  const body = sent('openai', { prediction, max_completion_tokens: 9 })
  expect(body).toEqual({ model: 'm', messages: MESSAGES, prediction, max_tokens: 9 })
  expect(sent('openai', { prediction: null, max_tokens: 9 })).toMatchObject({ max_completion_tokens: 9 })
  const parameters = { type: 'object', properties: { prediction: { type: 'string' } } }
  const tools = [{ type: 'function', function: { name: 'guess', parameters } }]
  expect(sent('openai', { tools, max_tokens: 9 })).toMatchObject({ max_completion_tokens: 9 })
})

test.each([
  ['openai', true],
  ['azure', true],
  ['cerebras', true],
  ['none', true],
  [undefined, true],
  ['mistral', false],
  ['groq', false],
] as const)('predictions may be charged at %s: %s', (quirks, expected) => {
  const provider = { dialect: 'openai-chat', quirks } as unknown as Endpoint['provider']
  expect(chargesPredictions({ provider })).toBe(expected)
  expect(chargesPredictions({ provider: { ...provider, dialect: 'anthropic' } })).toBe(false)
})

test.each(['groq', 'mistral', 'together', 'fireworks'] as const)(
  '%s gets no marks of what OpenAI shall cache',
  (quirks) => {
    const part = { type: 'text', text: 'Hi' }
    const messages = [{ role: 'user', content: [{ ...part, prompt_cache_breakpoint: { mode: 'explicit' } }] }]
    expect(sent(quirks, { messages })['messages']).toEqual([{ role: 'user', content: [part] }])
    expect(sent('openai', { messages })['messages']).toEqual(messages)
  },
)

test('a name that is only part of a text changes nothing', () => {
  const messages = [{ role: 'user', content: '"top_k": is no field, "seed": neither' }]
  expect(sent('mistral', { messages })).toEqual({ model: 'm', messages })
})

test.each(['mistral', 'perplexity'] as const)('%s gets no stream_options and no user', (quirks) => {
  expect(sent(quirks, { stream: true, user: 'jane' })).toEqual({ model: 'm', messages: MESSAGES, stream: true })
})

test.each([
  ['openai', { reasoning: { effort: 'max' } }, { reasoning_effort: 'xhigh' }],
  ['groq', { reasoning_effort: 'minimal' }, { reasoning_effort: 'low' }],
  ['openai', { reasoning: { enabled: true } }, { reasoning_effort: 'medium' }],
  ['openai', { reasoning: { enabled: false } }, { reasoning_effort: 'none' }],
  ['deepseek', { reasoning: { effort: 'low' } }, { thinking: { type: 'enabled' } }],
  ['deepseek', { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
  ['openrouter', { reasoning: { max_tokens: 900, exclude: true } }, { reasoning: { max_tokens: 900, exclude: true } }],
  ['openrouter', { reasoning_effort: 'low' }, { reasoning: { effort: 'low' } }],
  ['xai', { reasoning_effort: 'high' }, {}],
  ['openai', {}, {}],
] as const)('%s is told to reason in its way: %j', (quirks, fields, expected) => {
  expect(sent(quirks, fields)).toEqual({ model: 'm', messages: MESSAGES, ...expected })
})

test('where only some models reason, those are told that say so', () => {
  expect(sent('xai', { reasoning_effort: 'xhigh' }, { supportedParameters: ['reasoning'] })['reasoning_effort']).toBe(
    'high',
  )
})

const CALLED = [
  { role: 'developer', content: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }] },
  { role: 'user', content: 'Weather?' },
  {
    role: 'assistant',
    content: null,
    refusal: null,
    reasoning: 'hm',
    reasoning_details: [{ type: 'reasoning.text', text: 'hm' }],
    tool_calls: [{ id: 'call_0123456789', type: 'function', function: { name: 'f', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'call_0123456789', content: 'sun' },
]

test('Mistral: roles, short ids that stay together, nothing that it does not know', () => {
  const messages = sent('mistral', { messages: [...CALLED, { role: 'assistant', content: 'It' }] })['messages']
  const id = expect.stringMatching(/^[A-Za-z0-9]{9}$/)
  expect(messages).toEqual([
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: id, content: 'sun' },
    { role: 'assistant', content: 'It', prefix: true },
  ])
  const [, , call, result] = messages as { tool_call_id?: string; tool_calls?: { id: string }[] }[]
  expect(call?.tool_calls?.[0]?.id).toBe(result?.tool_call_id)
})

test('DeepSeek gets back what it thought before a call, under its name', () => {
  const messages = sent('deepseek', { messages: CALLED })['messages'] as object[]
  expect(messages[2]).toEqual({
    role: 'assistant',
    content: null,
    reasoning_content: 'hm',
    tool_calls: CALLED[2]?.tool_calls,
  })
})

test('a gateway of the same kind gets everything', () => {
  expect(sent('openrouter', { messages: CALLED, cache_control: { type: 'ephemeral' } })).toEqual({
    model: 'm',
    messages: CALLED,
    cache_control: { type: 'ephemeral' },
  })
})

test.each([
  ['ollama', 'base64'],
  ['vllm', 'url-or-base64'],
] as const)('%s takes images as %s', (quirks, expected) => {
  const provider = { dialect: 'openai-chat', quirks } as unknown as Endpoint['provider']
  expect(abilitiesAt({ provider }).images).toBe(expected)
})

test.each([
  ['minimal', ['none', 'low', 'high'], 'low'],
  ['medium', ['low', 'high'], 'high'],
  ['low', ['none', 'high'], 'high'],
  ['none', ['minimal', 'high'], 'minimal'],
  ['max', ['low', 'medium'], 'medium'],
])('the effort nearest to %s of %j is %s', (effort, known, expected) => {
  expect(nearestEffort(effort, known)).toBe(expected)
})
