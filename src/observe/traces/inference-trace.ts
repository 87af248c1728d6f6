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
  requestId: string
  startedAt: number
  attempts: readonly AttemptFacts[]
  /** Null for a request that was refused before it was one, or is answered by what an earlier one was. */
  end: EndFacts | null
  answer: AnswerFacts
  endedAt: number
}

/** What the caller got. */
export interface AnswerFacts {
  /** Null where the caller had left before. */
  status: number | null
  /** Code of the error that it was answered with; null for none. */
  error: string | null
  /** Null where no key was recognized. */
  workspaceId: string | null
}

/** Where the gateway is served, as its callers know it. */
export interface ServedAt {
  scheme: string
  address: string
  port: number
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
 * The spans of one inference: the request as the gateway serves it, by the semantic conventions for HTTP (1.37, stable: what is
 * answered with 4xx is no error of the server), and below it each attempt at a provider, by those for generative AI (1.37, status
 * Development; `gen_ai.response.time_to_first_chunk` is newer). Tokens are on the attempt alone, so that nobody who adds them up counts them twice.
 */
export function spansOf(facts: InferenceFacts, servedAt: ServedAt): OtlpSpan[] {
  const { attempts, end, parentSpanId, spanId, traceId } = facts
  const errorType = errorTypeOf(facts)
  const server: OtlpSpan = {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name: `POST ${facts.route}`,
    kind: KIND_SERVER,
    ...timesOf(facts),
    attributes: attributesOf({ ...serverAttributes(facts, servedAt), 'error.type': errorType }),
    ...statusOf(errorType !== undefined),
  }
  if (end === null) return [server]
  const own = { end, spanId, traceId }
  return [server, ...attempts.map((attempt, at) => attemptSpan(own, attempt, at === attempts.length - 1))]
}

function serverAttributes(facts: InferenceFacts, servedAt: ServedAt): Record<string, AttributeValue> {
  const { answer, attempts, end, requestId, route } = facts
  return {
    'http.request.method': 'POST',
    'http.route': route,
    'http.response.status_code': integerOf(answer.status),
    'url.scheme': servedAt.scheme,
    'url.path': route,
    'server.address': servedAt.address,
    'server.port': { integer: servedAt.port },
    'switchyard.generation.id': end?.generationId,
    'switchyard.request.id': requestId,
    'switchyard.workspace.id': answer.workspaceId,
    'switchyard.outcome': end?.outcome,
    'switchyard.error.code': answer.error,
    'switchyard.attempts': end === null ? undefined : { integer: attempts.length },
  }
}

/** Undefined for a request that the gateway did not fail. One may fail after its answer has begun. */
function errorTypeOf({ answer: { status }, attempts, end }: InferenceFacts): string | undefined {
  if (status !== null && status >= 500) return String(status)
  const hasBegun = status === null || status < 400
  return hasBegun && end?.outcome === 'upstream_error' ? (attempts.at(-1)?.error ?? 'provider_error') : undefined
}

function integerOf(value: number | null): { integer: number } | undefined {
  return value === null ? undefined : { integer: value }
}

function attemptSpan(
  { end, spanId, traceId }: Pick<InferenceFacts, 'spanId' | 'traceId'> & { end: EndFacts },
  attempt: AttemptFacts,
  isLast: boolean,
): OtlpSpan {
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
      'http.response.status_code': integerOf(attempt.status),
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

function timesOf({ endedAt, startedAt }: { startedAt: number; endedAt: number }) {
  return { startTimeUnixNano: nanosOf(startedAt), endTimeUnixNano: nanosOf(Math.max(startedAt, endedAt)) }
}

function statusOf(isError: boolean): Pick<OtlpSpan, 'status'> {
  return isError ? { status: { code: STATUS_ERROR } } : {}
}
