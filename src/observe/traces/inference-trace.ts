import {
  type AttributeValue,
  attributesOf,
  KIND_CLIENT,
  KIND_SERVER,
  nanosOf,
  type OtlpSpan,
  STATUS_ERROR,
} from '../otlp.ts'

/** What is noted of an inference while it runs, all times in epoch milliseconds. */
export interface InferenceFacts {
  traceId: string
  spanId: string
  parentSpanId: string | null
  /** Path template of what was called. */
  route: string
  startedAt: number
  attempts: readonly AttemptFacts[]
  end: EndFacts
  endedAt: number
}

export interface AttemptFacts {
  spanId: string
  provider: string
  model: string
  startedAt: number
  endedAt: number
  status: number | null
  /** Code of the error that it ended with; null for none. */
  error: string | null
}

/** What an inference says of itself when it ends: ids and figures, nothing that was asked or answered. */
export interface EndFacts {
  generationId: string
  requestId: string
  workspaceId: string
  operation: string
  model: string
  isStream: boolean
  outcome: string
  upstreamId: string | null
  finishReason: string | null
  inputTokens: number
  outputTokens: number
  firstChunkMs: number | null
}

/**
 * The spans of one inference: the request as the gateway serves it, by the semantic conventions for HTTP, and below it each
 * attempt at a provider, by those for generative AI (1.37, status Development; `gen_ai.response.time_to_first_chunk` is newer).
 * Tokens are on the attempt alone, so that nobody who adds them up counts them twice.
 */
export function spansOf(facts: InferenceFacts): OtlpSpan[] {
  const { attempts, parentSpanId, spanId, traceId } = facts
  const server: OtlpSpan = {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name: `POST ${facts.route}`,
    kind: KIND_SERVER,
    ...timesOf(facts),
    attributes: attributesOf(serverAttributes(facts)),
    ...statusOf(isFailed(facts)),
  }
  return [server, ...attempts.map((attempt, at) => attemptSpan(facts, attempt, at === attempts.length - 1))]
}

function serverAttributes(facts: InferenceFacts): Record<string, AttributeValue> {
  const { attempts, end, route } = facts
  return {
    'http.request.method': 'POST',
    'http.route': route,
    'error.type': isFailed(facts) ? (attempts.at(-1)?.error ?? 'provider_error') : undefined,
    'switchyard.generation.id': end.generationId,
    'switchyard.request.id': end.requestId,
    'switchyard.workspace.id': end.workspaceId,
    'switchyard.outcome': end.outcome,
    'switchyard.attempts': { integer: attempts.length },
  }
}

function attemptSpan({ end, spanId, traceId }: InferenceFacts, attempt: AttemptFacts, isLast: boolean): OtlpSpan {
  const isError = attempt.error !== null
  return {
    traceId,
    spanId: attempt.spanId,
    parentSpanId: spanId,
    name: `${end.operation} ${attempt.model}`,
    kind: KIND_CLIENT,
    ...timesOf(attempt),
    attributes: attributesOf({
      'gen_ai.operation.name': end.operation,
      'gen_ai.provider.name': attempt.provider.toLowerCase(),
      'gen_ai.request.model': attempt.model,
      'gen_ai.request.stream': end.isStream,
      'http.response.status_code': attempt.status === null ? undefined : { integer: attempt.status },
      'error.type': attempt.error,
      'switchyard.generation.id': end.generationId,
      ...(isLast ? answerAttributes(end) : {}),
    }),
    ...statusOf(isError),
  }
}

function answerAttributes(end: EndFacts): Record<string, AttributeValue> {
  const isAnswered = end.outcome !== 'upstream_error'
  return {
    'gen_ai.response.model': isAnswered ? end.model : undefined,
    'gen_ai.response.id': end.upstreamId,
    'gen_ai.response.finish_reasons': end.finishReason === null ? undefined : [end.finishReason],
    'gen_ai.usage.input_tokens': { integer: end.inputTokens },
    'gen_ai.usage.output_tokens': { integer: end.outputTokens },
    'gen_ai.response.time_to_first_chunk':
      end.isStream && end.firstChunkMs !== null ? end.firstChunkMs / 1_000 : undefined,
  }
}

function isFailed({ end }: InferenceFacts): boolean {
  return end.outcome === 'upstream_error'
}

function timesOf({ endedAt, startedAt }: { startedAt: number; endedAt: number }) {
  return { startTimeUnixNano: nanosOf(startedAt), endTimeUnixNano: nanosOf(Math.max(startedAt, endedAt)) }
}

function statusOf(isError: boolean): Pick<OtlpSpan, 'status'> {
  return isError ? { status: { code: STATUS_ERROR } } : {}
}
