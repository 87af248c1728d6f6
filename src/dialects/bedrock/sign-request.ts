import { createHash, createHmac } from 'node:crypto'
import type { Provider } from '../../domain/catalogue.ts'
import type { EncodedRequest } from '../dialect.ts'
import { asText, parseObject } from '../json-fields.ts'

/*
 * Signature Version 4 of AWS. Credentials are the provider's one secret: a plain text is an API key of Bedrock, which needs no
 * signature; JSON has the parts of an access key.
 */

const SERVICE = 'bedrock'
const ALGORITHM = 'AWS4-HMAC-SHA256'

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
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const date = time.slice(0, 8)
  const own: Record<string, string> = { 'x-amz-date': time }
  if (credentials.sessionToken !== null) own['x-amz-security-token'] = credentials.sessionToken
  const signed: Record<string, string> = { host: url.host, 'content-type': headers['content-type'] ?? '', ...own }
  const names = Object.keys(signed).sort()
  const canonical = [
    'POST',
    canonicalPath(url.pathname),
    '',
    ...names.map((name) => `${name}:${(signed[name] ?? '').trim()}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n')
  const scope = `${date}/${region}/${SERVICE}/aws4_request`
  const text = [ALGORITHM, time, scope, sha256(canonical)].join('\n')
  const key = [region, SERVICE, 'aws4_request'].reduce(
    (last: Buffer, part) => hmac(last, part),
    hmac(Buffer.from(`AWS4${credentials.secretAccessKey}`), date),
  )
  const signature = hmac(key, text).toString('hex')
  const credential = `${credentials.accessKeyId}/${scope}`
  return {
    ...own,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

/** Each segment is encoded once more than it is sent. */
function canonicalPath(path: string): string {
  return path.split('/').map(encodeStrictly).join('/')
}

/** But for letters, digits and four signs. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** As in `bedrock-runtime.eu-central-1.amazonaws.com`. */
function regionOf(host: string): string {
  const [region] = /\b[a-z]{2}(?:-[a-z]+)+-\d\b/.exec(host) ?? []
  return region ?? 'us-east-1'
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
