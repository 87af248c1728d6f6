import type { NanoUsd } from './money.ts'
import { costOf, type Prices, pricesInForce, type ServiceTier, splitUsage, type TokenUsage } from './pricing.ts'

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
  'input_audio_cache',
  'input_cache_write',
  'input_cache_write_1h',
  'audio',
  'image_token',
  'request',
  'image',
  'search_unit',
  'completion',
  'internal_reasoning',
  'audio_output',
  'image_output',
] as const

const MILLION = 1_000_000n

/** The lines that `costOf` adds up for a request that came at `at`, in epoch milliseconds, but for those of nothing. */
export function componentsOf(listed: Prices, usage: TokenUsage, at: number): PriceComponent[] {
  const prices = pricesInForce(listed, usage, at)
  const counts = splitUsage(prices, usage)
  const { prompt, completion, inputCacheRead: read = prompt, inputCacheWrite: write = prompt } = prices
  return [
    tokens('prompt', prompt, counts.plain),
    tokens('input_cache_read', read, counts.cached),
    tokens('input_audio_cache', prices.inputAudioCache ?? read, counts.cachedAudio),
    tokens('input_cache_write', write, counts.written),
    tokens('input_cache_write_1h', prices.inputCacheWrite1h ?? write, counts.writtenForHour),
    tokens('audio', prices.audio ?? prompt, counts.audio),
    tokens('image_token', prices.imageToken ?? prompt, counts.image),
    single('request', prices.request ?? 0n, prices.request === undefined ? 0 : 1),
    single('image', prices.image ?? 0n, usage.images),
    single('search_unit', prices.searchUnit ?? 0n, prices.searchUnit === undefined ? 0 : (usage.searchUnits ?? 0)),
    tokens('completion', completion, counts.completion),
    tokens('internal_reasoning', prices.internalReasoning ?? completion, counts.reasoning),
    tokens('audio_output', prices.audioOutput ?? completion, counts.audioOutput),
    tokens('image_output', prices.imageOutput ?? completion, counts.imageOutput),
  ].filter(({ quantity }) => quantity > 0)
}

function tokens(name: PriceComponent['name'], price: NanoUsd, quantity: number): PriceComponent {
  return { name, price, per: 1_000_000, quantity, exact: BigInt(quantity) * price }
}

function single(name: PriceComponent['name'], price: NanoUsd, quantity: number): PriceComponent {
  return { name, price, per: 1, quantity, exact: BigInt(quantity) * price * MILLION }
}

/** Kinds that a generation's row doesn't keep, as earlier ones don't keep the tier: a provider may have told that there were none of them. */
const NONE_OF_SPECIAL_KINDS = {
  cacheWrite1hTokens: 0,
  cachedAudioTokens: 0,
  imageTokens: 0,
  audioOutputTokens: 0,
  imageOutputTokens: 0,
} as const

/** The lines of a charge that is known, or null where they don't come to it: then something of the usage isn't known. `at` as
 *  above. */
export function componentsOfCharge(
  prices: Prices,
  usage: TokenUsage,
  { charge, at }: { charge: NanoUsd; at: number },
): PriceComponent[] | null {
  if (charge === 0n && usage.promptTokens + usage.completionTokens === 0) return []
  const untold = [usage, { ...NONE_OF_SPECIAL_KINDS, ...usage }]
  const tiers = Object.keys(prices.tiers ?? {}) as ServiceTier[]
  const possible = [...untold, ...tiers.flatMap((serviceTier) => untold.map((one) => ({ ...one, serviceTier })))]
  const known = possible.find((one) => costOf(prices, one, at).total === charge)
  return known === undefined ? null : componentsOf(prices, known, at)
}
