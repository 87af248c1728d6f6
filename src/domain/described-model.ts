import type { ModelEntry } from '../contract/common/provider-schema.ts'
import type { EndpointSource } from './build-catalogue.ts'
import { DEFAULT_PARAMETERS } from './supported-parameters.ts'
import { chargedPrices } from './wire-prices.ts'

/** What somebody wrote of a model at a provider, with what they left out filled in. */
export function toEndpointSource(providerSlug: string, model: ModelEntry): EndpointSource {
  const { prices, wirePricing } = chargedPrices(model.pricing ?? {})
  return {
    providerSlug,
    modelId: model.id,
    upstreamId: model.upstream_id ?? model.id.slice(model.id.indexOf('/') + 1),
    prices: Object.freeze(prices),
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
  }
}

/** Prices of the model that can't be charged exactly as they are written, each with what happens instead. */
export function priceWarnings({ pricing }: ModelEntry): string[] {
  const { foldedKeys, unchargedKeys } = chargedPrices(pricing ?? {})
  const folded =
    foldedKeys.length === 0
      ? []
      : [`${foldedKeys.join(', ')}: charged within the broader price, at the dearer of the two`]
  const uncharged = unchargedKeys.length === 0 ? [] : [`${unchargedKeys.join(', ')}: not charged`]
  return [...folded, ...uncharged]
}
