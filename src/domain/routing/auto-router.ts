import type { Endpoint, Model } from '../catalogue.ts'
import { matchesModel } from '../model-patterns.ts'
import { isFree } from '../pricing.ts'
import { isChosenFrom } from './model-names.ts'
import { blendedPrice } from './prices.ts'

/*
 * `openrouter/auto` and `openrouter/free`: models chosen from the local catalogue. Nobody has measured here which model answers
 * what best, so that the price stands for it: tiers are fifths of what could be used, from the cheapest to the dearest.
 * Source: OpenRouter docs, auto router.
 */

export const AUTO_MODEL = 'openrouter/auto'
export const FREE_MODEL = 'openrouter/free'
const COST_TIERS = ['low', 'medium', 'high', 'xhigh', 'max'] as const
type CostTier = (typeof COST_TIERS)[number]

/** How many of those that were chosen stand by for the first. */
const CHOSEN_MAX = 3

/** What the caller says of the choice. Patterns, with `*` for any text. */
export interface AutoOptions {
  allowedModels: readonly string[] | null
  excludedModels: readonly string[]
  /** Null is `medium`. */
  costTier: CostTier | null
}

export const NO_OPTIONS: AutoOptions = Object.freeze({ allowedModels: null, excludedModels: [], costTier: null })

/** Whatever is left of a model for a request that may go to any; empty when nothing. */
type LeftOf = (model: Model) => readonly Endpoint[]

/** Of a tier the newest first, then what is nearest to it in price. Empty when nothing is left. */
export function chooseAuto(models: Iterable<Model>, leftOf: LeftOf, options: AutoOptions): Model[] {
  const { allowedModels, costTier, excludedModels } = options
  const eligible = [...models].filter((model) => {
    const matched = { names: [model.id, model.canonicalSlug], isFree: isFreeModel(model) }
    return (
      isChosenFrom(model) &&
      (allowedModels === null || matchesModel(allowedModels, matched)) &&
      !matchesModel(excludedModels, matched)
    )
  })
  const byPrice = eligible
    .flatMap((model) => {
      const price = leastPrice(leftOf(model))
      return price === null ? [] : [{ model, price }]
    })
    .toSorted((a, b) => compare(a.price, b.price) || compareIds(a.model, b.model))
    .map(({ model }) => model)
  const [begin, end] = rangeOf(COST_TIERS.indexOf(costTier ?? 'medium'), byPrice.length)
  const tier = byPrice.slice(begin, end).toSorted((a, b) => b.created - a.created)
  const cheaper = byPrice.slice(0, begin).toReversed()
  return [...tier, ...cheaper, ...byPrice.slice(end)].slice(0, CHOSEN_MAX)
}

/** Any of those that cost nothing, and others to stand by. `draw`: from [0, 1). Empty when nothing is left. */
export function chooseFree(models: Iterable<Model>, leftOf: LeftOf, draw: number): Model[] {
  const free = [...models].flatMap((model) => {
    const endpoints = isChosenFrom(model) ? leftOf(model).filter(({ prices }) => isFree(prices)) : []
    return endpoints.length === 0 ? [] : [{ ...model, endpoints }]
  })
  const at = Math.floor(draw * free.length)
  return [...free.slice(at), ...free.slice(0, at)].slice(0, CHOSEN_MAX)
}

/** At least one place where there is any. */
function rangeOf(tier: number, count: number): [number, number] {
  const begin = Math.min(Math.floor((count * tier) / COST_TIERS.length), Math.max(count - 1, 0))
  return [begin, Math.max(begin + 1, Math.floor((count * (tier + 1)) / COST_TIERS.length))]
}

function isFreeModel({ endpoints }: Model): boolean {
  return endpoints.every(({ prices }) => isFree(prices))
}

function leastPrice(endpoints: readonly Endpoint[]): bigint | null {
  return endpoints.reduce<bigint | null>((least, endpoint) => {
    const price = blendedPrice(endpoint)
    return least === null || price < least ? price : least
  }, null)
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function compareIds(a: Model, b: Model): number {
  return a.id < b.id ? -1 : 1
}
