import type { PriceOverride, Prices } from './pricing.ts'

/** Prices as the price book keeps them, so that any charge can be computed again: nano-US-dollars as decimal digits, per million
 *  tokens or per one, as in `Prices`; bounds of overrides as numbers. */
export type BookedPrices = Readonly<Record<string, BookedValue | readonly BookedOverride[] | BookedTiers>>
type BookedTiers = { readonly [tier: string]: BookedPrices }
type BookedOverride = Readonly<Record<string, BookedValue>>
type BookedValue = string | number

/** The same for the same prices, in whatever order they were written. */
export function toBooked({ overrides, tiers, ...prices }: Prices): BookedPrices {
  return {
    ...digitsOf(prices),
    ...(overrides === undefined ? {} : { overrides: overrides.map(digitsOf) }),
    ...(tiers === undefined ? {} : { tiers: mapTiers(tiers, toBooked) }),
  }
}

export function fromBooked({ overrides, tiers, ...prices }: BookedPrices): Prices {
  return {
    ...(amountsOf(prices as BookedOverride) as unknown as Prices),
    ...(Array.isArray(overrides) && {
      overrides: overrides.map((one: BookedOverride) => amountsOf(one) as PriceOverride),
    }),
    ...(typeof tiers === 'object' && { tiers: mapTiers(tiers as BookedTiers, fromBooked) }),
  }
}

function mapTiers<From, To>(tiers: Readonly<Record<string, From>>, map: (prices: From) => To): Record<string, To> {
  const sorted = Object.entries(tiers).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([tier, prices]) => [tier, map(prices)]))
}

function digitsOf(prices: PriceOverride): BookedOverride {
  const pairs = Object.entries(prices).filter((pair): pair is [string, bigint | number] => pair[1] !== undefined)
  const sorted = pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]))
}

function amountsOf(prices: BookedOverride): Record<string, bigint | number> {
  const pairs = Object.entries(prices)
  return Object.fromEntries(pairs.map(([key, value]) => [key, typeof value === 'string' ? BigInt(value) : value]))
}
