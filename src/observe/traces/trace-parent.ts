/** What a caller's `traceparent` says. Source: W3C Trace Context, level 1. */
export interface TraceParent {
  traceId: string
  spanId: string
  isSampled: boolean
}

const SHAPE = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const ZEROS = /^0+$/
const SAMPLED = 1

/** Null for one that doesn't hold: a trace begins here then. */
export function readTraceParent(header: string | undefined): TraceParent | null {
  const [, version = '', traceId = '', spanId = '', flags = '', more] = SHAPE.exec(header?.trim() ?? '') ?? []
  const isKnown = version !== '' && version !== 'ff' && (version !== '00' || more === undefined)
  if (!isKnown || ZEROS.test(traceId) || ZEROS.test(spanId)) return null
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED }
}
