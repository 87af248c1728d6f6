import { uuidV5 } from '../../platform/ids.ts'
import type { Endpoint, Model } from '../catalogue.ts'
import type { ServiceTier } from '../pricing.ts'
import { toWirePricing } from '../wire-prices.ts'
import type { PlanPreferences, SortBy } from './preferences.ts'
import { TIERS, tierOf } from './provider-names.ts'

/*
 * A provider may serve a model faster for more, or later for less. Each such tier that has prices is an endpoint beside the usual
 * one, `openai/priority` beside `openai`, to which nobody comes unasked: requests ask for it by `service_tier`, by the suffixes
 * `:nitro` and `:floor`, or by its full name. Source: OpenRouter docs, service tiers.
 */

const TIER_NAMESPACE = 'b4a1d6de-52a9-5c0e-8f0c-1f3a6f1d9c77'
/** What suffixes make eligible beside the sort that they are. */
const OF_SORT: Readonly<Partial<Record<SortBy, ServiceTier>>> = { throughput: 'priority', price: 'flex' }

/** The tier that the field `service_tier` names; null for those that are served as usual. */
export function tierNamed(serviceTier: string | null | undefined): ServiceTier | null {
  if (serviceTier === 'fast') return 'priority'
  return serviceTier === 'flex' || serviceTier === 'priority' ? serviceTier : null
}

/** The tier whose endpoints a request may go to although it doesn't name them. `sort`: by the suffix of the model. Who names an
 *  order means no others. */
export function tierAsked(
  serviceTier: string | null | undefined,
  sort: SortBy | null,
  preferences: PlanPreferences | null | undefined,
): ServiceTier | null {
  if (serviceTier && serviceTier !== 'auto') return tierNamed(serviceTier)
  return sort === null || preferences?.order?.length ? null : (OF_SORT[sort] ?? null)
}

/** The model with the endpoints of the tier and of those that the request names, behind its usual ones. */
export function withTiers(
  model: Model,
  tier: ServiceTier | null,
  preferences: PlanPreferences | null | undefined,
): Model {
  const tiers = preferences?.only || preferences?.order ? namedTiers(tier, preferences) : toList(tier)
  if (tiers.length === 0) return model
  const added = model.endpoints.flatMap((endpoint) => tiers.flatMap((one) => tierEndpoint(endpoint, one) ?? []))
  return added.length === 0 ? model : { ...model, endpoints: [...model.endpoints, ...added] }
}

/** All tiers of an endpoint, as the catalogue lists them behind it. */
export function tiersOf(endpoint: Endpoint): Endpoint[] {
  return TIERS.flatMap((tier) => tierEndpoint(endpoint, tier) ?? [])
}

/** What a tier's requests are on record with and are charged by: the provider tells which tier it was. */
export function usualOf(endpoint: Endpoint): Endpoint {
  return endpoint.usual ?? endpoint
}

const NO_TIERS: readonly ServiceTier[] = []
const LISTS = { flex: ['flex'], priority: ['priority'] } as const

function toList(tier: ServiceTier | null): readonly ServiceTier[] {
  return tier === null ? NO_TIERS : LISTS[tier]
}

function namedTiers(tier: ServiceTier | null, { only, order }: PlanPreferences): readonly ServiceTier[] {
  const names = [...(only ?? []), ...(order ?? [])].map((name) => name.toLowerCase())
  return TIERS.filter((one) => one === tier || names.some((name) => name.endsWith(`/${one}`)))
}

/** One object for each, because what is found out of an endpoint is kept by its object. */
const KNOWN = new WeakMap<Endpoint, Partial<Record<ServiceTier, Endpoint>>>()

function tierEndpoint(usual: Endpoint, tier: ServiceTier): Endpoint | undefined {
  const prices = usual.prices.tiers?.[tier]
  if (prices === undefined || tierOf(usual) !== null) return undefined
  const known = KNOWN.get(usual) ?? {}
  KNOWN.set(usual, known)
  known[tier] ??= Object.freeze({
    ...usual,
    id: uuidV5(TIER_NAMESPACE, `${usual.id} ${tier}`),
    tag: `${usual.tag}/${tier}`,
    prices,
    wirePricing: Object.freeze(toWirePricing(prices)),
    usual,
  })
  return known[tier]
}
