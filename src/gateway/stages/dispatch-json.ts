import type { DecodedAnswer } from '../../dialects/dialect.ts'
import { isProviderFault } from '../../dialects/finish-reason.ts'
import { asObject, isNestedAtMost } from '../../dialects/json-fields.ts'
import type { Transcript } from '../../dialects/transcript.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import { dialectOf, type Inference } from '../inference.ts'
import { NO_ANSWER, type Outcome } from './attempt.ts'
import { Attempts, failureOfThrown, requestOf } from './attempts.ts'
import { collectAnswer } from './collect-answer.ts'
import { healAnswer } from './heal-answer.ts'
import { judgeCalls } from './judge-calls.ts'
import { readRetryAfter } from './retry-after.ts'
import { prepareMedia } from './spend-again.ts'
import { type AttemptFailure, failureOfConnection, failureOfInvalidAnswer, failureOfRefusal } from './upstream-error.ts'

export interface JsonOutcome extends Outcome {
  /** null when every attempt failed. */
  answer: DecodedAnswer | null
}

/** Tries the endpoints in order until one gives a whole valid answer. Not cut short when the caller leaves. */
export async function dispatchJson(inference: Inference): Promise<JsonOutcome> {
  const { clock, settings } = inference.parts
  const begin = clock.monotonic()
  const attempts = new Attempts(inference)
  for (;;) {
    const begun = attempts.begin()
    if (!(typeof begun === 'boolean' ? begun : await begun)) break
    const { endpoint, startedAt } = attempts
    const leftMs = settings.requestDeadlineMs - (startedAt - begin)
    // Whole, because the runtime keeps a list of timers for each duration.
    const result = await tryEndpoint(inference, endpoint, Math.max(Math.ceil(leftMs), 1))
    const now = clock.monotonic()
    if ('choices' in result) {
      const { usage, usageRaw, upstreamId, finishReason, nativeFinishReason, outputBytes } = result
      const calls = asObject(result.choices[0]?.['message'])?.['tool_calls']
      const areToolCallsValid = judgeCalls(inference, { finishReason, calls })
      const completionTokens = usage?.completionTokens ?? 0
      attempts.succeeded(now, { completionTokens, areToolCallsValid, nativeFinishReason })
      return {
        usage,
        usageRaw,
        upstreamId,
        finishReason,
        nativeFinishReason,
        outputBytes,
        kind: 'done',
        endpoint,
        attempts: attempts.records,
        failure: null,
        contentChunks: 1,
        latencyMs: now - begin,
        transcript: transcriptOf(inference, result),
        answer: result,
      }
    }
    attempts.failed(now, result)
    if (leftMs <= now - startedAt) break
  }
  const { endpoint, records } = attempts
  const failure = attempts.finalFailure()
  return { ...NO_ANSWER, kind: 'upstream_error', endpoint, failure, attempts: records, answer: null }
}

/** Of lists and objects in an answer; what is deeper may not fit on the stack when it is written. */
const DEPTH_MAX = 1_000

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
  try {
    return await sendTo(inference, endpoint, deadlineMs)
  } catch (error) {
    return failureOfThrown(inference, error)
  }
}

async function sendTo(
  inference: Inference,
  endpoint: Endpoint,
  deadlineMs: number,
): Promise<DecodedAnswer | AttemptFailure> {
  const problem = inference.hasToEmbed(endpoint) ? await prepareMedia(inference, endpoint) : null
  const request = problem ?? requestOf(inference, endpoint)
  if ('mayFallBack' in request) return request
  const answer = await collectAnswer(inference.parts.upstream, request, deadlineMs)
  if ('kind' in answer) return failureOfConnection(answer)
  if (answer.status !== 200) {
    const retryAfterSeconds = readRetryAfter(answer.headers, inference.parts.clock.now())
    return failureOfRefusal(endpoint, { status: answer.status, body: answer.text, retryAfterSeconds })
  }
  const decoded = decodeAnswer(inference, endpoint, answer.text)
  return decoded === undefined || isEmptyFailure(decoded) ? failureOfInvalidAnswer() : decoded
}

/** An answer of which nothing has come, and which the provider itself calls an error: another provider may do better. */
function isEmptyFailure({ choices, nativeFinishReason }: DecodedAnswer): boolean {
  return isProviderFault(nativeFinishReason) && choices.every(({ message }) => isEmpty(asObject(message)))
}

function isEmpty(message: Readonly<Record<string, unknown>> | undefined): boolean {
  const { content, role: _role, ...rest } = message ?? {}
  const isNothing = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0)
  return isNothing(content ?? null) && Object.values(rest).every(isNothing)
}

/** Undefined also where it is nested so deep that it can't be written again. */
function decodeAnswer(inference: Inference, endpoint: Endpoint, text: string): DecodedAnswer | undefined {
  try {
    const answer = dialectOf(endpoint).decode(text, inference.readOptionsFor(endpoint))
    if (answer === undefined || inference.request.payload.kind !== 'chat') return answer
    if (!isNestedAtMost(answer.native ?? answer.choices, DEPTH_MAX)) return undefined
    return inference.healsAnswer ? healAnswer(answer, inference.trace) : answer
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
