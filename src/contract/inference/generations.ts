import { z } from 'zod'
import { operation } from '../operation.ts'

const Text = z.string().nullable()
const Count = z.int().nullable()
const Measure = z.number().nullable()

export const GenerationWire = z.object({
  id: z.string(),
  request_id: Text,
  session_id: Text,
  api_type: z.enum(['completions', 'embeddings', 'rerank']).nullable(),
  created_at: z.string(),
  model: z.string(),
  provider_name: Text,
  router: Text,
  streamed: z.boolean().nullable(),
  cancelled: z.boolean().nullable(),
  finish_reason: Text,
  native_finish_reason: Text,
  tokens_prompt: Count,
  tokens_completion: Count,
  native_tokens_prompt: Count,
  native_tokens_completion: Count,
  native_tokens_reasoning: Count,
  native_tokens_cached: Count,
  native_tokens_completion_images: Count,
  num_media_prompt: Count,
  num_media_completion: Count,
  num_input_audio_prompt: Count,
  num_search_results: Count,
  num_fetches: Count,
  web_search_engine: Text,
  origin: z.string(),
  usage: z.number(),
  total_cost: z.number(),
  cache_discount: Measure,
  upstream_inference_cost: Measure,
  is_byok: z.boolean(),
  latency: Measure,
  generation_time: Measure,
  moderation_latency: Measure,
  upstream_id: Text,
  app_id: Count,
  external_user: Text,
  http_referer: Text,
  user_agent: Text,
  preset_id: Text,
  response_cache_source_id: Text,
  service_tier: Text,
  data_region: z.enum(['global', 'europe', 'us']),
  workspace_id: Text,
  provider_responses: z
    .array(
      z.object({
        endpoint_id: z.string(),
        provider_name: z.string(),
        model_permaslug: z.string(),
        status: z.number().int().nullable(),
        latency: z.number(),
        is_byok: z.boolean(),
        /** The service tier that was asked for, where that isn't the usual one. */
        routed_service_tier: z.enum(['flex', 'priority']).optional(),
      }),
    )
    .nullable(),
  usage_estimated: z.boolean(),
  uncharged: z.number(),
  /** What the provider itself said that it costs, in dollars; null where it said nothing. Never what is charged. */
  reported_cost: Measure,
  outcome: z.string(),
  /** What content filters of guardrails found in the request; null when nothing. */
  guardrail_findings: z
    .array(
      z.object({
        filter: z.string(),
        label: Text,
        action: z.enum(['flag', 'redact', 'block']),
        patterns: z.array(z.string()),
        count: z.number().int(),
      }),
    )
    .nullable(),
})
export type GenerationWire = z.output<typeof GenerationWire>

export const getGeneration = operation({
  id: 'getGeneration',
  method: 'GET',
  path: '/api/v1/generation',
  summary: 'Get request & usage metadata for a generation',
  tag: 'Generations',
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject({ id: z.string().min(1).max(100) }),
  output: z.object({ data: GenerationWire }),
  errors: ['invalid_request', 'unauthorized', 'not_found'],
})
