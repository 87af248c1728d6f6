import {
  TOKEN_PRICE_SCALE,
  type TokenPriceKey,
  UNIT_PRICE_SCALE,
  type UnitPriceKey,
} from '../contract/common/price-text.ts'
import { type NanoUsd, parseDecimal } from './money.ts'
import type { Prices } from './pricing.ts'

const DISCOUNT_PPM_MAX = 1_000_000n

/** The official Pricing object: decimal strings of dollars, checked by `priceProblem`. */
export type WirePricing = { [key in TokenPriceKey | UnitPriceKey]?: string | undefined } & {
  /** Share taken off the whole, 0 to 1. */
  discount?: number | undefined
  /** Other prices for long inputs or hours of the day. */
  overrides?: readonly { [key in TokenPriceKey]?: string | undefined }[] | undefined
}

export interface ChargedPrices {
  prices: Prices
  /** What is charged, as the catalogue shows it. */
  wirePricing: Readonly<Record<string, string>>
  /** Keys whose use isn't counted apart: they are charged within a broader price, at the dearer of the two. */
  foldedKeys: readonly string[]
  /** Keys that are shown but never charged, because no count of them is known. */
  unchargedKeys: readonly string[]
}

/**
 * What an endpoint with these wire prices charges. A use that the gateway can't tell apart in a provider's report (a
 * one-hour cache write, audio output, a long input, an hour of the day) is charged at the dearest rate it may have had, so
 * that a charge is never too low. Throws RangeError on a price that `priceProblem` refuses.
 */
export function chargedPrices(wire: WirePricing): ChargedPrices {
  const token = (key: TokenPriceKey) => dearestOf(wire, key)
  const prompt = dearest(token('prompt') ?? 0n, token('image_token'))
  const completion = dearest(token('completion') ?? 0n, token('audio_output'), token('image_output'))
  const cacheRead = fold(token('input_cache_read'), token('input_audio_cache'), prompt)
  const cacheWrite = fold(token('input_cache_write'), token('input_cache_write_1h'), prompt)
  const reasoning = token('internal_reasoning')
  const audio = token('audio')
  const { request, image } = wire
  const prices: Prices = {
    prompt,
    completion,
    ...(request === undefined ? {} : { request: parseDecimal(request, UNIT_PRICE_SCALE) }),
    ...(image === undefined ? {} : { image: parseDecimal(image, UNIT_PRICE_SCALE) }),
    ...(cacheRead === undefined ? {} : { inputCacheRead: cacheRead }),
    ...(cacheWrite === undefined ? {} : { inputCacheWrite: cacheWrite }),
    ...(reasoning === undefined ? {} : { internalReasoning: reasoning }),
    ...(audio === undefined ? {} : { audio }),
    ...(wire.discount ? { discountPpm: discountPpm(wire.discount) } : {}),
  }
  const foldable = ['image_token', 'image_output', 'audio_output', 'input_audio_cache', 'input_cache_write_1h'] as const
  const foldedKeys: string[] = foldable.filter((key) => wire[key] !== undefined)
  if (wire.overrides && wire.overrides.length > 0) foldedKeys.push('overrides')
  const unchargedKeys = wire.web_search === undefined ? [] : ['web_search']
  return { prices, wirePricing: toWirePricing(prices), foldedKeys, unchargedKeys }
}

/** The official Pricing object of `prices`, without its `discount`. */
export function toWirePricing(prices: Prices): Record<string, string> {
  const wire: Record<string, string> = {
    prompt: decimalOf(prices.prompt, TOKEN_PRICE_SCALE),
    completion: decimalOf(prices.completion, TOKEN_PRICE_SCALE),
  }
  const add = (key: string, price: NanoUsd | undefined, scale: number) => {
    if (price !== undefined) wire[key] = decimalOf(price, scale)
  }
  add('request', prices.request, UNIT_PRICE_SCALE)
  add('image', prices.image, UNIT_PRICE_SCALE)
  add('audio', prices.audio, TOKEN_PRICE_SCALE)
  add('input_cache_read', prices.inputCacheRead, TOKEN_PRICE_SCALE)
  add('input_cache_write', prices.inputCacheWrite, TOKEN_PRICE_SCALE)
  add('internal_reasoning', prices.internalReasoning, TOKEN_PRICE_SCALE)
  return wire
}

/** Dollars per million tokens as the wire writes a token price: dollars per token, rounded up to our resolution. */
export function tokenPriceText(usdPerMillion: number): string {
  return decimalOf(parseDecimal(String(usdPerMillion), UNIT_PRICE_SCALE), TOKEN_PRICE_SCALE)
}

function discountPpm(discount: number): bigint {
  const millionths = BigInt(Math.floor(discount * 1e6 + 1e-6))
  return millionths > DISCOUNT_PPM_MAX ? DISCOUNT_PPM_MAX : millionths
}

/** The price called `key`, or the dearest that an override gives it. An override of an absent price counts alone. */
function dearestOf(wire: WirePricing, key: TokenPriceKey): NanoUsd | undefined {
  const texts = [wire[key], ...(wire.overrides ?? []).map((override) => override[key])]
  const declared = texts.flatMap((text) => (text === undefined ? [] : [parseDecimal(text, TOKEN_PRICE_SCALE)]))
  return declared.length === 0 ? undefined : dearest(...declared)
}

/** The price of a group of tokens of which `special` may be a part; `fallback` is what the rest costs without a price of its own. */
function fold(own: NanoUsd | undefined, special: NanoUsd | undefined, fallback: NanoUsd): NanoUsd | undefined {
  return special === undefined ? own : dearest(own ?? fallback, special)
}

function dearest(...prices: (NanoUsd | undefined)[]): NanoUsd {
  let most = 0n
  for (const price of prices) if (price !== undefined && price > most) most = price
  return most
}

/** `value` / 10^`scale` as the shortest plain decimal. */
function decimalOf(value: NanoUsd, scale: number): string {
  const digits = value.toString().padStart(scale + 1, '0')
  const fraction = digits.slice(-scale).replace(/0+$/, '')
  const whole = digits.slice(0, -scale)
  return fraction === '' ? whole : `${whole}.${fraction}`
}
