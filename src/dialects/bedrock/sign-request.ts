import type { Provider } from '../../domain/catalogue.ts'
import { awsSignatureHeaders } from '../../platform/aws-signature.ts'
import type { EncodedRequest } from '../dialect.ts'
import { asText, parseObject } from '../json-fields.ts'

/*
 * How Bedrock is shown who asks. Credentials are the provider's one secret: a plain text is an API key of Bedrock, which needs no
 * signature; JSON has the parts of an access key, which signs (`platform/aws-signature.ts`).
 */

const SERVICE = 'bedrock'

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | null
  /** null: as the provider's address says. */
  region: string | null
}

/** `secret` in its parts, or null when it is no access key. Names are taken in both spellings that AWS uses. */
export function readAwsCredentials(secret: string): AwsCredentials | null {
  if (!secret.startsWith('{')) return null
  const fields = parseObject(secret)
  if (fields === undefined) return null
  const read = (camel: string, snake: string) => asText(fields[camel]) ?? asText(fields[snake])
  const accessKeyId = read('accessKeyId', 'access_key_id')
  const secretAccessKey = read('secretAccessKey', 'secret_access_key')
  if (accessKeyId === null || secretAccessKey === null) return null
  const sessionToken = read('sessionToken', 'session_token')
  return { accessKeyId, secretAccessKey, sessionToken, region: asText(fields['region']) }
}

/** The request with what proves who sends it. `now` is in epoch milliseconds; a signature is good for five minutes. */
export function authorizeBedrock(request: EncodedRequest, provider: Provider, now: number): EncodedRequest {
  const { apiKey } = provider
  if (apiKey === null) return request
  const credentials = readAwsCredentials(apiKey)
  const headers =
    credentials === null
      ? { authorization: `Bearer ${apiKey}` }
      : signatureHeaders(request, { baseUrl: provider.baseUrl, credentials, now })
  return { ...request, headers: { ...request.headers, ...headers } }
}

function signatureHeaders(
  { path, headers, body }: EncodedRequest,
  { baseUrl, credentials, now }: { baseUrl: string; credentials: AwsCredentials; now: number },
): Record<string, string> {
  const url = new URL(baseUrl + path)
  const region = credentials.region ?? regionOf(url.hostname)
  const request = { method: 'POST', url, headers: { 'content-type': headers['content-type'] ?? '' }, body } as const
  return awsSignatureHeaders(request, { ...credentials, region, service: SERVICE, now })
}

/** As in `bedrock-runtime.eu-central-1.amazonaws.com`. */
function regionOf(host: string): string {
  const [region] = /\b[a-z]{2}(?:-[a-z]+)+-\d\b/.exec(host) ?? []
  return region ?? 'us-east-1'
}
