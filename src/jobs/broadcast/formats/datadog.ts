import { type Trace, textOf } from '../trace.ts'
import { callersWords, nameOf } from '../trace-place.ts'
import { headersIn, joinUrl, type Sending, type TraceFormat, textIn } from './format.ts'
import { answerOf } from './otlp.ts'

/* Spans of Datadog's LLM Observability. Source: its HTTP API reference. */

const PATH = '/api/intake/llm-obs/v1/trace/spans'
const NANOS_PER_MILLISECOND = 1_000_000

/** A request has one session, so one goes for each run of traces of the same. */
export const DATADOG_FORMAT: TraceFormat = {
  encode: (traces, sending) =>
    runsOfSessions(traces).map((run) => ({
      ids: run.map(({ id }) => id),
      request: { method: 'POST', url: urlOf(sending, PATH), headers: headersOf(sending), body: bodyOf(run, sending) },
    })),
  probe: (sending) => ({
    method: 'GET',
    url: urlOf(sending, '/api/v1/validate'),
    headers: headersOf(sending),
    body: '',
  }),
}

function runsOfSessions(traces: readonly Trace[]): Trace[][] {
  const runs: Trace[][] = []
  for (const trace of traces) {
    const last = runs.at(-1)
    if (last?.[0]?.sessionId === trace.sessionId) last.push(trace)
    else runs.push([trace])
  }
  return runs
}

function urlOf({ config }: Sending, path: string): string {
  return joinUrl(textIn(config, 'url'), path)
}

function headersOf({ config }: Sending): Record<string, string> {
  return { ...headersIn(config), 'content-type': 'application/json', 'dd-api-key': textIn(config, 'apiKey') }
}

function bodyOf(traces: readonly Trace[], { config }: Sending): string {
  const sessionId = traces[0]?.sessionId ?? null
  const attributes = {
    ml_app: textIn(config, 'mlApp'),
    ...(sessionId === null ? {} : { session_id: sessionId }),
    tags: ['service:openrouter'],
    spans: traces.map(spanOf),
  }
  return withNanos(JSON.stringify({ data: { type: 'span', attributes } }))
}

function spanOf(trace: Trace) {
  const { content, cost, identity, requestContext, tokens } = trace
  const tags = Object.entries({
    ...identity,
    ...(trace.userId === null ? {} : { user_id: trace.userId }),
    ...(trace.traceName === null ? {} : { trace_name: trace.traceName }),
  })
  return {
    name: nameOf(trace, `${trace.operation} ${trace.model}`),
    span_id: trace.spanId,
    trace_id: trace.traceId,
    parent_id: trace.parentSpanId ?? 'undefined',
    start_ns: trace.startedAt,
    duration: Math.max(0, trace.endedAt - trace.startedAt) * NANOS_PER_MILLISECOND,
    status: trace.isError ? 'error' : 'ok',
    tags: tags.map(([name, value]) => `${name}:${value}`),
    meta: {
      kind: trace.operation === 'embeddings' ? 'embedding' : 'llm',
      ...(content === null
        ? {}
        : { input: { messages: content.input.map(messageOf) }, output: { messages: [messageOf(answerOf(content))] } }),
      metadata: {
        ...callersWords(trace),
        model_name: trace.model,
        model_provider: trace.provider.toLowerCase(),
        finish_reason: trace.finishReason,
        ...requestContext,
      },
    },
    metrics: {
      input_tokens: tokens.prompt,
      output_tokens: tokens.completion,
      total_tokens: tokens.total,
      ...(trace.latencyMs === null ? {} : { time_to_first_token: trace.latencyMs / 1_000 }),
      ...(cost === null ? {} : { input_cost: cost.prompt, output_cost: cost.completion, total_cost: cost.total }),
    },
  }
}

/** Nanoseconds since 1970 are beyond the whole numbers of JavaScript, so their zeros are put behind the milliseconds in the text. */
function withNanos(json: string): string {
  return json.replace(/"start_ns":(\d+),"duration":/g, '"start_ns":$1000000,"duration":')
}

function messageOf(message: unknown): { role: string; content: string } {
  const { role } = (message ?? {}) as { role?: unknown }
  return { role: typeof role === 'string' ? role : 'user', content: textOf(message) }
}
