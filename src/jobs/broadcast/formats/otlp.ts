import {
  type AttributeValue,
  attributesOf,
  exportRequest,
  KIND_CLIENT,
  nanosOf,
  type OtlpSpan,
  STATUS_ERROR,
} from '../../../observe/otlp.ts'
import type { Trace, TraceContent } from '../trace.ts'
import { textOf } from '../trace.ts'
import { nameOf } from '../trace-place.ts'

/*
 * Traces as OTLP. Attributes follow the semantic conventions for generative AI, with the older names of token counts beside the
 * present ones.
 */

const SERVICE_NAME = 'openrouter'

/** Names of attributes beside those of the conventions, where a receiver wants others. */
export interface OtlpNames {
  /** Get the messages and the answer as text. */
  input?: string
  output?: string
  /** Put in front of everything that the customer may name. */
  sessionId?: string
  userId?: string
  /** Gets the name of the trace. */
  traceName?: string
  /** Put in front of the caller's own keys. */
  metadata?: string
}

/** The body of an export request; of nothing when there are no traces. */
export function otlpBody(
  traces: readonly Trace[],
  names: OtlpNames = {},
  resourceFields: Readonly<Record<string, string>> = {},
): string {
  const spans = traces.map((trace) => spanOf(trace, names))
  return exportRequest(spans, { 'service.name': SERVICE_NAME, ...resourceFields })
}

function spanOf(trace: Trace, names: OtlpNames): OtlpSpan {
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    ...(trace.parentSpanId === null ? {} : { parentSpanId: trace.parentSpanId }),
    name: nameOf(trace, `${trace.operation} ${trace.model}`),
    kind: KIND_CLIENT,
    startTimeUnixNano: nanosOf(trace.startedAt),
    endTimeUnixNano: nanosOf(Math.max(trace.startedAt, trace.endedAt)),
    attributes: attributesOf({
      ...wordsOf(trace, names),
      ...factsOf(trace),
      ...personsOf(trace, names),
      ...contentOf(trace.content, names),
    }),
    ...(trace.isError ? { status: { code: STATUS_ERROR } } : {}),
  }
}

/** What the caller says in the field `trace`. */
function wordsOf(trace: Trace, names: OtlpNames): Record<string, AttributeValue> {
  const metadata = Object.entries(trace.metadata).map(([key, value]): [string, AttributeValue] => [
    key,
    Number.isSafeInteger(value) ? { integer: Number(value) } : value,
  ])
  const prefixes = ['trace.metadata.', ...(names.metadata === undefined ? [] : [names.metadata])]
  return {
    ...Object.fromEntries(prefixes.flatMap((prefix) => metadata.map(([key, value]) => [prefix + key, value]))),
    'trace.id': trace.givenTraceId,
    'trace.name': trace.traceName,
    'span.name': trace.spanName,
    'generation.name': trace.generationName,
    ...(names.traceName === undefined ? {} : { [names.traceName]: trace.traceName }),
  }
}

function factsOf({ cost, tokens, ...trace }: Trace): Record<string, AttributeValue> {
  return {
    'gen_ai.operation.name': trace.operation,
    'gen_ai.provider.name': trace.provider.toLowerCase(),
    'gen_ai.system': trace.provider.toLowerCase(),
    'gen_ai.request.model': trace.model,
    'gen_ai.response.model': trace.model,
    'gen_ai.response.id': trace.id,
    'gen_ai.response.finish_reasons': trace.finishReason === null ? undefined : [trace.finishReason],
    'gen_ai.usage.input_tokens': { integer: tokens.prompt },
    'gen_ai.usage.output_tokens': { integer: tokens.completion },
    'gen_ai.usage.prompt_tokens': { integer: tokens.prompt },
    'gen_ai.usage.completion_tokens': { integer: tokens.completion },
    'gen_ai.usage.total_tokens': { integer: tokens.total },
    'gen_ai.usage.reasoning_tokens': { integer: tokens.reasoning },
    'gen_ai.usage.cache_read.input_tokens': { integer: tokens.cached },
    'gen_ai.usage.cost': cost?.total,
    'gen_ai.usage.input_cost': cost?.prompt,
    'gen_ai.usage.output_cost': cost?.completion,
    'openrouter.stream': trace.isStream,
    'openrouter.latency_ms': trace.latencyMs === null ? undefined : { integer: trace.latencyMs },
    'error.type': trace.isError ? 'provider_error' : undefined,
    ...prefixed('openrouter.', trace.identity),
    ...prefixed('openrouter.', trace.requestContext),
  }
}

function prefixed(prefix: string, fields: Readonly<Record<string, string>> | null): Record<string, string> {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [prefix + name, value]))
}

function personsOf({ sessionId, userId }: Trace, names: OtlpNames): Record<string, AttributeValue> {
  return {
    'session.id': sessionId,
    'user.id': userId,
    'gen_ai.conversation.id': sessionId,
    ...(names.sessionId === undefined ? {} : { [names.sessionId]: sessionId }),
    ...(names.userId === undefined ? {} : { [names.userId]: userId }),
  }
}

function contentOf(content: TraceContent | null, names: OtlpNames): Record<string, AttributeValue> {
  if (content === null) return {}
  const answer = answerOf(content)
  return {
    'gen_ai.input.messages': JSON.stringify(content.input.map(partsOf)),
    'gen_ai.output.messages': JSON.stringify([partsOf(answer)]),
    ...(names.input === undefined ? {} : { [names.input]: JSON.stringify(content.input) }),
    ...(names.output === undefined ? {} : { [names.output]: JSON.stringify(answer) }),
  }
}

/** The answer as a message of the chat completions format. */
export function answerOf({ completion, reasoning, toolCalls }: TraceContent): Record<string, unknown> {
  return {
    role: 'assistant',
    content: completion,
    ...(reasoning === null ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  }
}

/** A message as the conventions put it. */
function partsOf(message: unknown): Record<string, unknown> {
  const { reasoning, role, tool_call_id: callId, tool_calls: calls } = (message ?? {}) as Record<string, unknown>
  const text = textOf(message)
  const parts: Record<string, unknown>[] = []
  if (typeof reasoning === 'string') parts.push({ type: 'reasoning', content: reasoning })
  if (typeof callId === 'string') parts.push({ type: 'tool_call_response', id: callId, response: text })
  else if (text !== '') parts.push({ type: 'text', content: text })
  for (const call of Array.isArray(calls) ? calls : []) {
    const { function: called, id } = (call ?? {}) as {
      id?: unknown
      function?: { name?: unknown; arguments?: unknown }
    }
    parts.push({ type: 'tool_call', id, name: called?.name, arguments: called?.arguments })
  }
  return { role: typeof role === 'string' ? role : 'user', parts }
}
