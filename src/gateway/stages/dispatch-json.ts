import type { DecodedAnswer } from '../../dialects/dialect.ts'
import { asObject } from '../../dialects/json-fields.ts'
import type { Transcript } from '../../dialects/transcript.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { assert } from '../../platform/assert.ts'
import { dialectOf, type Inference } from '../inference.ts'
import type { AttemptRecord } from '../ports.ts'
import { attemptRecord, type Outcome } from './attempt.ts'
import { collectAnswer } from './collect-answer.ts'
import { type AttemptFailure, failureOfConnection, failureOfInvalidAnswer, failureOfStatus } from './upstream-error.ts'

export interface JsonOutcome extends Outcome {
  /** null when every attempt failed. */
  answer: DecodedAnswer | null
}

/** Tries the endpoints in order until one gives a whole valid answer. Not cut short when the caller leaves. */
export async function dispatchJson(inference: Inference): Promise<JsonOutcome> {
  const { clock } = inference.parts
  const begin = clock.monotonic()
  const attempts: AttemptRecord[] = []
  let last: { endpoint: Endpoint; failure: AttemptFailure } | undefined
  for (const endpoint of inference.endpoints) {
    const startedAt = clock.monotonic()
    const leftMs = inference.parts.settings.requestDeadlineMs - (startedAt - begin)
    // Whole, because the runtime keeps a list of timers for each duration.
    const result = await tryEndpoint(inference, endpoint, Math.max(Math.ceil(leftMs), 1))
    const now = clock.monotonic()
    if ('choices' in result) {
      attempts.push(attemptRecord(endpoint, startedAt, now, null))
      const { usage, usageRaw, upstreamId, finishReason, nativeFinishReason, outputBytes } = result
      return {
        usage,
        usageRaw,
        upstreamId,
        finishReason,
        nativeFinishReason,
        outputBytes,
        kind: 'done',
        endpoint,
        attempts,
        failure: null,
        contentChunks: 1,
        latencyMs: now - begin,
        transcript: transcriptOf(inference, result),
        answer: result,
      }
    }
    attempts.push(attemptRecord(endpoint, startedAt, now, result))
    last = { endpoint, failure: result }
    if (!result.mayFallBack || leftMs <= now - startedAt) break
  }
  assert(last !== undefined, 'a plan has at least one attempt')
  return { ...NOTHING, kind: 'upstream_error', endpoint: last.endpoint, failure: last.failure, attempts, answer: null }
}

const NOTHING = {
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

function transcriptOf(inference: Inference, { choices }: DecodedAnswer): Transcript | null {
  const transcript = inference.newTranscript()
  transcript?.add(asObject(choices[0]?.['message']) ?? {})
  return transcript
}

async function tryEndpoint(
  inference: Inference,
  endpoint: Endpoint,
  deadlineMs: number,
): Promise<DecodedAnswer | AttemptFailure> {
  const answer = await collectAnswer(inference.parts.upstream, inference.requestFor(endpoint), deadlineMs)
  if ('kind' in answer) return failureOfConnection(answer)
  if (answer.status !== 200) {
    const retryAfter = headerText(answer.headers['retry-after'])
    return failureOfStatus(answer.status, { message: dialectOf(endpoint).errorMessage(answer.text), retryAfter })
  }
  return decodeAnswer(inference, endpoint, answer.text) ?? failureOfInvalidAnswer()
}

/** Undefined also where it is nested so deep that it can't be written again. */
function decodeAnswer(inference: Inference, endpoint: Endpoint, text: string): DecodedAnswer | undefined {
  try {
    return dialectOf(endpoint).decode(text, inference.readOptionsFor(endpoint))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

export function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
