/** Spend windows, in UTC: day from 00:00, week from Monday 00:00, calendar month, lifetime. Computed, never reset by a job. */
export const INTERVALS = ['daily', 'weekly', 'monthly', 'lifetime'] as const
export type Interval = (typeof INTERVALS)[number]

/** The window of a lifetime begins here. */
export const LIFETIME_START = '1970-01-01'
const DAY_MS = 86_400_000

/** Epoch milliseconds at which the window of `interval` that contains `nowMs` begins; 0 for lifetime. */
export function windowStartMs(interval: Interval, nowMs: number): number {
  const day = Math.floor(nowMs / DAY_MS)
  switch (interval) {
    case 'daily':
      return day * DAY_MS
    case 'weekly':
      // 1970-01-01 was a Thursday: the Monday of its week is day -3.
      return (day - ((day + 3) % 7)) * DAY_MS
    case 'monthly': {
      const date = new Date(nowMs)
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
    }
    case 'lifetime':
      return 0
  }
}

/** Epoch milliseconds at which the window of `interval` that contains `nowMs` ends; null for lifetime. */
export function windowEndMs(interval: Interval, nowMs: number): number | null {
  if (interval === 'lifetime') return null
  const start = windowStartMs(interval, nowMs)
  if (interval === 'daily') return start + DAY_MS
  if (interval === 'weekly') return start + 7 * DAY_MS
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

/** The start of the window as a date, `YYYY-MM-DD`. */
export function windowStart(interval: Interval, nowMs: number): string {
  return interval === 'lifetime' ? LIFETIME_START : toDate(windowStartMs(interval, nowMs))
}

/** The UTC date, `YYYY-MM-DD`, of an instant. */
export function toDate(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10)
}

/** The windows that run on one UTC day. */
export interface Windows {
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly starts: Readonly<Record<Interval, string>>
  /** Epoch milliseconds; null for the lifetime. */
  readonly ends: Readonly<Record<Interval, number | null>>
  /** Epoch milliseconds at which the day is over. */
  readonly endOfDay: number
}

export function windowsAt(nowMs: number): Windows {
  const each = <T>(of: (interval: Interval) => T): Record<Interval, T> => ({
    daily: of('daily'),
    weekly: of('weekly'),
    monthly: of('monthly'),
    lifetime: of('lifetime'),
  })
  return {
    date: toDate(nowMs),
    starts: each((interval) => windowStart(interval, nowMs)),
    ends: each((interval) => windowEndMs(interval, nowMs)),
    endOfDay: windowStartMs('daily', nowMs) + DAY_MS,
  }
}
