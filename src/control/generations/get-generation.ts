import type { GenerationWire, getGeneration } from '../../contract/inference/generations.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { appNumber, appOf } from '../../domain/app-identity.ts'
import { toUsd } from '../../domain/money.ts'
import { REQUEST_REGION } from '../../domain/request-region.ts'
import { type GenerationRow, getGenerationRow } from '../../store/queries/generations.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireGeneration } from './generation-access.ts'

export const handleGetGeneration: HandlerOf<typeof getGeneration, ControlContext> = async (input, context) => {
  const row = await getGenerationRow(context.tx, organizationOf(context), input.id)
  requireGeneration(context, 'log:read', row)
  return { data: generationToWire(row) }
}

function generationToWire(row: GenerationRow): GenerationWire {
  const isByok = attemptsOf(row).at(-1)?.is_byok === true
  return {
    id: row.id,
    request_id: row.request_id,
    session_id: row.session_id,
    api_type: row.api_type as GenerationWire['api_type'],
    created_at: toIso(row.created_at),
    model: row.model,
    provider_name: row.provider_name,
    router: null,
    streamed: row.streamed,
    cancelled: row.cancelled,
    finish_reason: row.finish_reason,
    native_finish_reason: row.native_finish_reason,
    ...tokensToWire(row),
    origin: row.origin,
    usage: toUsd(row.cost_nano),
    total_cost: toUsd(row.cost_nano),
    cache_discount: null,
    // On the customer's own credential the provider's bill is theirs: as the provider told it, else at list price.
    upstream_inference_cost: isByok ? (reportedCostOf(row) ?? toUsd(row.byok_nano)) : null,
    is_byok: isByok,
    latency: row.latency_ms,
    generation_time: row.generation_time_ms,
    moderation_latency: null,
    upstream_id: row.upstream_id,
    app_id: appNumber(appOf(row.origin, row.app_title)),
    external_user: row.external_user,
    http_referer: row.http_referer,
    user_agent: row.user_agent,
    preset_id: null,
    response_cache_source_id: row.decision?.cachedFrom ?? null,
    service_tier: row.service_tier,
    data_region: REQUEST_REGION,
    workspace_id: row.workspace_id,
    provider_responses: attemptsToWire(row),
    usage_estimated: row.usage_estimated,
    uncharged: toUsd(row.uncharged_nano),
    reported_cost: reportedCostOf(row),
    outcome: row.outcome,
    guardrail_findings: row.findings,
  }
}

function reportedCostOf({ upstream_cost_nano: nano }: GenerationRow): number | null {
  return nano === null ? null : toUsd(nano)
}

function tokensToWire(row: GenerationRow) {
  return {
    tokens_prompt: row.tokens_prompt,
    tokens_completion: row.tokens_completion,
    native_tokens_prompt: row.tokens_prompt,
    native_tokens_completion: row.tokens_completion,
    native_tokens_reasoning: row.tokens_reasoning,
    native_tokens_cached: row.tokens_cached,
    native_tokens_completion_images: null,
    num_media_prompt: null,
    num_media_completion: null,
    num_input_audio_prompt: null,
    num_search_results: null,
    num_fetches: null,
    web_search_engine: null,
  }
}

interface StoredAttempt {
  endpoint_id: string
  provider_name: string
  model: string
  status: number | null
  latency_ms: number
  error: string | null
  byok_key_id?: string
  routed_service_tier?: 'flex' | 'priority'
}

/** In the order in which they were made. */
export function attemptsOf(row: GenerationRow) {
  return (row.attempts as StoredAttempt[]).map(({ latency_ms, error = null, byok_key_id, ...attempt }) => ({
    ...attempt,
    latency: latency_ms,
    error,
    is_byok: byok_key_id !== undefined,
  }))
}

function attemptsToWire(row: GenerationRow): GenerationWire['provider_responses'] {
  return attemptsOf(row).map(
    ({ endpoint_id, provider_name, model, status, latency, is_byok, routed_service_tier }) => ({
      endpoint_id,
      provider_name,
      model_permaslug: model,
      status,
      latency,
      is_byok,
      ...(routed_service_tier !== undefined && { routed_service_tier }),
    }),
  )
}
