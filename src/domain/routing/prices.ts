import type { Endpoint } from '../catalogue.ts'

/** A per-request fee weighs as if the request had so many tokens. */
const TOKENS_OF_FEE = 1_000n
export const WHOLE_PPM = 1_000_000n

/** What endpoints are compared by: the prices of input and output together, after the discount. */
export function blendedPrice({ prices }: Pick<Endpoint, 'prices'>): bigint {
  const listed = prices.prompt + prices.completion + (prices.request ?? 0n) * TOKENS_OF_FEE
  return prices.discountPpm === undefined ? listed : (listed * (WHOLE_PPM - prices.discountPpm)) / WHOLE_PPM
}

export function comparePrices(a: Pick<Endpoint, 'prices'>, b: Pick<Endpoint, 'prices'>): number {
  const difference = blendedPrice(a) - blendedPrice(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/**
 * The place of the endpoint that a draw from [0, 1) falls on, where each has the weight 1/price²: a third of the price is
 * nine times as likely. Where some cost nothing, one of those. At least one endpoint. Source: OpenRouter docs, provider routing.
 */
export function drawByPrice(endpoints: readonly Pick<Endpoint, 'prices'>[], draw: number): number {
  const weights = weightsOf(endpoints)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let left = draw * total
  for (const [at, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return at
  }
  return weights.findLastIndex((weight) => weight > 0)
}

function weightsOf(endpoints: readonly Pick<Endpoint, 'prices'>[]): number[] {
  const prices = endpoints.map((endpoint) => Number(blendedPrice(endpoint)))
  const least = Math.min(...prices)
  return prices.map((price) => (least === 0 ? Number(price === 0) : (least / price) ** 2))
}
