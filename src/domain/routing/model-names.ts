import type { MODEL_STRATEGIES } from '../../contract/inference/explanations.ts'
import { AppError } from '../app-error.ts'
import type { Endpoint, Model } from '../catalogue.ts'
import { isFree } from '../pricing.ts'
import type { SortBy } from './preferences.ts'

/** How a model came to be the one: asked for by its name, or chosen for a name that stands for several. */
export type ModelStrategy = (typeof MODEL_STRATEGIES)[number]

/** A concrete model that a name means, with those of its endpoints that it means. */
export interface MeantModel {
  model: Model
  /** By what its suffix wants the endpoints sorted. */
  sort: SortBy | null
  strategy: ModelStrategy
}

/** Suffixes that say how to choose an endpoint. */
const SORTING: Readonly<Record<string, SortBy>> = { nitro: 'throughput', floor: 'price', exacto: 'exacto' }
const SUFFIXES_MAX = 3

/**
 * The model of a name with suffixes: `:nitro`, `:floor` and `:exacto` sort, `:free`, `:extended` and `:thinking` mean some of the
 * endpoints unless the catalogue lists such a model by itself. Undefined when there is none. Throws `invalid_request` for
 * `:online`. Source: OpenRouter docs, model variants.
 */
export function findMeantModel(name: string, find: (id: string) => Model | undefined): MeantModel | undefined {
  let base = name
  const suffixes: Suffixes = { sort: null, kind: null }
  for (let count = 0; count <= SUFFIXES_MAX; count += 1) {
    const found = find(base)
    if (found !== undefined) {
      const model = suffixes.kind === null ? found : narrow(found, suffixes.kind)
      return model && { model, sort: suffixes.sort, strategy: 'direct' }
    }
    const at = base.lastIndexOf(':')
    if (at < 0 || !takeSuffix(base.slice(at + 1), suffixes, name)) return undefined
    base = base.slice(0, at)
  }
  return undefined
}

interface Suffixes {
  sort: SortBy | null
  kind: string | null
}

/** Whether there is such a suffix, and only one that means endpoints. */
function takeSuffix(suffix: string, suffixes: Suffixes, name: string): boolean {
  if (suffix === 'online') throw onlineIsAPlugin(name)
  if (Object.hasOwn(SORTING, suffix)) {
    suffixes.sort ??= SORTING[suffix] ?? null
    return true
  }
  if (suffixes.kind !== null || !Object.hasOwn(MEANS, suffix)) return false
  suffixes.kind = suffix
  return true
}

/** A name without the suffixes at its end that only sort, and what the last of them sorts by. */
export function withoutSorting(name: string): { base: string; sort: SortBy | null } {
  let base = name
  let sort: SortBy | null = null
  for (let at = base.lastIndexOf(':'); at >= 0; at = base.lastIndexOf(':')) {
    const suffix = base.slice(at + 1)
    if (!Object.hasOwn(SORTING, suffix)) break
    sort ??= SORTING[suffix] ?? null
    base = base.slice(0, at)
  }
  return { base, sort }
}

/** Suffixes that mean some of the endpoints of a model. */
const MEANS: Readonly<Record<string, (endpoint: Endpoint) => boolean>> = {
  free: ({ prices }) => isFree(prices),
  extended: ({ tag }) => tag.endsWith('/extended'),
  thinking: ({ tag }) => tag.endsWith('/thinking'),
}

function narrow(model: Model, kind: string): Model | undefined {
  const endpoints = model.endpoints.filter((endpoint) => MEANS[kind]?.(endpoint) === true)
  return endpoints.length === 0 ? undefined : { ...model, endpoints }
}

function onlineIsAPlugin(name: string): AppError {
  const message = `${name}: the suffix :online is not supported; it stood for the plugin "web", which this installation does not run`
  return new AppError('invalid_request', message, { model: name })
}

/** Whether a model is one that may be chosen for a name that stands for several: it writes text, and is nobody's test. */
export function isChosenFrom({ id, outputModalities }: Model): boolean {
  return !id.startsWith('sim/') && outputModalities.includes('text')
}
