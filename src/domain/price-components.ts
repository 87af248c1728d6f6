import type { NanoUsd } from './money.ts'
import { costOf, type Prices, splitUsage, type TokenUsage } from './pricing.ts'

/** What something costs in one line: `quantity` at `price` for each `per`. `exact` is in 10⁻¹⁵ dollars, before the discount. */
export interface PriceComponent {
  name: (typeof PRICE_COMPONENTS)[number]
  price: NanoUsd
  per: 1 | 1_000_000
  quantity: number
  exact: bigint
}

export const PRICE_COMPONENTS = [
  'prompt',
  'input_cache_read',
  'input_cache_write',
  'audio',
  'request',
  'image',
  'completion',
  'internal_reasoning',
] as const

const MILLION = 1_000_000n

/** The lines that `costOf` adds up, but for those of nothing. */
export function componentsOf(prices: Prices, usage: TokenUsage): PriceComponent[] {
  const counts = splitUsage(usage)
  const tokens = (name: PriceComponent['name'], price: NanoUsd, quantity: number): PriceComponent => ({
    name,
    price,
    per: 1_000_000,
    quantity,
    exact: BigInt(quantity) * price,
  })
  const single = (name: PriceComponent['name'], price: NanoUsd, quantity: number): PriceComponent => ({
    name,
    price,
    per: 1,
    quantity,
    exact: BigInt(quantity) * price * MILLION,
  })
  return [
    tokens('prompt', prices.prompt, counts.plain),
    tokens('input_cache_read', prices.inputCacheRead ?? prices.prompt, counts.cached),
    tokens('input_cache_write', prices.inputCacheWrite ?? prices.prompt, counts.written),
    tokens('audio', prices.audio ?? prices.prompt, counts.audio),
    single('request', prices.request ?? 0n, prices.request === undefined ? 0 : 1),
    single('image', prices.image ?? 0n, usage.images),
    tokens('completion', prices.completion, counts.completion),
    tokens('internal_reasoning', prices.internalReasoning ?? prices.completion, counts.reasoning),
  ].filter(({ quantity }) => quantity > 0)
}

/** The lines of a charge that is known, or null where they don't come to it: then something of the usage isn't known. */
export function componentsOfCharge(prices: Prices, usage: TokenUsage, charge: NanoUsd): PriceComponent[] | null {
  if (charge === 0n && usage.promptTokens + usage.completionTokens === 0) return []
  return costOf(prices, usage).total === charge ? componentsOf(prices, usage) : null
}
