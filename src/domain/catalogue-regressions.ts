import type { EndpointSource } from './build-catalogue.ts'
import { costBound, type PriceOverride, type Prices, type ServiceTier, type TokenPriceName } from './pricing.ts'

const TOLD_MAX = 50
/** Each token price with the broader one that is charged where it isn't stated. */
const BROADER: Readonly<Record<TokenPriceName, TokenPriceName | null>> = {
  prompt: null,
  completion: null,
  inputCacheRead: 'prompt',
  inputCacheWrite: 'prompt',
  inputCacheWrite1h: 'inputCacheWrite',
  inputAudioCache: 'inputCacheRead',
  audio: 'prompt',
  imageToken: 'prompt',
  internalReasoning: 'completion',
  audioOutput: 'completion',
  imageOutput: 'completion',
}
const TOKEN_PRICES = Object.keys(BROADER) as TokenPriceName[]

/**
 * What would be worse with `fresh` than it was with `before`, each in words: a model that is gone, but for those that were said to
 * end before `today` (`YYYY-MM-DD`), a price that has become nothing, also for some inputs, hours or tiers only, and one that is
 * not stated any more where less is charged in its place. A dearer or cheaper price is no fault. Of two entries for one model the
 * first counts, as in the catalogue.
 */
export function regressions(
  before: readonly EndpointSource[],
  fresh: readonly EndpointSource[],
  today: string,
): string[] {
  const now = new Map(fresh.toReversed().map((endpoint) => [nameOf(endpoint), endpoint]))
  const faults = before.flatMap((known) => {
    const next = now.get(nameOf(known))
    if (next !== undefined) return worsened(known.prices, next.prices).map((fault) => `${nameOf(known)}: ${fault}`)
    const end = known.facts?.expiration_date
    return end !== undefined && end < today ? [] : [`${nameOf(known)}: is gone`]
  })
  return faults.length <= TOLD_MAX ? faults : [...faults.slice(0, TOLD_MAX), `and ${faults.length - TOLD_MAX} more`]
}

function nameOf({ providerSlug, modelId }: EndpointSource): string {
  return `provider ${providerSlug}, model ${modelId}`
}

function worsened(before: Prices, fresh: Prices): string[] {
  return [...worsenedAlone(before, fresh), ...worsenedTiers(before, fresh)]
}

function worsenedAlone(before: Prices, fresh: Prices): string[] {
  const faults = [...zeroed(before, fresh), ...lost(before, fresh), ...worsenedOverrides(before, fresh)]
  if (faults.length > 0 || worth(before) === 0n || worth(fresh) > 0n) return faults
  return ['everything has become free']
}

function zeroed(before: Prices, fresh: Prices): string[] {
  const tokens = TOKEN_PRICES.filter((name) => charged(before, name) > 0n && fresh[name] === 0n)
  const units = (['request', 'image'] as const).filter((name) => (before[name] ?? 0n) > 0n && !fresh[name])
  return [...tokens, ...units].map((name) => `the price ${name} has become nothing`)
}

function lost(before: Prices, fresh: Prices): string[] {
  const names = TOKEN_PRICES.filter((name) => fresh[name] === undefined && (before[name] ?? 0n) > charged(fresh, name))
  return names.map((name) => `the price ${name} is gone, and less is charged in its place`)
}

/** What holds for longer inputs or some hours only. */
function worsenedOverrides(before: Prices, fresh: Prices): string[] {
  const [known = [], next = []] = [before.overrides, fresh.overrides]
  const isNothing = (name: TokenPriceName) => (override: PriceOverride) => override[name] === 0n
  const names = TOKEN_PRICES.filter(
    (name) => charged(before, name) > 0n && next.some(isNothing(name)) && !known.some(isNothing(name)),
  )
  const isDearer = (override: PriceOverride) =>
    TOKEN_PRICES.some((name) => (override[name] ?? 0n) > charged(fresh, name))
  return [
    ...names.map((name) => `the price ${name} has become nothing for some inputs or hours`),
    ...(next.length === 0 && known.some(isDearer) ? ['dearer prices for some inputs or hours are gone'] : []),
  ]
}

/** A tier without prices of its own costs what is usual. */
function worsenedTiers(before: Prices, fresh: Prices): string[] {
  const tiers = new Set([...Object.keys(before.tiers ?? {}), ...Object.keys(fresh.tiers ?? {})] as ServiceTier[])
  return [...tiers].flatMap((tier) => {
    const [known, next] = [before.tiers?.[tier] ?? before, fresh.tiers?.[tier]] as const
    if (next !== undefined) return worsenedAlone(known, next).map((fault) => `in the tier ${tier} ${fault}`)
    const isDearer = TOKEN_PRICES.some((name) => charged(known, name) > charged(fresh, name))
    return isDearer ? [`the prices of the tier ${tier} are gone, and less is charged in their place`] : []
  })
}

/** Nano-dollars per million tokens. */
function charged(prices: Prices, name: TokenPriceName): bigint {
  const broader = BROADER[name]
  return prices[name] ?? (broader === null ? 0n : charged(prices, broader))
}

function worth(prices: Prices): bigint {
  return costBound({ ...prices, tiers: {} }, 1_000_000, 1_000_000, { images: 1, searchUnits: 1 })
}
