import type { NanoUsd } from './money.ts'

/** What an organization must have bought once to be let call free models more often. Source: OpenRouter docs, limits. */
const MIN_BOUGHT: NanoUsd = 10_000_000_000n

/** How often an organization may call models that cost nothing on a UTC day. */
export interface FreeModelLimits {
  /** Null is no limit. */
  perDay: number | null
  /** In place of `perDay` where enough credits were bought; null for the same. */
  perDayPurchased: number | null
}

/** What holds of them: `bought` is all that was paid for and not refunded. */
export function freeModelsPerDay({ perDay, perDayPurchased }: FreeModelLimits, bought: NanoUsd): number | null {
  if (perDay === null) return null
  return bought >= MIN_BOUGHT ? (perDayPurchased ?? perDay) : perDay
}
