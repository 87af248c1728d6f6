import {
  TOKEN_PRICE_KEYS,
  TOKEN_PRICE_SCALE,
  type TokenPriceKey,
  UNIT_PRICE_SCALE,
  type UnitPriceKey,
} from '../contract/common/price-text.ts'
import { type NanoUsd, parseDecimal } from './money.ts'
import type { PriceOverride, Prices, TokenPriceName } from './pricing.ts'

const DISCOUNT_PPM_MAX = 1_000_000n

type TokenTexts = { readonly [key in TokenPriceKey]?: string | undefined }

/** The official Pricing object: decimal strings of dollars, checked by `priceProblem`. */
export type WirePricing = TokenTexts & { readonly [key in UnitPriceKey]?: string | undefined } & {
  /** Share taken off the whole, 0 to 1. */
  readonly discount?: number | undefined
  readonly overrides?: WireOverride[] | undefined
}

/** Other prices for longer inputs or hours of the day, HHMM in UTC. */
export type WireOverride = TokenTexts & {
  readonly min_prompt_tokens?: number | undefined
  readonly utc_start?: number | undefined
  readonly utc_end?: number | undefined
}

export interface ChargedPrices {
  prices: Prices
  /** What is charged, as the catalogue shows it. */
  wirePricing: WirePricing
  /** Keys that are shown but never charged, because no count of them is known. */
  unchargedKeys: readonly string[]
}

const NAMES: Readonly<Record<TokenPriceKey, TokenPriceName>> = {
  prompt: 'prompt',
  completion: 'completion',
  image_token: 'imageToken',
  image_output: 'imageOutput',
  audio: 'audio',
  audio_output: 'audioOutput',
  input_audio_cache: 'inputAudioCache',
  input_cache_read: 'inputCacheRead',
  input_cache_write: 'inputCacheWrite',
  input_cache_write_1h: 'inputCacheWrite1h',
  internal_reasoning: 'internalReasoning',
}

/** What an endpoint with these wire prices charges. Throws RangeError on a price that `priceProblem` refuses. */
export function chargedPrices(wire: WirePricing): ChargedPrices {
  const { request, image, discount, overrides, search_unit: searchUnit, web_search: webSearch } = wire
  const prices: Prices = {
    prompt: 0n,
    completion: 0n,
    ...tokenPrices(wire),
    ...(request === undefined ? {} : { request: parseDecimal(request, UNIT_PRICE_SCALE) }),
    ...(image === undefined ? {} : { image: parseDecimal(image, UNIT_PRICE_SCALE) }),
    ...(searchUnit === undefined ? {} : { searchUnit: parseDecimal(searchUnit, UNIT_PRICE_SCALE) }),
    ...(discount ? { discountPpm: discountPpm(discount) } : {}),
    ...(overrides === undefined || overrides.length === 0 ? {} : { overrides: overrides.map(toOverride) }),
  }
  const shown = webSearch === undefined ? {} : { web_search: webSearch }
  return {
    prices,
    wirePricing: { ...toWirePricing(prices), ...shown },
    unchargedKeys: Object.keys(shown),
  }
}

/** The official Pricing object of `prices`. */
export function toWirePricing(prices: Prices): WirePricing & { prompt: string; completion: string } {
  const { prompt, completion, request, image, searchUnit, discountPpm: ppm, overrides } = prices
  return {
    ...tokenTexts(prices),
    prompt: decimalOf(prompt, TOKEN_PRICE_SCALE),
    completion: decimalOf(completion, TOKEN_PRICE_SCALE),
    ...(request === undefined ? {} : { request: decimalOf(request, UNIT_PRICE_SCALE) }),
    ...(image === undefined ? {} : { image: decimalOf(image, UNIT_PRICE_SCALE) }),
    ...(searchUnit === undefined ? {} : { search_unit: decimalOf(searchUnit, UNIT_PRICE_SCALE) }),
    ...(ppm === undefined ? {} : { discount: Number(ppm) / 1e6 }),
    ...(overrides === undefined ? {} : { overrides: overrides.map(toWireOverride) }),
  }
}

/** Dollars per million tokens as the wire writes a token price: dollars per token, rounded up to our resolution. */
export function tokenPriceText(usdPerMillion: number): string {
  return decimalOf(parseDecimal(String(usdPerMillion), UNIT_PRICE_SCALE), TOKEN_PRICE_SCALE)
}

function toOverride(wire: WireOverride): PriceOverride {
  const { min_prompt_tokens: tokens, utc_start: start, utc_end: end } = wire
  return {
    ...(tokens === undefined ? {} : { minPromptTokens: tokens }),
    ...(start === undefined || end === undefined ? {} : { utcStart: start, utcEnd: end }),
    ...tokenPrices(wire),
  }
}

function toWireOverride(override: PriceOverride): WireOverride {
  const { minPromptTokens, utcStart, utcEnd } = override
  return {
    ...(minPromptTokens === undefined ? {} : { min_prompt_tokens: minPromptTokens }),
    ...(utcStart === undefined ? {} : { utc_start: utcStart }),
    ...(utcEnd === undefined ? {} : { utc_end: utcEnd }),
    ...tokenTexts(override),
  }
}

function tokenPrices(wire: TokenTexts): Partial<Record<TokenPriceName, NanoUsd>> {
  const declared = TOKEN_PRICE_KEYS.flatMap((key) => {
    const text = wire[key]
    return text === undefined ? [] : [[NAMES[key], parseDecimal(text, TOKEN_PRICE_SCALE)]]
  })
  return Object.fromEntries(declared) as Partial<Record<TokenPriceName, NanoUsd>>
}

function tokenTexts(prices: PriceOverride): TokenTexts {
  const declared = TOKEN_PRICE_KEYS.flatMap((key) => {
    const price = prices[NAMES[key]]
    return price === undefined ? [] : [[key, decimalOf(price, TOKEN_PRICE_SCALE)]]
  })
  return Object.fromEntries(declared) as TokenTexts
}

function discountPpm(discount: number): bigint {
  const millionths = BigInt(Math.floor(discount * 1e6 + 1e-6))
  return millionths > DISCOUNT_PPM_MAX ? DISCOUNT_PPM_MAX : millionths
}

/** `value` / 10^`scale` as the shortest plain decimal. */
function decimalOf(value: NanoUsd, scale: number): string {
  const digits = value.toString().padStart(scale + 1, '0')
  const fraction = digits.slice(-scale).replace(/0+$/, '')
  const whole = digits.slice(0, -scale)
  return fraction === '' ? whole : `${whole}.${fraction}`
}
