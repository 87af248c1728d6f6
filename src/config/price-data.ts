import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import type { TokenPriceKey, UnitPriceKey } from '../contract/common/price-text.ts'
import { tokenPriceText, type WireOverride, type WirePricing } from '../domain/wire-prices.ts'

/** A model as the data package knows it. */
export interface PricedModel {
  id: string
  /** Other names of it at the provider. */
  aliases: readonly string[]
  name: string | null
  description: string | null
  contextLength: number | null
  pricing: WirePricing
}

/** Price keys of the package that are dollars per million tokens, as the official Pricing object calls them. */
const TOKEN_KEYS: Readonly<Record<string, TokenPriceKey>> = {
  input_mtok: 'prompt',
  output_mtok: 'completion',
  cache_read_mtok: 'input_cache_read',
  cache_write_mtok: 'input_cache_write',
  cache_write_1h_mtok: 'input_cache_write_1h',
  input_audio_mtok: 'audio',
  cache_audio_read_mtok: 'input_audio_cache',
  output_audio_mtok: 'audio_output',
  input_image_mtok: 'image_token',
  cache_image_read_mtok: 'input_audio_cache',
  output_image_mtok: 'image_output',
  output_reasoning_mtok: 'internal_reasoning',
}
/** Those that are dollars per thousand. */
const UNIT_KEYS: Readonly<Record<string, UnitPriceKey>> = { requests_kcount: 'request' }
/** Priced tools of the provider, which a plain completion doesn't use. */
const TOOL_KEYS = new Set(['web_searches_kcount', 'storage_searches_kcount'])

/**
 * What the data package knows of the models of one provider, with the prices in force at `nowMs`. The package is loaded at
 * the first call, because it costs time and memory that an installation without environment providers never needs. Nothing
 * is fetched. Models whose prices hold a unit we don't count (hours of audio, pages) are left out.
 */
export async function loadPricedModels(providerId: string, nowMs: number): Promise<PricedModel[]> {
  const { findProvider } = await import('@pydantic/genai-prices')
  const provider = findProvider({ providerId })
  if (!provider) throw new Error(`the price data has no provider ${providerId}`)
  return provider.models.filter(({ deprecated }) => deprecated !== true).flatMap((model) => toPricedModel(model, nowMs))
}

function toPricedModel(model: ModelInfo, nowMs: number): PricedModel[] {
  const pricing = pricingOf(model, nowMs)
  if (!pricing) return []
  return [
    {
      id: model.id,
      aliases: namesOf(model.match),
      name: model.name ?? null,
      description: model.description ?? null,
      contextLength: model.context_window ?? null,
      pricing,
    },
  ]
}

/** Undefined when a part of the price can't be charged or input or output has none. */
function pricingOf(model: ModelInfo, nowMs: number): WirePricing | undefined {
  const [base, ...hours] = pricesInForce(model.prices, nowMs)
  if (!base) return undefined
  // A free variant is listed without prices; any other model without them is unpriced.
  if (Object.keys(base.prices).length === 0)
    return model.id.endsWith(':free') ? { prompt: '0', completion: '0' } : undefined
  const isChargeable = Object.keys(base.prices).every(
    (key) => key in TOKEN_KEYS || key in UNIT_KEYS || TOOL_KEYS.has(key),
  )
  const [usual = {}, ...tiers] = levelsOf(base.prices)
  const overrides = [
    ...tiers,
    ...hours.flatMap((entry) => levelsOf(entry.prices).map((level) => ({ ...level, ...hoursOf(entry) }))),
  ]
  // What only becomes numbers has no output.
  const completion = usual.completion ?? (/embed/.test(model.id) ? '0' : undefined)
  if (!isChargeable || usual.prompt === undefined || completion === undefined) return undefined
  return { ...usual, completion, ...unitPrices(base.prices), ...(overrides.length > 0 && { overrides }) }
}

/** The price of the latest start date that has come, then those that replace it at hours of the day. */
function pricesInForce(prices: ModelInfo['prices'], nowMs: number): ConditionalPrice[] {
  if (!Array.isArray(prices)) return [{ prices }]
  const hasStarted = ({ constraint }: ConditionalPrice) =>
    constraint === undefined || (constraint.type === 'start_date' && Date.parse(constraint.start_date) <= nowMs)
  const at = prices.findLastIndex(hasStarted)
  const current = prices[at]
  if (!current) return []
  return [current, ...prices.slice(at + 1).filter(({ constraint }) => constraint?.type === 'time_of_date')]
}

/** `00:30:00Z` → 30. */
function hoursOf({ constraint }: ConditionalPrice): Pick<WireOverride, 'utc_start' | 'utc_end'> {
  if (constraint?.type !== 'time_of_date') return {}
  const [start, end] = [constraint.start_time, constraint.end_time].map((time) =>
    Number(time.slice(0, 5).replace(':', '')),
  )
  return { utc_start: start, utc_end: end }
}

/** The base level of a price, then one level for each length of input from which prices are others. */
function levelsOf(price: ModelPrice): WireOverride[] {
  const levels = new Map<number, { -readonly [key in TokenPriceKey]?: string | undefined }>([[0, {}]])
  for (const [key, value] of Object.entries(price)) {
    const wireKey = TOKEN_KEYS[key]
    if (wireKey === undefined || value === undefined) continue
    const steps = typeof value === 'number' ? [] : value.tiers
    for (const { start, price: step } of [
      { start: 0, price: typeof value === 'number' ? value : value.base },
      ...steps,
    ]) {
      const level = levels.get(start) ?? {}
      level[wireKey] = dearer(level[wireKey], tokenPriceText(step))
      levels.set(start, level)
    }
  }
  const sorted = [...levels].sort(([a], [b]) => a - b)
  return sorted.map(([start, level]) => (start === 0 ? level : { min_prompt_tokens: start, ...level }))
}

function unitPrices(price: ModelPrice): WirePricing {
  const pairs = Object.entries(price).flatMap(([key, value]) => {
    const wireKey = UNIT_KEYS[key]
    return wireKey === undefined || typeof value !== 'number' ? [] : [[wireKey, String(value / 1_000)]]
  })
  return Object.fromEntries(pairs) as WirePricing
}

function dearer(a: string | undefined, b: string): string {
  return a !== undefined && Number(a) > Number(b) ? a : b
}

function namesOf(match: MatchLogic): string[] {
  if ('equals' in match) return [match.equals]
  return 'or' in match ? match.or.flatMap(namesOf) : []
}
