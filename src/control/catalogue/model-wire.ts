import type { EndpointWire, ModelWire } from '../../contract/inference/catalogue.ts'
import type { Endpoint, Model } from '../../domain/catalogue.ts'

export function modelToWire(model: Model): ModelWire {
  const [first] = model.endpoints
  const tokensMax = model.endpoints.flatMap(({ maxCompletionTokens }) => maxCompletionTokens ?? [])
  const contextLength = Math.max(...model.endpoints.map((endpoint) => endpoint.contextLength))
  return {
    id: model.id,
    canonical_slug: model.canonicalSlug,
    name: model.name,
    created: model.created,
    description: model.description,
    context_length: contextLength,
    architecture: architectureToWire(model),
    pricing: { ...first?.wirePricing },
    top_provider: {
      is_moderated: false,
      context_length: first?.contextLength ?? null,
      max_completion_tokens: tokensMax.length > 0 ? Math.max(...tokensMax) : null,
    },
    per_request_limits: null,
    supported_parameters: [...new Set(model.endpoints.flatMap((endpoint) => endpoint.supportedParameters))],
    supported_voices: null,
    default_parameters: null,
    knowledge_cutoff: model.knowledgeCutoff,
    links: { details: `/api/v1/models/${model.id}/endpoints` },
  }
}

export function architectureToWire(model: Model): ModelWire['architecture'] {
  return {
    modality: `${model.inputModalities.join('+')}->${model.outputModalities.join('+')}`,
    input_modalities: [...model.inputModalities],
    output_modalities: [...model.outputModalities],
    tokenizer: 'Other',
    instruct_type: null,
  }
}

export function endpointToWire(model: Model, endpoint: Endpoint): EndpointWire {
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
    pricing: { ...endpoint.wirePricing },
    quantization: endpoint.quantization,
    supported_parameters: [...endpoint.supportedParameters],
    supports_implicit_caching: endpoint.prices.inputCacheRead !== undefined,
    supports_tool_choice: { auto: hasTools, function: hasTools, none: hasTools, required: hasTools },
    uptime_last_5m: null,
    uptime_last_30m: null,
    uptime_last_1d: null,
    latency_last_30m: null,
    throughput_last_30m: null,
    status: 0,
  }
}
