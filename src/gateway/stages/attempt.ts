import type { Transcript } from '../../dialects/transcript.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import type { TokenUsage } from '../../domain/pricing.ts'
import { tierOf } from '../../domain/routing/provider-names.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import type { AttemptRecord } from '../ports.ts'
import type { AttemptFailure } from './upstream-error.ts'

/** What came of all attempts of one inference. */
export interface Outcome {
  kind: 'done' | 'upstream_error' | 'cancelled'
  /** The endpoint that answered, else the one tried last. */
  endpoint: Endpoint
  attempts: AttemptRecord[]
  failure: AttemptFailure | null
  usage: TokenUsage | undefined
  usageRaw: Readonly<Record<string, unknown>> | null
  upstreamId: string | null
  finishReason: string | null
  nativeFinishReason: string | null
  /** For an estimate when the provider reports no usage. */
  outputBytes: number
  contentChunks: number
  /** Milliseconds until the first content (streams) or the whole answer. */
  latencyMs: number | null
  /** What was answered, where that is to be kept. */
  transcript: Transcript | null
}

/** What is known of an answer that never came. */
export const NO_ANSWER = {
  usage: undefined,
  usageRaw: null,
  upstreamId: null,
  finishReason: null,
  nativeFinishReason: null,
  outputBytes: 0,
  contentChunks: 0,
  latencyMs: null,
  transcript: null,
}

export function attemptRecord(
  endpoint: Endpoint,
  startedAt: number,
  now: number,
  failure: AttemptFailure | null,
): AttemptRecord {
  const tier = tierOf(endpoint)
  return {
    endpoint_id: usualOf(endpoint).id,
    provider_name: endpoint.provider.name,
    model: endpoint.modelId,
    status: failure ? failure.status : 200,
    latency_ms: Math.round(now - startedAt),
    error: failure ? failure.error.recordedMessage : null,
    ...(endpoint.byokKeyId !== undefined && { byok_key_id: endpoint.byokKeyId }),
    ...(tier !== null && { routed_service_tier: tier }),
  }
}
