/*
 * OTLP over HTTP in JSON (opentelemetry-proto 1.x): ids in hex, 64-bit integers as decimal text.
 */

export const KIND_SERVER = 2
export const KIND_CLIENT = 3
export const STATUS_ERROR = 2
const SCOPE_NAME = 'switchyard'
const NANOS_PER_MILLISECOND = 1_000_000n

type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }
export type AttributeValue = string | boolean | readonly string[] | Integer | number | null | undefined
interface Integer {
  integer: number
}

export interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: typeof KIND_SERVER | typeof KIND_CLIENT
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: ReturnType<typeof attributesOf>
  status?: { code: typeof STATUS_ERROR }
}

/** The body of an export request; of nothing when there are no spans. */
export function exportRequest(spans: readonly OtlpSpan[], resource: Readonly<Record<string, string>>): string {
  if (spans.length === 0) return JSON.stringify({ resourceSpans: [] })
  const scopeSpans = [{ scope: { name: SCOPE_NAME }, spans }]
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans }] })
}

/** Traces that the receiver has refused though it took the request. */
export function otlpFault(body: string): string | undefined {
  try {
    const { partialSuccess } = JSON.parse(body) as {
      partialSuccess?: { rejectedSpans?: unknown; errorMessage?: unknown }
    }
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0)
    return rejected > 0 ? `${rejected} spans were rejected: ${String(partialSuccess?.errorMessage ?? '')}` : undefined
  } catch {
    return undefined
  }
}

export function nanosOf(epochMs: number): string {
  return String(BigInt(Math.round(epochMs)) * NANOS_PER_MILLISECOND)
}

export function attributesOf(fields: Readonly<Record<string, AttributeValue>>): { key: string; value: AnyValue }[] {
  return Object.entries(fields).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: anyValue(value) }],
  )
}

function anyValue(value: Exclude<AttributeValue, null | undefined>): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return { doubleValue: value }
  if ('integer' in value) return { intValue: String(value.integer) }
  return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } }
}
