import type { ModelEntry } from '../contract/common/provider-schema.ts'
import { MODEL_FACTS, type ModelFacts } from '../contract/inference/model-facts.ts'
import type { EndpointSource } from './build-catalogue.ts'
import type { Prices } from './pricing.ts'
import { DEFAULT_PARAMETERS } from './supported-parameters.ts'
import { chargedPrices, type WirePricing } from './wire-prices.ts'

/** What somebody wrote of a model at a provider, with what they left out filled in. */
export function toEndpointSource(providerSlug: string, model: ModelEntry): EndpointSource {
  const { pricing = {}, service_tiers: tiers = {} } = model
  const { prices, wirePricing } = chargedPrices(pricing)
  return {
    providerSlug,
    modelId: model.id,
    upstreamId: model.upstream_id ?? model.id.slice(model.id.indexOf('/') + 1),
    prices: Object.freeze({ ...prices, ...tiersOf(pricing, tiers) }),
    wirePricing: Object.freeze(wirePricing),
    contextLength: model.context_length,
    maxCompletionTokens: model.max_completion_tokens ?? null,
    quantization: model.quantization ?? 'unknown',
    supportedParameters: Object.freeze(model.supported_parameters ?? DEFAULT_PARAMETERS),
    name: model.name ?? null,
    description: model.description ?? null,
    created: model.created ?? null,
    inputModalities: model.input_modalities ?? null,
    outputModalities: model.output_modalities ?? null,
    knowledgeCutoff: model.knowledge_cutoff ?? null,
    facts: factsOf(model),
  }
}

/** A price that a tier doesn't have of its own is the usual one. */
function tiersOf(usual: WirePricing, tiers: NonNullable<ModelEntry['service_tiers']>): Pick<Prices, 'tiers'> {
  const priced = Object.entries(tiers).flatMap(([tier, pricing]) =>
    pricing === undefined ? [] : [[tier, chargedPrices({ ...usual, ...pricing }).prices] as const],
  )
  return priced.length === 0 ? {} : { tiers: Object.fromEntries(priced) }
}

const FACT_NAMES = Object.keys(MODEL_FACTS) as (keyof ModelFacts)[]

/** What was told of the model beside what decides where a request goes. */
function factsOf(model: ModelEntry): ModelFacts {
  return Object.fromEntries(FACT_NAMES.flatMap((name) => (model[name] === undefined ? [] : [[name, model[name]]])))
}

/** Prices of the model that are shown and never charged. */
export function priceWarnings({ pricing }: ModelEntry): string[] {
  return chargedPrices(pricing ?? {}).unchargedKeys.map((key) => `${key}: not charged`)
}
