import { z } from 'zod'
import { NameRef } from '../common/path-names.ts'
import { Warnings } from '../common/scalars.ts'
import { operation } from '../operation.ts'

const Pricing = z.record(z.string(), z.string())

const Architecture = z.object({
  modality: z.string().nullable(),
  input_modalities: z.array(z.string()),
  output_modalities: z.array(z.string()),
  tokenizer: z.string(),
  instruct_type: z.string().nullable(),
})

export const ModelWire = z.object({
  id: z.string(),
  canonical_slug: z.string(),
  name: z.string(),
  created: z.number().int(),
  description: z.string(),
  context_length: z.number().int().nullable(),
  architecture: Architecture,
  pricing: Pricing,
  top_provider: z.object({
    is_moderated: z.boolean(),
    context_length: z.number().int().nullable(),
    max_completion_tokens: z.number().int().nullable(),
  }),
  per_request_limits: z.null(),
  supported_parameters: z.array(z.string()),
  supported_voices: z.null(),
  default_parameters: z.null(),
  knowledge_cutoff: z.string().nullable(),
  links: z.object({ details: z.string() }),
})
export type ModelWire = z.output<typeof ModelWire>

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
  input: z.strictObject({
    offset: z.int().min(0).max(1_000_000).optional(),
    limit: z.int().min(1).max(CATALOGUE_PAGE_MAX).optional(),
    q: z.string().max(200).optional(),
    supported_parameters: z.string().max(500).optional(),
    output_modalities: OutputModalities,
  }),
  output: ModelPageWire.extend({ warnings: Warnings }),
  errors: ['invalid_request'],
  ignoredFields: [
    'category',
    'sort',
    'use_rss',
    'use_rss_chat_links',
    'input_modalities',
    'context',
    'min_price',
    'max_price',
    'arch',
    'model_authors',
    'providers',
    'distillable',
    'zdr',
    'region',
    'min_output_price',
    'max_output_price',
    'min_age_days',
    'max_age_days',
    'min_intelligence_index',
    'max_intelligence_index',
    'min_coding_index',
    'max_coding_index',
    'min_agentic_index',
    'max_agentic_index',
    'min_tool_success_rate',
    'max_tool_success_rate',
  ],
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
  input: z.strictObject({
    offset: z.int().min(0).max(1_000_000).optional(),
    limit: z.int().min(1).max(CATALOGUE_PAGE_MAX).optional(),
  }),
  output: ModelPageWire,
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
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
