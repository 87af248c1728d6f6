import { expect, test } from 'vitest'
import type { Provider } from '../../domain/catalogue.ts'
import { authorizeBedrock, readAwsCredentials } from './sign-request.ts'

const ACCESS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const NOW = Date.parse('2026-11-22T01:02:03.456Z')
const HEADERS = { 'content-type': 'application/json', accept: 'application/json' }

function authorized(apiKey: string | null, baseUrl: string, request: { path: string; body: string | Buffer }) {
  const provider = { apiKey, baseUrl } as unknown as Provider
  return authorizeBedrock({ headers: HEADERS, ...request }, provider, NOW).headers
}

const PLAIN = {
  path: '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
  body: '{"messages":[]}',
}
const PLAIN_URL = 'https://bedrock-runtime.eu-central-1.amazonaws.com'

// The signatures are those that AWS's own signer for JavaScript makes of the same requests.
test('an access key signs, in the region of the address', () => {
  expect(authorized(JSON.stringify(ACCESS), PLAIN_URL, PLAIN)).toEqual({
    ...HEADERS,
    'x-amz-date': '20261122T010203Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-central-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=6480ede64881df26c4e05df13fee8aee754cd0f9ec0e836167e414b2de8c5205',
  })
  const bytes = { ...PLAIN, body: Buffer.from(PLAIN.body) }
  expect(authorized(JSON.stringify(ACCESS), PLAIN_URL, bytes)).toEqual(
    authorized(JSON.stringify(ACCESS), PLAIN_URL, PLAIN),
  )
})

test('a session and a region of its own count, whatever the address', () => {
  const secret = { access_key_id: ACCESS.accessKeyId, secret_access_key: ACCESS.secretAccessKey }
  const session = JSON.stringify({ ...secret, session_token: 'session-token', region: 'us-west-2' })
  const request = {
    path: '/model/arn%3Aaws%3Abedrock%3Aus-west-2%3A1%3Aa%2Fb%28c%29/converse-stream',
    body: '{"text":"Grüße"}',
  }
  expect(authorized(session, 'https://proxy.example.com:8443/base', request)).toEqual({
    ...HEADERS,
    'x-amz-date': '20261122T010203Z',
    'x-amz-security-token': 'session-token',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-west-2/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=9fa712c7a9cdd82e79f4c2eeed84e00dc35fa0db5ebf8d7979f56909a77d62a7',
  })
})

test('an API key of Bedrock goes as it is, and no credential adds nothing', () => {
  expect(authorized('bedrock-api-key-1', PLAIN_URL, PLAIN)).toEqual({
    ...HEADERS,
    authorization: 'Bearer bedrock-api-key-1',
  })
  expect(authorized(null, PLAIN_URL, PLAIN)).toEqual(HEADERS)
})

test.each(['plain', '{', '{"accessKeyId":"a"}', '{"secretAccessKey":"a"}'])('%s is no access key', (secret) => {
  expect(readAwsCredentials(secret)).toBeNull()
})
