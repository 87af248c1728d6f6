import type { Endpoint } from '../domain/catalogue.ts'
import type { TokenUsage } from '../domain/pricing.ts'
import { tierOf } from '../domain/routing/provider-names.ts'
import { tierNamed } from '../domain/routing/service-tiers.ts'
import type { ChatPayload } from './chat-request.ts'

type ToldTier = Pick<TokenUsage, 'serviceTier'>

const TOLD: Readonly<Record<string, ToldTier>> = {
  flex: { serviceTier: 'flex' },
  priority: { serviceTier: 'priority' },
  default: { serviceTier: 'default' },
  standard: { serviceTier: 'default' },
}
const NOT_TOLD: ToldTier = {}

/** Of usage, what a provider says of the tier that served it; nothing where it doesn't, or uses words of its own. */
export function toldTier(tier: unknown): ToldTier {
  return typeof tier === 'string' && Object.hasOwn(TOLD, tier) ? (TOLD[tier] ?? NOT_TOLD) : NOT_TOLD
}

/** What a provider is to be asked for: the tier that the endpoint is. The usual endpoint is asked for none that has a price of its
 *  own, unless it is the customer who pays there; undefined for nothing. */
export function tierToAsk({ serviceTier }: ChatPayload, endpoint: Endpoint): string | undefined {
  const own = tierOf(endpoint)
  if (own !== null) return own
  if (serviceTier === undefined) return undefined
  const named = tierNamed(serviceTier)
  if (named === null) return serviceTier
  return endpoint.byokKeyId === undefined ? undefined : named
}
