import { awsSignatureHeaders, encodeStrictly, sha256 } from '../../../platform/aws-signature.ts'
import type { Trace } from '../trace.ts'
import { headersIn, type Sending, type TraceFormat, type TraceRequest, textIn } from './format.ts'
import { otlpBody } from './otlp.ts'

/*
 * An object for each trace, named `{traceId}-{timestamp}.json` below what `pathTemplate` makes of the prefix and the day, so that
 * one that is sent again takes its own place.
 */

const REGION = 'us-east-1'
const PROBE_NAME = 'connection-test.json'

export const S3_FORMAT: TraceFormat = {
  encode: (traces, sending) =>
    traces.map((trace) => ({ ids: [trace.id], request: putOf(nameOf(trace, sending), otlpBody([trace]), sending) })),
  probe: (sending) => {
    const prefix = textIn(sending.config, 'prefix')
    return putOf(join([prefix, PROBE_NAME]), otlpBody([]), sending)
  },
}

function nameOf({ endedAt, givenTraceId, spanId, traceId }: Trace, { config }: Sending): string {
  const [date = ''] = new Date(endedAt).toISOString().split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  const parts: Readonly<Record<string, string>> = { prefix: textIn(config, 'prefix'), date, year, month, day }
  const folder = textIn(config, 'pathTemplate').replace(/\{(\w+)\}/g, (whole, name: string) => parts[name] ?? whole)
  // Generations of one trace may end together.
  const apart = givenTraceId === null ? '' : `-${spanId}`
  return join([folder, `${traceId}-${endedAt}${apart}.json`])
}

function join(parts: readonly string[]): string {
  return parts
    .join('/')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/')
}

function putOf(name: string, body: string, { config, now }: Sending): TraceRequest {
  const region = textIn(config, 'region') || REGION
  const path = name.split('/').map(encodeStrictly).join('/')
  const url = new URL(`${bucketUrl(config, region)}/${path}`)
  const headers = {
    ...headersIn(config),
    'content-type': 'application/json',
    'x-amz-content-sha256': sha256(body),
  }
  const signature = awsSignatureHeaders(
    { method: 'PUT', url, headers, body },
    {
      accessKeyId: textIn(config, 'accessKeyId'),
      secretAccessKey: textIn(config, 'secretAccessKey'),
      sessionToken: textIn(config, 'sessionToken') || null,
      region,
      service: 's3',
      now,
    },
  )
  return { method: 'PUT', url: url.href, headers: { ...headers, ...signature }, body }
}

/** Of AWS by its host; elsewhere by its path, which every compatible server knows. */
function bucketUrl(config: Sending['config'], region: string): string {
  const bucket = encodeStrictly(textIn(config, 'bucketName'))
  const endpoint = textIn(config, 'endpoint').replace(/\/+$/, '')
  if (endpoint !== '') return `${endpoint}/${bucket}`
  // A name with dots fits no certificate of AWS as part of a host.
  return bucket.includes('.')
    ? `https://s3.${region}.amazonaws.com/${bucket}`
    : `https://${bucket}.s3.${region}.amazonaws.com`
}
