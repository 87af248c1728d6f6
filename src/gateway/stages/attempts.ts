import { isProviderFault } from '../../dialects/finish-reason.ts'
import { AppError } from '../../domain/app-error.ts'
import type { Fault } from '../../domain/breaker.ts'
import type { Endpoint } from '../../domain/catalogue.ts'
import type { Measured, Trial } from '../../domain/endpoint-trials.ts'
import type { Inference } from '../inference.ts'
import type { AttemptRecord, UpstreamRequest } from '../ports.ts'
import { attemptRecord } from './attempt.ts'
import { isPaid, payFor } from './spend-again.ts'
import { type AttemptFailure, failureAfterAll, failureOfBug, failureOfRest } from './upstream-error.ts'

interface WhatCame extends Pick<Measured, 'completionTokens' | 'areToolCallsValid'> {
  nativeFinishReason: string | null
}

/** Of an answer that its provider itself says ended for an error. */
const OWN_ERROR: Fault = { restMs: null, isRateLimit: false }

/** What isn't watched: the built-in provider does what its models are named after. */
const UNWATCHED: Trial = { hasContent() {}, succeeded() {}, failed() {}, undecided() {} }

/**
 * The attempts of one inference, whatever form its answer has: which endpoint is next, what its health learns from each, and
 * what the caller hears when none has answered. Endpoints that are to be left alone are passed over, and what comes after a
 * failed attempt needs room in the budget of fallbacks.
 */
export class Attempts {
  readonly #inference: Inference
  readonly records: AttemptRecord[] = []
  #next = 0
  #isClosed = false
  #endpoint: Endpoint
  /** Null between two attempts. */
  #trial: Trial | null = null
  #startedAt = 0
  #contentAt: number | null = null
  #failure: AttemptFailure | null = null
  /** The shortest wait that a provider has asked for. */
  #hintSeconds: number | undefined

  constructor(inference: Inference) {
    const [first] = inference.endpoints
    if (first === undefined) throw new Error('a plan has at least one attempt')
    this.#inference = inference
    this.#endpoint = first
  }

  /** The endpoint of the attempt under way, else of the last one, else the first that is planned. */
  get endpoint(): Endpoint {
    return this.#endpoint
  }

  /** On the monotonic clock. */
  get startedAt(): number {
    return this.#startedAt
  }

  /** Begins the next attempt; false where there is none to make. A promise where money of another kind has to be held for it. */
  begin(): boolean | Promise<boolean> {
    if (this.records.length === 0) this.#inference.parts.health.countRequest()
    return this.#beginNext()
  }

  #beginNext(): boolean | Promise<boolean> {
    const { endpoints } = this.#inference
    const isFirst = this.records.length === 0
    for (let endpoint = endpoints[this.#next]; endpoint !== undefined; endpoint = endpoints[this.#next]) {
      this.#next += 1
      if (!isFirst && !this.#mayFallBackTo(endpoint)) continue
      if (!isPaid(this.#inference, endpoint)) return this.#beginPaid(endpoint)
      if (this.#beginAt(endpoint)) return true
    }
    return false
  }

  #beginAt(endpoint: Endpoint): boolean {
    const { clock, health } = this.#inference.parts
    const trial = endpoint.provider.baseUrl.startsWith('sim:') ? UNWATCHED : health.begin(healthIdOf(endpoint))
    if (trial === null) return false
    this.#endpoint = endpoint
    this.#trial = trial
    this.#contentAt = null
    this.#startedAt = clock.monotonic()
    return true
  }

  /** What can't be paid is passed over with all that is of its kind behind it. */
  async #beginPaid(endpoint: Endpoint): Promise<boolean> {
    const at = this.#next - 1
    const end = await payFor(this.#inference, at)
    if (this.#isClosed) return false
    if (end === null && this.#beginAt(endpoint)) return true
    if (end !== null) this.#next = end
    return await this.#beginNext()
  }

  /** The inference has ended: nothing more begins. */
  close(): void {
    this.#isClosed = true
  }

  #mayFallBackTo(endpoint: Endpoint): boolean {
    const { health } = this.#inference.parts
    const failure = this.#failure
    const mayFallBack = failure?.mayFallBack
    const isOther =
      mayFallBack === 'to_any' || (mayFallBack === 'to_another_model' && endpoint.modelId !== this.#endpoint.modelId)
    if (!isOther || health.isBroken(healthIdOf(endpoint))) return false
    return isOwnAffair(this.#endpoint, failure) || health.mayFallBack()
  }

  hasContent(now: number): void {
    this.#contentAt = now
    this.#trial?.hasContent()
  }

  succeeded(now: number, { areToolCallsValid, completionTokens, nativeFinishReason }: WhatCame): void {
    const measured: Measured = {
      latencyMs: (this.#contentAt ?? now) - this.#startedAt,
      tookMs: now - this.#startedAt,
      completionTokens,
      areToolCallsValid,
    }
    if (isProviderFault(nativeFinishReason)) this.#trial?.failed(OWN_ERROR)
    else this.#trial?.succeeded(measured)
    this.#end(now, null)
  }

  failed(now: number, failure: AttemptFailure): void {
    const { retryAfterSeconds } = failure.error
    if (retryAfterSeconds !== undefined) {
      this.#hintSeconds = Math.min(retryAfterSeconds, this.#hintSeconds ?? retryAfterSeconds)
    }
    this.#failure = failure
    if (!failure.isFault) this.#trial?.undecided()
    else this.#trial?.failed(faultOf(failure))
    this.#end(now, failure)
  }

  /** The caller has left. Who has left before it was let in was nowhere. */
  left(now: number): void {
    if (this.#trial === null) return
    this.#trial.undecided()
    this.#end(now, null)
  }

  /** What the caller hears when no attempt has answered, or the last was cut off. */
  finalFailure(): AttemptFailure {
    const { endpoints, parts } = this.#inference
    const context = { endpoints, records: this.records, publicUrl: parts.settings.publicUrl }
    if (this.#failure !== null) return failureAfterAll(this.#failure, this.#hintSeconds, context)
    const rests = endpoints.map((endpoint) => parts.health.restOf(healthIdOf(endpoint)))
    const seconds = Math.max(Math.ceil(Math.min(...rests.map(({ ms }) => ms)) / 1_000), 1)
    return failureAfterAll(failureOfRest(rests.every(({ isRateLimit }) => isRateLimit)), seconds, context)
  }

  #end(now: number, failure: AttemptFailure | null): void {
    this.#trial = null
    const record = attemptRecord(this.#endpoint, this.#startedAt, now, failure)
    this.records.push(record)
    this.#inference.spans?.attempted({
      provider: record.provider_name,
      model: record.model,
      startedAt: this.#startedAt,
      endedAt: now,
      status: record.status,
      error: failure && String(failure.status ?? failure.error.code),
    })
  }
}

function faultOf({ error: { retryAfterSeconds }, status }: AttemptFailure): Fault {
  const restMs = retryAfterSeconds === undefined ? null : retryAfterSeconds * 1_000
  return { restMs, isRateLimit: status === 429 }
}

/** What fails with a customer's own provider or credential, or by what it asks, is no outage of everybody's: it must not use up
 *  the fallbacks that others will need in one. */
function isOwnAffair({ byokKeyId, provider }: Endpoint, failure: AttemptFailure | null): boolean {
  const isUnsent = failure !== null && failure.status === null && !failure.isFault
  return (
    byokKeyId !== undefined || provider.visibility !== null || isUnsent || failure?.mayFallBack === 'to_another_model'
  )
}

/** How a customer's credential fares is none of another's affair, so that it is watched apart. */
function healthIdOf({ healthId, id }: Endpoint): string {
  return healthId ?? id
}

/** What is sent to an endpoint, or why its provider's format has no words for it: another's may have. */
export function requestOf(inference: Inference, endpoint: Endpoint): UpstreamRequest | AttemptFailure {
  try {
    return inference.requestFor(endpoint)
  } catch (error) {
    return failureOfThrown(inference, error)
  }
}

/** What is no AppError is a fault of ours, which is put on record. */
export function failureOfThrown({ open, parts }: Inference, error: unknown): AttemptFailure {
  if (error instanceof AppError) return { error, mayFallBack: 'to_any', isFault: false, status: null }
  parts.observe({ type: 'request_failed', requestId: open.requestId, error })
  return failureOfBug()
}
