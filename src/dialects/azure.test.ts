import { expect, test } from 'vitest'
import type { Endpoint } from '../domain/catalogue.ts'
import { authorizationOf, azurePath } from './azure.ts'
import { encodeChatRequest } from './openai-chat/encode-request.ts'

const HOST = 'https://mine.openai.azure.com/openai'

function at(baseUrl: string, apiVersion: string | null): Endpoint {
  return {
    tag: 'p',
    upstreamId: 'my gpt',
    provider: { baseUrl, azure: { apiVersion }, apiKey: 'az' },
  } as unknown as Endpoint
}

test.each([
  [HOST, '2024-10-21', false, '/deployments/my%20gpt/x?api-version=2024-10-21'],
  [HOST, '2025-04-01-preview', true, '/x?api-version=2025-04-01-preview'],
  [`${HOST}/deployments/one`, '2024-10-21', false, '/x?api-version=2024-10-21'],
  [`${HOST}/v1`, null, false, '/x'],
  [`${HOST}/v1`, 'preview', false, '/x?api-version=preview'],
])('below %s with version %s (by model: %s) the path is %s', (baseUrl, version, isByModel, expected) => {
  expect(azurePath(at(baseUrl, version), '/x', isByModel)).toBe(expected)
})

test('a chat completion goes there with the credential in its own header', () => {
  const payload = {
    kind: 'chat',
    passedOn: '{"messages":[]}',
    native: null,
    outputBoundName: 'max_tokens',
    outputBound: null,
    reasoning: null,
    reasoningEffort: undefined,
    user: null,
    isStream: false,
    translatedFrom: null,
    anthropicBeta: null,
  } as const
  const request = encodeChatRequest(payload, at(HOST, '2024-10-21'), { cappedTokens: null, organizationId: 'o' })
  expect(request.path).toBe('/deployments/my%20gpt/chat/completions?api-version=2024-10-21')
  expect(request.headers).toMatchObject({ 'api-key': 'az' })
  expect(request.headers).not.toHaveProperty('authorization')
})

test('elsewhere the credential is a bearer, and none is none', () => {
  const provider = { apiKey: 'k' } as unknown as Endpoint['provider']
  expect(authorizationOf(provider)).toEqual({ authorization: 'Bearer k' })
  expect(authorizationOf({ ...provider, apiKey: null })).toEqual({})
})
