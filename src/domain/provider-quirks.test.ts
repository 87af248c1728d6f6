import { expect, test } from 'vitest'
import { quirksOfAddress } from './provider-quirks.ts'

test.each([
  ['https://api.mistral.ai/v1', 'mistral'],
  ['https://eu.api.openai.com/v1', 'openai'],
  ['https://mine.openai.azure.com/openai/v1', 'azure'],
  ['https://notapi.mistral.ai.example.com/v1', undefined],
  ['https://xapi.groq.com/v1', undefined],
  ['http://127.0.0.1:8000/v1', undefined],
  ['nonsense', undefined],
])('%s is %s', (baseUrl, expected) => {
  expect(quirksOfAddress(baseUrl)).toBe(expected)
})
