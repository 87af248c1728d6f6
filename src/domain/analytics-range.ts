import { toDate } from './windows.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How long a range may be when only single requests can answer. */
export const REQUEST_RANGE_DAYS = 31

/** From `from` until before `to`, in epoch milliseconds. */
export interface TimeRange {
  from: number
  to: number
}

export interface SplitRange {
  /** Whole UTC dates, both included, `YYYY-MM-DD`. */
  days: { from: string; to: string } | null
  /** What is left before and after them. */
  rest: TimeRange[]
}

/** What is asked about when no range is given: the last hour by minutes, the last 24 hours by hours, else today and the 30
 *  days before it, which need no single requests. */
export function recentRange(granularity: string | undefined, now: number): TimeRange {
  if (granularity === 'minute') return { from: now - HOUR_MS, to: now }
  if (granularity === 'hour') return { from: now - DAY_MS, to: now }
  return { from: (Math.floor(now / DAY_MS) - 30) * DAY_MS, to: now }
}

export function isWithinRequestRange({ from, to }: TimeRange): boolean {
  return to - from <= REQUEST_RANGE_DAYS * DAY_MS
}

/** Splits a range into whole days and the pieces of days around them. Nothing is later than now, so a range that ends now or
 *  later has the whole of today. */
export function splitRange({ from, to }: TimeRange, now: number): SplitRange {
  const first = Math.ceil(from / DAY_MS)
  const last = to >= now ? Math.floor(now / DAY_MS) : Math.floor(to / DAY_MS) - 1
  if (last < first) return { days: null, rest: from < to ? [{ from, to }] : [] }
  const rest = [
    { from, to: first * DAY_MS },
    { from: (last + 1) * DAY_MS, to },
  ].filter((piece) => piece.from < piece.to && piece.from <= now)
  return { days: { from: toDate(first * DAY_MS), to: toDate(last * DAY_MS) }, rest }
}
