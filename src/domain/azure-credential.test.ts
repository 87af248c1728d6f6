import { expect, test } from 'vitest'
import { azureCredentialProblem, readAzureDeployments } from './azure-credential.ts'

const entry = (endpoint_url: string, more: object = {}) => ({
  model_slug: 'openai/gpt-4o',
  endpoint_url,
  api_key: 'az-key',
  model_id: 'gpt-4o',
  ...more,
})
const of = (...entries: object[]) => JSON.stringify(entries)
const HOST = 'https://house.openai.azure.com'

test.each([
  [
    `${HOST}/openai/deployments/gpt%204o/chat/completions?api-version=2024-08-01-preview`,
    [`${HOST}/openai`, 'gpt 4o', '2024-08-01-preview'],
  ],
  [`${HOST}/openai/deployments/four-o?api-version=2024-10-21`, [`${HOST}/openai`, 'four-o', '2024-10-21']],
  [`${HOST}/openai/v1/chat/completions`, [`${HOST}/openai/v1`, 'gpt-4o', null]],
  [`${HOST}/openai/v1/`, [`${HOST}/openai/v1`, 'gpt-4o', null]],
  [
    `${HOST}/models/chat/completions?api-version=2024-05-01-preview`,
    [`${HOST}/models`, 'gpt-4o', '2024-05-01-preview'],
  ],
])('a deployment at %s', (url, [baseUrl, upstreamId, apiVersion]) => {
  expect(readAzureDeployments(of(entry(url)))).toEqual([
    { modelId: 'openai/gpt-4o', apiKey: 'az-key', baseUrl, upstreamId, apiVersion },
  ])
  expect(azureCredentialProblem(of(entry(url)))).toBeUndefined()
})

test('a plain key is one key for all', () => {
  expect(readAzureDeployments('0123456789abcdef')).toBeNull()
  expect(azureCredentialProblem('0123456789abcdef')).toBeUndefined()
})

test.each([
  ['no JSON', '[{'],
  ['none', '[]'],
  ['no address', of({ model_slug: 'a/b', api_key: 'k' })],
  ['another protocol', of(entry('ftp://x.test/openai'))],
  ['a user in the address', of(entry('https://a:b@x.test/openai'))],
  ['a key that is no header', of(entry(`${HOST}/openai/v1`, { api_key: 'a\nb' }))],
  ['a version that is none', of(entry(`${HOST}/openai/v1?api-version=a%26b`))],
  ['no model', of(entry(`${HOST}/openai/v1`, { model_slug: undefined }))],
  ['nothing to call it by', of(entry(`${HOST}/openai/v1`, { model_id: undefined }))],
  ['a name that can’t be read', of(entry(`${HOST}/openai/deployments/%E0%A4%A/x`))],
])('not a list of deployments: %s', (_name, secret) => {
  expect(readAzureDeployments(secret)).toBeNull()
  expect(azureCredentialProblem(secret)).toBeDefined()
})
