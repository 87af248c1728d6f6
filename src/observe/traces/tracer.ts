import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../platform/clock.ts'
import type { AnswerFacts, AttemptFacts, EndFacts, InferenceFacts } from './inference-trace.ts'
import { isSampled, type SamplerName } from './sampler.ts'
import { readTraceParent } from './trace-parent.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

interface TracerOptions {
  clock: Clock
  sampler: { name: SamplerName; ratio: number }
  /** Takes what is to be sent. Must not wait. */
  add: (facts: InferenceFacts) => void
}

type Begun = Pick<InferenceFacts, 'traceId' | 'spanId' | 'parentSpanId' | 'route' | 'requestId' | 'startedAt'>

/** Decides which requests are traced, and notes of those what their spans need. */
export class Tracer {
  readonly #options: TracerOptions

  constructor(options: TracerOptions) {
    this.#options = options
  }

  /** `startedAt`: when the request came, in epoch milliseconds. Undefined for one that isn't sampled. */
  begin(
    { traceparent }: IncomingHttpHeaders,
    request: Pick<InferenceFacts, 'route' | 'requestId' | 'startedAt'>,
  ): InferenceTrace | undefined {
    const { add, clock, sampler } = this.#options
    const parent = readTraceParent(typeof traceparent === 'string' ? traceparent : undefined)
    const traceId = parent?.traceId ?? newId(TRACE_ID_BYTES)
    if (!isSampled(sampler, traceId, parent)) return undefined
    const ids = { traceId, spanId: newId(SPAN_ID_BYTES), parentSpanId: parent?.spanId ?? null }
    return new InferenceTrace({ ...ids, ...request }, clock, add)
  }
}

/** Of one request, while it runs. */
export class InferenceTrace {
  readonly #begun: Begun
  readonly #clock: Clock
  readonly #add: TracerOptions['add']
  readonly #attempts: AttemptFacts[] = []
  #end: EndFacts | null = null

  constructor(begun: Begun, clock: Clock, add: TracerOptions['add']) {
    this.#begun = begun
    this.#clock = clock
    this.#add = add
  }

  /** Times are on the monotonic clock. */
  attempted(attempt: Omit<AttemptFacts, 'spanId'>): void {
    const toEpoch = this.#clock.now() - this.#clock.monotonic()
    const [startedAt, endedAt] = [toEpoch + attempt.startedAt, toEpoch + attempt.endedAt]
    this.#attempts.push({ ...attempt, spanId: newId(SPAN_ID_BYTES), startedAt, endedAt })
  }

  /** How the inference ended, for a request that became one. */
  settled(end: EndFacts): void {
    this.#end = end
  }

  /** The last of it. */
  answered(answer: AnswerFacts): void {
    const endedAt = this.#clock.now()
    this.#add({ ...this.#begun, attempts: this.#attempts, end: this.#end, answer, endedAt })
  }
}

function newId(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
