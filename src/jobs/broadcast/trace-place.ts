import { ownKeysOf, type RequestTrace } from '../../contract/inference/request-trace.ts'
import { sha256 } from '../../platform/aws-signature.ts'

/** Where a generation stands among others, and what its caller calls it. At each attempt the same. */
export interface TracePlace {
  /** 32 hex digits. */
  traceId: string
  /** The caller's own id of the trace; null where the generation is a trace of its own. */
  givenTraceId: string | null
  /** 16 hex digits. */
  spanId: string
  /** The same of the caller's span that it is within; null where none is named. */
  parentSpanId: string | null
  traceName: string | null
  spanName: string | null
  generationName: string | null
  /** Under the caller's own keys; what is neither text nor number nor yes or no is JSON. */
  metadata: Readonly<Record<string, TraceValue>>
}
export type TraceValue = string | number | boolean

const TRACE_ID_DIGITS = 32
const SPAN_ID_DIGITS = 16
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** `given`: what the request says of it; null for nothing. What is empty counts as not given. */
export function placeOf(generationId: string, given: RequestTrace | null): TracePlace {
  const digest = sha256(generationId)
  const { generation_name, parent_span_id, span_name, trace_id, trace_name } = given ?? {}
  return {
    traceId: trace_id ? toTraceId(trace_id) : digest.slice(0, TRACE_ID_DIGITS),
    givenTraceId: trace_id || null,
    spanId: digest.slice(TRACE_ID_DIGITS, TRACE_ID_DIGITS + SPAN_ID_DIGITS),
    parentSpanId: parent_span_id ? toHex(parent_span_id, SPAN_ID_DIGITS) : null,
    traceName: trace_name || null,
    spanName: span_name || null,
    generationName: generation_name || null,
    metadata: given === null ? {} : metadataOf(given),
  }
}

/** A UUID is its digits. */
function toTraceId(id: string): string {
  const lower = id.toLowerCase()
  return toHex(UUID.test(lower) ? lower.replaceAll('-', '') : id, TRACE_ID_DIGITS)
}

/** As it is where it is hex of that length, else the beginning of its hash. Zeros alone are no id. */
function toHex(id: string, digits: number): string {
  const lower = id.toLowerCase()
  const isHex = lower.length === digits && /^[0-9a-f]+$/.test(lower) && !/^0+$/.test(lower)
  return isHex ? lower : sha256(id).slice(0, digits)
}

function metadataOf(given: RequestTrace): Record<string, TraceValue> {
  const known = ownKeysOf(given).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(known.map(([key, value]) => [key, isPlain(value) ? value : JSON.stringify(value)]))
}

function isPlain(value: unknown): value is TraceValue {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

/** The name of its span. */
export function nameOf({ generationName, spanName }: TracePlace, otherwise: string): string {
  return generationName ?? spanName ?? otherwise
}

/** What the caller says of it, by the names that it has in the request. */
export function callersWords(place: TracePlace): Readonly<Record<string, TraceValue>> {
  const words = {
    trace_id: place.givenTraceId,
    trace_name: place.traceName,
    span_name: place.spanName,
    generation_name: place.generationName,
    parent_span_id: place.parentSpanId,
  }
  const said = Object.entries(words).filter((entry): entry is [string, string] => entry[1] !== null)
  return { ...place.metadata, ...Object.fromEntries(said) }
}
