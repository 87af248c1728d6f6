import type { GenerationContentWire } from '../../contract/inference/generation-content.ts'
import type { Transcript } from '../../dialects/transcript.ts'
import type { AttemptRecord, GenerationContent, OpenRecord } from '../ports.ts'
import type { Outcome } from '../stages/attempt.ts'

/** Of what was asked; a request that fits is kept as its messages, a longer one as the beginning of its text. */
const INPUT_LENGTH_MAX = 1_048_576

const STATUS_WITHOUT_ANSWER = 502

/** One inference with what was said in it, as it waits to be kept. */
export interface Exchange {
  open: OpenRecord
  /** When it ended, in epoch milliseconds. */
  at: number
  /** The request's fields as the text of a JSON object, or the beginning of them as bytes. */
  request: string | Buffer
  transcript: Transcript | null
  attempts: readonly AttemptRecord[]
  failure: Outcome['failure']
}

export function toExchange(
  open: OpenRecord,
  request: string | Buffer,
  outcome: Pick<Outcome, 'transcript' | 'attempts' | 'failure'>,
  at: number,
): Exchange {
  const { transcript, attempts, failure } = outcome
  // A copy, because a part would keep the whole body in memory.
  const kept = typeof request === 'string' ? request : Buffer.from(request.subarray(0, INPUT_LENGTH_MAX))
  return { open, at, request: kept, transcript, attempts, failure }
}

/** What it takes up while it waits. */
export function exchangeLength({ request, transcript }: Exchange): number {
  return request.length + (transcript?.length ?? 0)
}

export function encodeContent(exchange: Exchange): GenerationContent {
  const { open, attempts, at } = exchange
  return {
    generationId: open.id,
    organizationId: open.organizationId,
    workspaceId: open.workspaceId,
    keyId: open.keyId,
    userId: open.userId,
    models: [...new Set([open.model, ...attempts.map(({ model }) => model)])],
    at,
    json: JSON.stringify(toContent(exchange)),
  }
}

function toContent({ request, transcript, attempts, failure }: Exchange): GenerationContentWire {
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

function toInput(request: string | Buffer): GenerationContentWire['input'] {
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
