import { formatDate } from '../../format/time.ts'

/** Colours of series in their order; the last is for the rest. */
const SERIES_COLOURS = [
  'var(--series-1)',
  'var(--series-2)',
  'var(--series-3)',
  'var(--series-4)',
  'var(--series-5)',
  'var(--series-6)',
  'var(--series-7)',
] as const

export function colourOf(index: number): string {
  return SERIES_COLOURS[Math.min(index, SERIES_COLOURS.length - 1)] ?? 'var(--series-7)'
}

/** A bucket under its axis: the time of day, or the day. */
export function bucketLabel(at: string): string {
  return at.length > 10 ? at.slice(11, 16) : formatDate(at).replace(/ \d{4}$/, '')
}

/** A bucket in full. */
export function bucketTitle(at: string): string {
  return at.length > 10 ? `${formatDate(at)} ${at.slice(11, 16)} UTC` : `${formatDate(at)} (UTC)`
}
