import { z } from 'zod'
import { NameRef } from '../common/path-names.ts'
import { Warnings } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { MODEL_CATEGORIES } from './model-facts.ts'
import { Architecture, ModelWire, Pricing } from './model-wire.ts'

const PercentilesWire = z.object({ p50: z.number(), p75: z.number(), p90: z.number(), p99: z.number() }).nullable()

export const EndpointWire = z.object({
  name: z.string(),
  tag: z.string(),
  provider_name: z.string(),
  model_id: z.string(),
  model_name: z.string(),
  context_length: z.number().int(),
  max_completion_tokens: z.number().int().nullable(),
  max_prompt_tokens: z.number().int().nullable(),
  pricing: Pricing,
  quantization: z.string().nullable(),
  supported_parameters: z.array(z.string()),
  supports_implicit_caching: z.boolean(),
  supports_tool_choice: z.object({
    auto: z.boolean(),
    function: z.boolean(),
    none: z.boolean(),
    required: z.boolean(),
  }),
  uptime_last_5m: z.number().nullable(),
  uptime_last_30m: z.number().nullable(),
  uptime_last_1d: z.number().nullable(),
  latency_last_30m: PercentilesWire,
  throughput_last_30m: PercentilesWire,
  status: z.number().int(),
})
export type EndpointWire = z.output<typeof EndpointWire>

const ModelPageWire = z.object({
  data: z.array(ModelWire),
  total_count: z.number().int(),
  links: z.object({ next: z.string().nullable() }),
})

const tag = 'Models'
const CATALOGUE_PAGE_MAX = 1_000
const OutputModalities = z.string().max(200).optional()
const Paging = {
  offset: z.int().min(0).max(1_000_000).optional(),
  limit: z.int().min(1).max(CATALOGUE_PAGE_MAX).optional(),
}

/** What the list may be put in order by. Source: OpenRouter's OpenAPI document. */
export const MODEL_SORTS = [
  'most-popular',
  'newest',
  'top-weekly',
  'pricing-low-to-high',
  'pricing-high-to-low',
  'context-high-to-low',
  'throughput-high-to-low',
  'latency-low-to-high',
  'intelligence-high-to-low',
  'coding-high-to-low',
  'agentic-high-to-low',
  'design-arena-elo-high-to-low',
] as const

const Names = z.string().max(500).optional()
const Dollars = z.number().min(0).max(1e9).optional()
const Days = z.int().min(0).max(100_000).optional()
const Index = z.number().min(0).max(1_000).optional()
const Share = z.number().min(0).max(1).optional()

/** What the list may be narrowed to; all of them must hold. Prices are dollars per million tokens. */
const ModelFilters = {
  q: z.string().max(200).optional(),
  category: z.enum(MODEL_CATEGORIES).optional(),
  supported_parameters: Names,
  input_modalities: z.string().max(200).optional(),
  output_modalities: OutputModalities,
  context: z.int().min(1).max(1_000_000_000).optional(),
  min_price: Dollars,
  max_price: Dollars,
  min_output_price: Dollars,
  max_output_price: Dollars,
  arch: z.string().max(100).optional(),
  model_authors: Names,
  providers: Names,
  distillable: z.enum(['true', 'false']).optional(),
  zdr: z.literal('true').optional(),
  region: z.enum(['eu', 'us']).optional(),
  min_age_days: Days,
  max_age_days: Days,
  min_intelligence_index: Index,
  max_intelligence_index: Index,
  min_coding_index: Index,
  max_coding_index: Index,
  min_agentic_index: Index,
  max_agentic_index: Index,
  min_tool_success_rate: Share,
  max_tool_success_rate: Share,
}

export const listModels = operation({
  id: 'getModels',
  method: 'GET',
  path: '/api/v1/models',
  summary: 'List all models and their properties',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'read',
  reads: 'memory',
  input: z.strictObject({ ...Paging, ...ModelFilters, sort: z.enum(MODEL_SORTS).optional() }),
  output: ModelPageWire.extend({ warnings: Warnings }),
  errors: ['invalid_request'],
  ignoredFields: ['use_rss', 'use_rss_chat_links'],
})

export const listUserModels = operation({
  id: 'listModelsUser',
  method: 'GET',
  path: '/api/v1/models/user',
  summary: 'List the models that the key may call, with what guardrails and the organization leave of them',
  tag,
  permission: 'any-key',
  effect: 'read',
  reads: 'memory',
  input: z.strictObject(Paging),
  output: ModelPageWire,
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

export const listEmbeddingsModels = operation({
  id: 'listEmbeddingsModels',
  method: 'GET',
  path: '/api/v1/embeddings/models',
  summary: 'List all embeddings models',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'read',
  reads: 'memory',
  input: z.strictObject(Paging),
  output: ModelPageWire,
  errors: ['invalid_request'],
})

export const countModels = operation({
  id: 'listModelsCount',
  method: 'GET',
  path: '/api/v1/models/count',
  summary: 'Get total count of available models',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'read',
  reads: 'memory',
  input: z.strictObject({ output_modalities: OutputModalities }),
  output: z.object({ data: z.object({ count: z.number().int() }) }),
  errors: ['invalid_request'],
})

const ModelPath = { author: NameRef, slug: NameRef }

export const getModel = operation({
  id: 'getModel',
  method: 'GET',
  path: '/api/v1/model/{author}/{slug}',
  summary: 'Get a model',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'read',
  reads: 'memory',
  input: z.strictObject(ModelPath),
  output: z.object({ data: ModelWire }),
  errors: ['not_found'],
})

export const listEndpoints = operation({
  id: 'listEndpoints',
  method: 'GET',
  path: '/api/v1/models/{author}/{slug}/endpoints',
  summary: 'List all endpoints for a model',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'read',
  reads: 'memory',
  input: z.strictObject(ModelPath),
  output: z.object({
    data: z.object({
      id: z.string(),
      name: z.string(),
      created: z.number().int(),
      description: z.string(),
      architecture: Architecture,
      endpoints: z.array(EndpointWire),
    }),
  }),
  errors: ['not_found'],
})

export const listEndpointsZdr = operation({
  id: 'listEndpointsZdr',
  method: 'GET',
  path: '/api/v1/endpoints/zdr',
  summary: 'Preview the impact of zero data retention: the endpoints that keep nothing and train on nothing',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'read',
  reads: 'memory',
  input: z.strictObject({}),
  output: z.object({ data: z.array(EndpointWire) }),
  errors: [],
})

export const listProviders = operation({
  id: 'listProviders',
  method: 'GET',
  path: '/api/v1/providers',
  summary: 'List all providers',
  tag,
  permission: 'public',
  isForPages: true,
  effect: 'read',
  reads: 'memory',
  input: z.strictObject({}),
  output: z.object({
    data: z.array(
      z.object({
        name: z.string(),
        slug: z.string(),
        privacy_policy_url: z.string().nullable(),
        terms_of_service_url: z.string().nullable(),
        status_page_url: z.string().nullable(),
      }),
    ),
  }),
  errors: [],
})
