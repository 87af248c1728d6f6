import type { AnalyticsGranularity } from '../../../src/contract/management/analytics.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** The server keeps to this. */
const SINGLE_REQUESTS_MS_MAX = 31 * DAY

interface Range {
  label: string
  ms: number
  granularity: AnalyticsGranularity
  /** Until when it goes on is cut down to this, so that looking twice asks the same question. */
  step: number
}

/** What can be looked back upon, the shortest first. */
export const RANGES = {
  '1h': { label: 'Last hour', ms: HOUR, granularity: 'minute', step: MINUTE },
  '24h': { label: 'Last 24 hours', ms: DAY, granularity: 'hour', step: 5 * MINUTE },
  '7d': { label: 'Last 7 days', ms: 7 * DAY, granularity: 'day', step: 15 * MINUTE },
  '30d': { label: 'Last 30 days', ms: 30 * DAY, granularity: 'day', step: 15 * MINUTE },
  '90d': { label: 'Last 90 days', ms: 90 * DAY, granularity: 'day', step: HOUR },
  '1y': { label: 'Last year', ms: 365 * DAY, granularity: 'week', step: HOUR },
} as const satisfies Readonly<Record<string, Range>>
export type RangeId = keyof typeof RANGES

export interface AskedRange {
  granularity: AnalyticsGranularity
  time_range: { start: string; end: string }
}

/** The range as it is asked for at `nowMs`. Ranges of whole days begin at midnight UTC. */
export function askedRange(id: RangeId, nowMs: number): AskedRange {
  const { ms, granularity, step } = RANGES[id]
  const end = Math.ceil(nowMs / step) * step
  const from = nowMs - ms
  const unit = granularity === 'minute' ? MINUTE : granularity === 'hour' ? HOUR : DAY
  const start = Math.floor(from / unit) * unit
  return { granularity, time_range: { start: new Date(start).toISOString(), end: new Date(end).toISOString() } }
}

/** Whether the range is short enough for what only single requests know, such as the latency of the slowest. */
export function isOfSingleRequests({ time_range: { start, end } }: AskedRange): boolean {
  return Date.parse(end) - Date.parse(start) <= SINGLE_REQUESTS_MS_MAX
}

/** The beginnings of all buckets of the range, as the answers name them: instants, or dates from a day on. */
export function bucketsOf({ granularity, time_range }: AskedRange): string[] {
  const start = firstBucket(Date.parse(time_range.start), granularity)
  const end = Date.parse(time_range.end)
  const buckets: string[] = []
  for (let at = start; at < end; at = nextBucket(at, granularity)) buckets.push(nameOf(at, granularity))
  return buckets
}

function firstBucket(at: number, granularity: AnalyticsGranularity): number {
  const day = Math.floor(at / DAY) * DAY
  if (granularity === 'week') return day - ((new Date(day).getUTCDay() + 6) % 7) * DAY
  if (granularity === 'month') return Date.UTC(new Date(day).getUTCFullYear(), new Date(day).getUTCMonth(), 1)
  return at
}

function nextBucket(at: number, granularity: AnalyticsGranularity): number {
  if (granularity === 'month') return Date.UTC(new Date(at).getUTCFullYear(), new Date(at).getUTCMonth() + 1, 1)
  return at + { minute: MINUTE, hour: HOUR, day: DAY, week: 7 * DAY }[granularity]
}

function nameOf(at: number, granularity: AnalyticsGranularity): string {
  const iso = new Date(at).toISOString()
  return granularity === 'minute' || granularity === 'hour' ? iso : iso.slice(0, 10)
}
