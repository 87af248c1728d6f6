import type { EndpointWire } from '../../contract/inference/catalogue.ts'
import type { ModelWire, PricingWire } from '../../contract/inference/model-wire.ts'
import type { Endpoint, Model } from '../../domain/catalogue.ts'
import type { Percentiles } from '../../domain/endpoint-health.ts'
import type { EndpointFigures } from '../../domain/endpoint-trials.ts'
import { type ListedModel, tokenizerOf } from '../../domain/select-models.ts'
import type { WirePricing } from '../../domain/wire-prices.ts'

/** The official numbers of an endpoint that is in use, and of one that is left alone because it fails. */
const STATUS_UP = 0
const STATUS_DOWN = -2

/** Under the name that it is listed by. */
export function modelToWire({ id, model, isAlias }: ListedModel): ModelWire {
  const { facts = {}, endpoints } = model
  const [first] = endpoints
  return {
    id,
    canonical_slug: model.canonicalSlug,
    name: isAlias ? `${model.name} (latest)` : model.name,
    created: model.created,
    description: model.description,
    context_length: endpoints.length === 0 ? null : Math.max(...endpoints.map(({ contextLength }) => contextLength)),
    architecture: architectureToWire(model),
    pricing: pricingToWire(first?.wirePricing),
    top_provider: topProviderToWire(model),
    per_request_limits: null,
    supported_parameters: [...new Set(endpoints.flatMap((endpoint) => endpoint.supportedParameters))],
    supported_voices: facts.supported_voices ?? null,
    default_parameters: facts.default_parameters ?? null,
    knowledge_cutoff: model.knowledgeCutoff,
    expiration_date: facts.expiration_date ?? null,
    hugging_face_id: facts.hugging_face_id ?? null,
    ...(facts.reasoning && { reasoning: facts.reasoning }),
    ...(facts.benchmarks && { benchmarks: facts.benchmarks }),
    ...(isAlias && { alias_target: { name: model.name, slug: model.id } }),
    links: { details: `/api/v1/models/${id}/endpoints` },
  }
}

function topProviderToWire({ endpoints }: Model): ModelWire['top_provider'] {
  const tokensMax = endpoints.flatMap(({ maxCompletionTokens }) => maxCompletionTokens ?? [])
  return {
    is_moderated: false,
    context_length: endpoints[0]?.contextLength ?? null,
    max_completion_tokens: tokensMax.length > 0 ? Math.max(...tokensMax) : null,
  }
}

export function architectureToWire(model: Model): ModelWire['architecture'] {
  return {
    modality: `${model.inputModalities.join('+')}->${model.outputModalities.join('+')}`,
    input_modalities: [...model.inputModalities],
    output_modalities: [...model.outputModalities],
    tokenizer: tokenizerOf(model),
    instruct_type: model.facts?.instruct_type ?? null,
  }
}

function pricingToWire(pricing: WirePricing | undefined): PricingWire {
  return { ...pricing, prompt: pricing?.prompt ?? '0', completion: pricing?.completion ?? '0' }
}

/** How fast it is isn't shown to everybody. */
export function endpointToWire(
  model: Model,
  endpoint: Endpoint,
  figures: EndpointFigures,
  isForEverybody: boolean,
): EndpointWire {
  const hasTools = endpoint.supportedParameters.includes('tools')
  return {
    name: `${endpoint.provider.name} | ${model.id}`,
    tag: endpoint.tag,
    provider_name: endpoint.provider.name,
    model_id: model.id,
    model_name: model.name,
    context_length: endpoint.contextLength,
    max_completion_tokens: endpoint.maxCompletionTokens,
    max_prompt_tokens: null,
    pricing: pricingToWire(endpoint.wirePricing),
    quantization: endpoint.quantization,
    supported_parameters: [...endpoint.supportedParameters],
    supports_implicit_caching: endpoint.prices.inputCacheRead !== undefined,
    supports_tool_choice: { auto: hasTools, function: hasTools, none: hasTools, required: hasTools },
    uptime_last_5m: toShare(figures.uptime5m),
    uptime_last_30m: toShare(figures.uptime30m),
    uptime_last_1d: toShare(figures.uptime1d),
    latency_last_30m: isForEverybody ? null : toPercentiles(figures.latency30m),
    throughput_last_30m: isForEverybody ? null : toPercentiles(figures.throughput30m),
    status: figures.isBroken ? STATUS_DOWN : STATUS_UP,
  }
}

function toShare(percent: number | null): number | null {
  return percent === null ? null : Math.round(percent * 100) / 100
}

function toPercentiles(values: Percentiles | null): EndpointWire['latency_last_30m'] {
  if (values === null) return null
  const rounded = (one: number) => Math.round(one * 10) / 10
  return { p50: rounded(values.p50), p75: rounded(values.p75), p90: rounded(values.p90), p99: rounded(values.p99) }
}
