import type { ServiceTier } from '../domain/pricing.ts'

/** Of usage, what a provider says of the tier that served it; nothing for the usual one, whatever it is called. */
export function tierOf(tier: unknown): { serviceTier?: ServiceTier } {
  return tier === 'flex' || tier === 'priority' ? { serviceTier: tier } : {}
}
