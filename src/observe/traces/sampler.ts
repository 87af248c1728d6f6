import type { TraceParent } from './trace-parent.ts'

export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio'

const PARENT_BASED = 'parentbased_'
/** Of the trace id, the end: it is random where the beginning may be a time. */
const RANDOM_DIGITS = 13
const RANDOM_VALUES = 16 ** RANDOM_DIGITS

/** Whether a trace is recorded. By ratio all that sample the same trace id decide alike. */
export function isSampled(
  sampler: { name: SamplerName; ratio: number },
  traceId: string,
  parent: TraceParent | null,
): boolean {
  const { name, ratio } = sampler
  if (parent !== null && name.startsWith(PARENT_BASED)) return parent.isSampled
  if (name.endsWith('always_on')) return true
  if (name.endsWith('always_off')) return false
  return Number.parseInt(traceId.slice(-RANDOM_DIGITS), 16) < ratio * RANDOM_VALUES
}
