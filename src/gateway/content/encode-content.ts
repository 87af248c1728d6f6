import type { GenerationContentWire } from '../../contract/inference/generation-content.ts'
import type { Transcript } from '../../dialects/transcript.ts'
import type { AttemptRecord, GenerationContent, OpenRecord } from '../ports.ts'
import type { Outcome } from '../stages/attempt.ts'

/** Of what was asked; a request that fits is kept as its messages, a longer one as the beginning of its text. */
const INPUT_LENGTH_MAX = 1_048_576

const STATUS_WITHOUT_ANSWER = 502

/** The request's fields as the text of a JSON object, or the beginning of them as bytes. */
type RequestText = string | Buffer

/** What is wanted of a request; null where nothing is. */
export interface Texts {
  /** To be kept. */
  kept: RequestText | null
  /** To be sent to destinations. */
  broadcast: RequestText | null
}

/** One inference with what was said in it, as it waits to be kept or sent. */
export interface Exchange extends Texts {
  open: OpenRecord
  /** When it ended, in epoch milliseconds. */
  at: number
  transcript: Transcript | null
  attempts: readonly AttemptRecord[]
  failure: Outcome['failure']
}

export function toExchange(
  open: OpenRecord,
  texts: Texts,
  outcome: Pick<Outcome, 'transcript' | 'attempts' | 'failure'>,
  at: number,
): Exchange {
  const { transcript, attempts, failure } = outcome
  const kept = shortened(texts.kept)
  const broadcast = texts.broadcast === texts.kept ? kept : shortened(texts.broadcast)
  return { open, at, kept, broadcast, transcript, attempts, failure }
}

/** A copy, because a part would keep the whole body in memory. */
function shortened(text: RequestText | null): RequestText | null {
  return text === null || typeof text === 'string' ? text : Buffer.from(text.subarray(0, INPUT_LENGTH_MAX))
}

/** What it takes up while it waits. */
export function exchangeLength({ kept, broadcast, transcript }: Exchange): number {
  const own = broadcast === kept ? 0 : (broadcast?.length ?? 0)
  return (kept?.length ?? 0) + own + (transcript?.length ?? 0)
}

export function encodeContent(exchange: Exchange): GenerationContent {
  const { open, attempts, at, kept, broadcast } = exchange
  const json = kept === null ? null : JSON.stringify(toContent(exchange, kept))
  return {
    generationId: open.id,
    organizationId: open.organizationId,
    workspaceId: open.workspaceId,
    keyId: open.keyId,
    userId: open.userId,
    models: [...new Set([open.model, ...attempts.map(({ model }) => model)])],
    at,
    json,
    broadcastJson:
      broadcast === null ? null : broadcast === kept ? json : JSON.stringify(toContent(exchange, broadcast)),
  }
}

function toContent({ transcript, attempts, failure }: Exchange, request: RequestText): GenerationContentWire {
  const input = toInput(request)
  const isTruncated = 'prompt' in input || transcript?.isTruncated === true
  const toolCalls = transcript?.toolCalls
  return {
    input,
    output: {
      completion: transcript?.completion ?? null,
      reasoning: transcript?.reasoning ?? null,
      ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
    },
    error: toError(attempts, failure),
    ...(isTruncated ? { truncated: true } : {}),
  }
}

function toInput(request: RequestText): GenerationContentWire['input'] {
  if (typeof request !== 'string') return { prompt: request.toString('utf8') }
  if (request.length > INPUT_LENGTH_MAX) return { prompt: request.slice(0, INPUT_LENGTH_MAX) }
  return { messages: (JSON.parse(request) as { messages: unknown[] }).messages }
}

/** Also where another provider answered in the end: then only of those before. */
function toError(attempts: readonly AttemptRecord[], failure: Outcome['failure']): GenerationContentWire['error'] {
  const failed = attempts.filter(({ error }) => error !== null)
  const last = failure === null ? undefined : failed.at(-1)
  if (failed.length === 0 && failure === null) return null
  return {
    message: failure?.error.message ?? null,
    status: failure?.error.status ?? null,
    provider_name: last?.provider_name ?? null,
    raw: null,
    previous_errors: failed
      .filter((attempt) => attempt !== last)
      .map((attempt) => ({
        code: attempt.status ?? STATUS_WITHOUT_ANSWER,
        message: attempt.error ?? '',
        provider_name: attempt.provider_name,
        raw: null,
      })),
  }
}
