type Headers = Readonly<Record<string, string | string[] | undefined>>

const SECONDS_MAX = 3_600

/** How long a provider asks to be left alone, in whole seconds up to an hour; undefined when it doesn't say. `now` is in epoch
 *  milliseconds, because the header may name a date. */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const inMs = numberOf(headers['retry-after-ms'])
  if (inMs !== undefined) return bounded(inMs / 1_000)
  const text = headerText(headers['retry-after'])
  if (text === undefined) return undefined
  const seconds = numberOf(text)
  if (seconds !== undefined) return bounded(seconds)
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : bounded((date - now) / 1_000)
}

export function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function numberOf(value: string | string[] | undefined): number | undefined {
  const text = headerText(value)
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined
}

function bounded(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 0), SECONDS_MAX)
}
