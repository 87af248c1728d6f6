const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** How long ago, or in how long, in one unit: `3 min ago`, `in 2 h`. Beyond a month the date. `iso` as on the wire. */
export function formatRelative(iso: string, nowMs: number): string {
  const distance = Date.parse(iso) - nowMs
  const size = Math.abs(distance)
  if (size < 45 * SECOND) return distance > SECOND ? 'in a moment' : 'just now'
  if (size > 30 * DAY) return formatDate(iso)
  const text = inOneUnit(size)
  return distance < 0 ? `${text} ago` : `in ${text}`
}

/** `2 Dec 2026, 14:05:09 UTC`. */
export function formatInstant(iso: string): string {
  return `${formatDate(iso)}, ${new Date(iso).toISOString().slice(11, 19)} UTC`
}

/** `2 Dec 2026`, of the day in UTC. */
export function formatDate(iso: string): string {
  const date = new Date(iso)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
}

/** With its weekday, without the year: `Thu 26 Nov`, of the day in UTC. */
export function formatDay(iso: string): string {
  const date = new Date(iso)
  return `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`
}

/** Without the year: `2 Dec 14:05 UTC`. */
export function formatResetInstant(ms: number): string {
  const date = new Date(ms)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.toISOString().slice(11, 16)} UTC`
}

/** When the window that is running ends: midnight UTC, weeks from Monday. Undefined where nothing resets. */
export function resetInstant(interval: 'daily' | 'weekly' | 'monthly' | null, nowMs: number): number | undefined {
  if (interval === null) return undefined
  const now = new Date(nowMs)
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  if (interval === 'monthly') return Date.UTC(year, month + 1, 1)
  if (interval === 'daily') return Date.UTC(year, month, day + 1)
  const sinceMonday = (now.getUTCDay() + 6) % 7
  return Date.UTC(year, month, day - sinceMonday + 7)
}

function inOneUnit(size: number): string {
  if (size < HOUR) return `${Math.round(size / MINUTE)} min`
  if (size < DAY) return `${Math.round(size / HOUR)} h`
  const days = Math.round(size / DAY)
  return `${days} ${days === 1 ? 'day' : 'days'}`
}
