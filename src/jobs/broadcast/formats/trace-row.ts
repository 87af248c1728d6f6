import type { Trace } from '../trace.ts'
import { callersWords } from '../trace-place.ts'
import { answerOf } from './otlp.ts'

/** A trace as a row of a table of traces: the columns that ClickHouse and Snowflake are filled with. Columns of what a destination
 *  isn't told are null. INPUT, OUTPUT and METADATA are JSON. */
export function traceRow(trace: Trace) {
  const { content, cost, identity, requestContext, tokens } = trace
  return {
    TRACE_ID: trace.traceId,
    SPAN_ID: trace.spanId,
    GENERATION_ID: trace.id,
    TIMESTAMP: new Date(trace.startedAt).toISOString(),
    END_TIMESTAMP: new Date(trace.endedAt).toISOString(),
    DURATION_MS: Math.max(0, trace.endedAt - trace.startedAt),
    SPAN_TYPE: 'GENERATION',
    STATUS: trace.isError ? 'error' : 'ok',
    MODEL: trace.model,
    PROVIDER: trace.provider,
    FINISH_REASON: trace.finishReason,
    USER_ID: trace.userId,
    SESSION_ID: trace.sessionId,
    API_KEY_NAME: identity?.['api_key_name'] ?? null,
    INPUT_TOKENS: tokens.prompt,
    OUTPUT_TOKENS: tokens.completion,
    TOTAL_TOKENS: tokens.total,
    REASONING_TOKENS: tokens.reasoning,
    CACHED_TOKENS: tokens.cached,
    TOTAL_COST: cost?.total ?? null,
    INPUT_COST: cost?.prompt ?? null,
    OUTPUT_COST: cost?.completion ?? null,
    INPUT: content === null ? null : JSON.stringify(content.input),
    OUTPUT: content === null ? null : JSON.stringify(answerOf(content)),
    METADATA: JSON.stringify({ ...callersWords(trace), ...identity, ...requestContext }),
  }
}
export type TraceRow = ReturnType<typeof traceRow>
