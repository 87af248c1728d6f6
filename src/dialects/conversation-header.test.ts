import { expect, test } from 'vitest'
import type { QuirksName } from '../contract/common/provider-schema.ts'
import { ChatCompletionRequest } from '../contract/inference/chat-completions.ts'
import type { Endpoint } from '../domain/catalogue.ts'
import { DIALECTS } from './dialects.ts'
import { toChatPayload } from './openai-chat/encode-request.ts'

const PAYLOAD = toChatPayload(ChatCompletionRequest.parse({ messages: [{ role: 'user', content: 'Hi' }] }))
const HEADER = 'x-grok-conv-id'

function headersAt(
  quirks: QuirksName | undefined,
  conversation?: string,
  { dialect = 'openai-chat', kind = 'chat' }: { dialect?: keyof typeof DIALECTS; kind?: 'chat' | 'embeddings' } = {},
) {
  const provider = { slug: 'p', dialect, baseUrl: 'https://p.test', apiKey: 'k', quirks }
  const endpoint = { tag: 'p', upstreamId: 'm', supportedParameters: [], provider } as unknown as Endpoint
  const options = { cappedTokens: null, organizationId: 'o', conversation }
  return DIALECTS[dialect].encode({ ...PAYLOAD, kind }, endpoint, options).headers
}

/* Source: xAI's guide to prompt caching, "Maximizing Cache Hits". */
test.each(['openai-chat', 'openai-responses'] as const)(
  'xAI is told over %s which conversation it is: always the same for one, and nothing of its name',
  (dialect) => {
    const [first, again, other] = ['w talk', 'w talk', 'v talk'].map(
      (name) => headersAt('xai', name, { dialect })[HEADER],
    )
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(again).toBe(first)
    expect(other).toMatch(/^[0-9a-f]{32}$/)
    expect(other).not.toBe(first)
    expect(headersAt('xai', undefined, { dialect })).not.toHaveProperty(HEADER)
  },
)

test.each([undefined, 'none', 'openai', 'groq', 'openrouter'] as const)('%s is not told of conversations', (quirks) => {
  expect(headersAt(quirks, 'w talk')).toEqual(headersAt(quirks))
})

test('what is no chat has no conversation', () => {
  expect(headersAt('xai', 'w talk', { kind: 'embeddings' })).not.toHaveProperty(HEADER)
})
