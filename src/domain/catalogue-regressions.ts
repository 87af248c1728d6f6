import type { EndpointSource } from './build-catalogue.ts'
import { costBound, type Prices, type TokenPriceName } from './pricing.ts'

const TOLD_MAX = 50
const TOKEN_PRICES: readonly TokenPriceName[] = [
  'prompt',
  'completion',
  'inputCacheRead',
  'inputCacheWrite',
  'inputCacheWrite1h',
  'inputAudioCache',
  'audio',
  'imageToken',
  'internalReasoning',
  'audioOutput',
  'imageOutput',
]

/**
 * What would be worse with `fresh` than it was with `before`, each in words: a model that is gone, but for those that were said to
 * end before `today` (`YYYY-MM-DD`), and a price that has become nothing. A dearer or cheaper price is no fault.
 */
export function regressions(
  before: readonly EndpointSource[],
  fresh: readonly EndpointSource[],
  today: string,
): string[] {
  const now = new Map(fresh.map((endpoint) => [nameOf(endpoint), endpoint]))
  const faults = before.flatMap((known) => {
    const next = now.get(nameOf(known))
    if (next !== undefined) return zeroed(known.prices, next.prices).map((price) => `${nameOf(known)}: ${price}`)
    const end = known.facts?.expiration_date
    return end !== undefined && end < today ? [] : [`${nameOf(known)}: is gone`]
  })
  return faults.length <= TOLD_MAX ? faults : [...faults.slice(0, TOLD_MAX), `and ${faults.length - TOLD_MAX} more`]
}

function nameOf({ providerSlug, modelId }: EndpointSource): string {
  return `provider ${providerSlug}, model ${modelId}`
}

function zeroed(before: Prices, fresh: Prices): string[] {
  const tokens = TOKEN_PRICES.filter((name) => (before[name] ?? 0n) > 0n && fresh[name] === 0n)
  const units = (['request', 'image'] as const).filter((name) => (before[name] ?? 0n) > 0n && !fresh[name])
  const faults = [...tokens, ...units].map((name) => `the price ${name} has become nothing`)
  if (faults.length > 0 || worth(before) === 0n || worth(fresh) > 0n) return faults
  return ['everything has become free']
}

function worth(prices: Prices): bigint {
  return costBound(prices, 1_000_000, 1_000_000, 1)
}
