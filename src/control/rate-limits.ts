import type { RatesByType } from '../domain/rate-limits.ts'

/** The column of requests a minute by type, where it was given. Saying nothing about any type is saying nothing. */
export function rateLimitsToRow(rates: RatesByType | null | undefined): { rate_limits?: string | null } {
  if (rates === undefined) return {}
  return { rate_limits: rates === null || Object.keys(rates).length === 0 ? null : JSON.stringify(rates) }
}
