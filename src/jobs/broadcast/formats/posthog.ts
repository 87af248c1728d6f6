import { sha256 } from '../../../platform/aws-signature.ts'
import type { Trace } from '../trace.ts'
import { callersWords, nameOf } from '../trace-place.ts'
import { headersIn, joinUrl, type Sending, type TraceFormat, type TraceRequest, textIn } from './format.ts'
import { answerOf } from './otlp.ts'

/* Events of PostHog's LLM analytics. Source: its documentation on capturing generations by hand. */

const ANONYMOUS = 'openrouter'

export const POSTHOG_FORMAT: TraceFormat = {
  encode: (traces, sending) => [
    { ids: traces.map(({ id }) => id), request: requestOf(sending, '/batch/', { batch: traces.map(eventOf) }) },
  ],
  // Asks for feature flags: the one thing that a project's key may read.
  probe: (sending) => requestOf(sending, '/flags/?v=2', { distinct_id: ANONYMOUS }),
}

function requestOf({ config }: Sending, path: string, fields: Readonly<Record<string, unknown>>): TraceRequest {
  return {
    method: 'POST',
    url: joinUrl(textIn(config, 'endpoint'), path),
    headers: { ...headersIn(config), 'content-type': 'application/json' },
    body: JSON.stringify({ api_key: textIn(config, 'apiKey'), ...fields }),
  }
}

function eventOf(trace: Trace) {
  const { content, cost, tokens } = trace
  // Names with a dollar sign are PostHog's own, and some change persons.
  const words = Object.entries(callersWords(trace)).filter(([name]) => !name.startsWith('$'))
  const properties = {
    ...Object.fromEntries(words),
    distinct_id: trace.userId ?? ANONYMOUS,
    // Nobody is made a person whom the caller hasn't named.
    ...(trace.userId === null ? { $process_person_profile: false } : {}),
    $ai_trace_id: trace.traceId,
    $ai_generation_id: trace.id,
    $ai_span_id: trace.spanId,
    ...(trace.parentSpanId === null ? {} : { $ai_parent_id: trace.parentSpanId }),
    $ai_span_name: nameOf(trace, `${trace.operation} ${trace.model}`),
    $ai_session_id: trace.sessionId,
    $ai_model: trace.model,
    $ai_provider: trace.provider.toLowerCase(),
    $ai_input_tokens: tokens.prompt,
    $ai_output_tokens: tokens.completion,
    $ai_reasoning_tokens: tokens.reasoning,
    $ai_cache_read_input_tokens: tokens.cached,
    $ai_latency: Math.max(0, trace.endedAt - trace.startedAt) / 1_000,
    $ai_time_to_first_token: trace.latencyMs === null || !trace.isStream ? undefined : trace.latencyMs / 1_000,
    $ai_stream: trace.isStream,
    $ai_is_error: trace.isError,
    $ai_stop_reason: trace.finishReason,
    ...(cost === null
      ? {}
      : { $ai_input_cost_usd: cost.prompt, $ai_output_cost_usd: cost.completion, $ai_total_cost_usd: cost.total }),
    ...(content === null ? {} : { $ai_input: content.input, $ai_output_choices: [answerOf(content)] }),
    ...trace.identity,
    ...trace.requestContext,
  }
  return {
    event: trace.operation === 'embeddings' ? '$ai_embedding' : '$ai_generation',
    // The same at each attempt, by which a repetition is left out.
    uuid: uuidOf(sha256(trace.id)),
    timestamp: new Date(trace.endedAt).toISOString(),
    properties,
  }
}

/** The first 32 hex digits as a UUID of version 8. */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}
