import { createHash } from 'node:crypto'
import type { ModelFacts } from '../contract/inference/model-facts.ts'
import { type BookedPrices, toBooked } from './booked-prices.ts'
import type { Catalogue, Endpoint, Model, Provider } from './catalogue.ts'
import { endpointId } from './endpoint-id.ts'
import type { Prices } from './pricing.ts'
import type { WirePricing } from './wire-prices.ts'

/** What one place (config file, environment, built-in) knows of a model at a provider. */
export interface EndpointSource extends ModelMetadata {
  providerSlug: string
  modelId: string
  upstreamId: string
  prices: Prices
  wirePricing: WirePricing
  contextLength: number
  maxCompletionTokens: number | null
  quantization: string
  supportedParameters: readonly string[]
}

/** Facts of a model that don't depend on who runs it; null where the source doesn't know. */
export interface ModelMetadata {
  name: string | null
  description: string | null
  /** Unix seconds. */
  created: number | null
  inputModalities: readonly string[] | null
  outputModalities: readonly string[] | null
  knowledgeCutoff: string | null
  facts?: ModelFacts
}

/** Providers and endpoints of one place. Each endpoint's provider is in this or an earlier source. */
export interface CatalogueSource {
  providers: readonly Provider[]
  endpoints: readonly EndpointSource[]
}

/** One line of the price book. */
export interface PriceBookEntry {
  provider: string
  model: string
  prices: BookedPrices
}

/**
 * One catalogue of several sources and of models that are complete already. An earlier source wins on the same provider and
 * on the same (provider, model); of a model's name and other facts the first known one is taken. Models and endpoints keep the order of the sources. The
 * result depends on the content alone, never on the time or the machine.
 */
export function buildCatalogue(sources: readonly CatalogueSource[], completeModels: Iterable<Model> = []): Catalogue {
  const complete = [...completeModels]
  const providers = new Map<string, Provider>()
  const ownProviders = complete.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider))
  for (const provider of [...sources.flatMap((source) => source.providers), ...ownProviders]) {
    if (!providers.has(provider.slug)) providers.set(provider.slug, provider)
  }
  const models = new Map<string, Model>()
  for (const [id, endpoints] of endpointsByModel(sources)) models.set(id, toModel(id, endpoints, providers))
  for (const model of complete) if (!models.has(model.id)) models.set(model.id, model)
  const priceVersion = versionOf(pricesOf({ models }))
  return Object.freeze({ priceVersion, models, providers: Object.freeze([...providers.values()]) })
}

export function findModel(catalogue: Pick<Catalogue, 'models'>, id: string): Model | undefined {
  return catalogue.models.get(id)
}

/** All prices, sorted by provider and model: what a price version stands for, so that any charge can be computed again. */
export function pricesOf(catalogue: Pick<Catalogue, 'models'>): PriceBookEntry[] {
  const entries = [...catalogue.models.values()].flatMap(({ endpoints }) => endpoints.map(toPriceBookEntry))
  return entries.sort((a, b) => compareText(a.provider, b.provider) || compareText(a.model, b.model))
}

function endpointsByModel(sources: readonly CatalogueSource[]): Map<string, EndpointSource[]> {
  const byModel = new Map<string, EndpointSource[]>()
  const taken = new Set<string>()
  for (const endpoint of sources.flatMap((source) => source.endpoints)) {
    const place = `${endpoint.providerSlug} ${endpoint.modelId}`
    if (taken.has(place)) continue
    taken.add(place)
    byModel.set(endpoint.modelId, [...(byModel.get(endpoint.modelId) ?? []), endpoint])
  }
  return byModel
}

function toModel(id: string, sources: readonly EndpointSource[], providers: ReadonlyMap<string, Provider>): Model {
  const endpoints = sources.map((source) => toEndpoint(source, providers))
  return Object.freeze({
    id,
    canonicalSlug: id,
    name: firstKnown(sources, 'name') ?? nameOf(id),
    created: firstKnown(sources, 'created') ?? 0,
    description: firstKnown(sources, 'description') ?? '',
    inputModalities: firstKnown(sources, 'inputModalities') ?? ['text'],
    outputModalities: firstKnown(sources, 'outputModalities') ?? ['text'],
    knowledgeCutoff: firstKnown(sources, 'knowledgeCutoff') ?? null,
    facts: Object.freeze(Object.assign({}, ...sources.toReversed().map(({ facts }) => facts)) as ModelFacts),
    endpoints: Object.freeze(endpoints),
  })
}

function toEndpoint(source: EndpointSource, providers: ReadonlyMap<string, Provider>): Endpoint {
  const provider = providers.get(source.providerSlug)
  if (!provider)
    throw new Error(`an endpoint of ${source.modelId} names the provider ${source.providerSlug}, which no source has`)
  return Object.freeze({
    id: endpointId(provider, source.modelId),
    modelId: source.modelId,
    provider,
    upstreamId: source.upstreamId,
    tag: provider.slug,
    prices: source.prices,
    wirePricing: source.wirePricing,
    contextLength: source.contextLength,
    maxCompletionTokens: source.maxCompletionTokens,
    quantization: source.quantization,
    supportedParameters: source.supportedParameters,
  })
}

function firstKnown<K extends Exclude<keyof ModelMetadata, 'facts'>>(
  sources: readonly EndpointSource[],
  key: K,
): EndpointSource[K] | undefined {
  return sources.find((source) => source[key] !== null)?.[key]
}

/** `openai/gpt-4o-mini` → `openai: gpt-4o-mini`. */
function nameOf(id: string): string {
  return id.replace('/', ': ')
}

function toPriceBookEntry({ provider, modelId, prices }: Endpoint): PriceBookEntry {
  return { provider: provider.slug, model: modelId, prices: toBooked(prices) }
}

function versionOf(book: readonly PriceBookEntry[]): string {
  return createHash('sha256').update(JSON.stringify(book)).digest('hex').slice(0, 16)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
