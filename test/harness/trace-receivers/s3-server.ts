import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Received, Reply } from '../secret-receivers/receiver.ts'

/*
 * As much of an S3 server as takes objects: it checks Signature Version 4 as the documentation of AWS describes it, from what came
 * over the wire and without code of the product, and keeps what is put by its key.
 */

export interface S3Account {
  accessKeyId: string
  secretAccessKey: string
  region: string
  bucket: string
}

export interface S3Server {
  /** Bodies by key. */
  objects: Map<string, string>
  /** How a receiver is to answer. */
  reply: (request: Received) => Reply
}

export function createS3Server(account: S3Account): S3Server {
  const objects = new Map<string, string>()
  return {
    objects,
    reply: (request) => {
      const fault = faultOf(request, account)
      if (fault !== undefined) return { status: 403, body: `<Error><Code>${fault}</Code></Error>` }
      const [, bucket = '', ...key] = decodeURIComponent(request.path).split('/')
      if (request.method !== 'PUT' || key.length === 0) return { status: 405 }
      if (bucket !== account.bucket) return { status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' }
      objects.set(key.join('/'), request.body)
      return { status: 200, headers: { etag: `"${createHash('md5').update(request.body).digest('hex')}"` } }
    },
  }
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/

function faultOf({ body, headers, method, path }: Received, account: S3Account): string | undefined {
  const [, keyId, day = '', region, signed = '', signature = ''] = FORM.exec(String(headers.authorization)) ?? []
  if (keyId === undefined) return 'MissingSecurityHeader'
  if (keyId !== account.accessKeyId) return 'InvalidAccessKeyId'
  if (region !== account.region) return 'AuthorizationHeaderMalformed'
  const names = signed.split(';')
  const all = Object.keys(headers).filter((name) => name.startsWith('x-amz-'))
  if (!names.includes('host') || all.some((name) => !names.includes(name))) return 'AccessDenied'
  const time = String(headers['x-amz-date'])
  if (!time.startsWith(day) || Math.abs(Date.now() - timeOf(time)) > 900_000) return 'RequestTimeTooSkewed'
  const hash = createHash('sha256').update(body).digest('hex')
  if (headers['x-amz-content-sha256'] !== hash) return 'XAmzContentSHA256Mismatch'
  const [plainPath = '', query = ''] = path.split('?')
  const lines = names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`)
  const canonical = `${method}\n${plainPath}\n${query}\n${lines.join('')}\n${signed}\n${hash}`
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/s3/aws4_request\n${digest}`
  const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  const key = mac(mac(mac(mac(`AWS4${account.secretAccessKey}`, day), account.region), 's3'), 'aws4_request')
  return timingSafeEqual(mac(key, text), Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch'
}

/** `20261122T100000Z` */
function timeOf(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6Z'))
}
