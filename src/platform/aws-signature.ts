import { createHash, createHmac } from 'node:crypto'

/* Signature Version 4 of AWS. */

const ALGORITHM = 'AWS4-HMAC-SHA256'

export interface AwsRequest {
  method: 'GET' | 'POST' | 'PUT'
  /** Its path as it is sent. */
  url: URL
  /** Signed with those of the signature. */
  headers: Readonly<Record<string, string>>
  body: string | Buffer
}

export interface AwsScope {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | null
  region: string
  service: string
  /** Epoch milliseconds; a signature is good for five minutes. */
  now: number
}

/** The headers that prove who sends a request: all but `host`, which goes without saying. */
export function awsSignatureHeaders(
  { body, headers, method, url }: AwsRequest,
  scope: AwsScope,
): Record<string, string> {
  const { accessKeyId, now, region, secretAccessKey, service, sessionToken } = scope
  const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const date = time.slice(0, 8)
  const own: Record<string, string> = { 'x-amz-date': time }
  if (sessionToken !== null) own['x-amz-security-token'] = sessionToken
  const signed: Record<string, string> = { host: url.host, ...headers, ...own }
  const names = Object.keys(signed).sort()
  const canonical = [
    method,
    // Only S3 takes the path as it is; for others each segment is encoded once more than it is sent.
    service === 's3' ? url.pathname : url.pathname.split('/').map(encodeStrictly).join('/'),
    '',
    ...names.map((name) => `${name}:${(signed[name] ?? '').trim()}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n')
  const where = `${date}/${region}/${service}/aws4_request`
  const text = [ALGORITHM, time, where, sha256(canonical)].join('\n')
  const key = [region, service, 'aws4_request'].reduce(
    (last: Buffer, part) => hmac(last, part),
    hmac(Buffer.from(`AWS4${secretAccessKey}`), date),
  )
  const signature = hmac(key, text).toString('hex')
  const credential = `${accessKeyId}/${where}`
  return {
    ...own,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}

/** But for letters, digits and four signs. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** In hex. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
