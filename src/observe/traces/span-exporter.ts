import type { Clock } from '../../platform/clock.ts'
import type { Samples, TraceMetric } from '../metrics.ts'
import type { Observe } from '../observation.ts'
import { exportRequest, type OtlpSpan, otlpFault } from '../otlp.ts'
import { type InferenceFacts, type ServedAt, spansOf } from './inference-trace.ts'

/** Requests that may wait; what comes then is dropped. */
const WAITING_MAX = 4_096
const BATCH_MAX = 256
const DELAY_MS = 1_000
const FIRST_RETRY_MS = 1_000
const RETRY_MS_MAX = 60_000
/** What OTLP over HTTP says to send again. */
const RETRIED = new Set([429, 502, 503, 504])

type Send = (request: {
  method: 'POST'
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  signal: AbortSignal
}) => Promise<{ status: number; headers: Record<string, string>; body: Buffer }>

interface SpanExporterOptions {
  url: string
  headers: Readonly<Record<string, string>>
  resource: Readonly<Record<string, string>>
  servedAt: ServedAt
  send: Send
  clock: Clock
  observe: Observe
  /** From [0, 1), for the spread of retries. */
  random: () => number
}

type Verdict = { kind: 'taken' } | { kind: 'refused' | 'again'; message: string; waitMs: number }

/** Sends what inferences were, in batches, beside their way: bounded in what waits, and dropping rather than holding anything up. */
export class SpanExporter {
  readonly #options: SpanExporterOptions
  #waiting: InferenceFacts[] = []
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #failures = 0
  #sent = 0
  #dropped = 0
  #isStopping = false
  readonly #stopped = new AbortController()

  constructor(options: SpanExporterOptions) {
    this.#options = options
  }

  readonly add = (facts: InferenceFacts): void => {
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped += 1 + facts.attempts.length
      return
    }
    this.#waiting.push(facts)
    if (this.#sending === undefined) this.#schedule(DELAY_MS)
  }

  samples(): Pick<Samples, TraceMetric> {
    return {
      switchyard_trace_spans_sent_total: [{ value: this.#sent }],
      switchyard_trace_spans_dropped_total: [{ value: this.#dropped }],
    }
  }

  /** Sends what waits, each batch once, for at most `withinMs`; what isn't taken then is dropped. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#timer)
    const timer = setTimeout(() => this.#stopped.abort(), withinMs)
    await this.#sending
    this.#failures = 0
    while (this.#waiting.length > 0 && this.#failures === 0) await this.#sendBatch()
    clearTimeout(timer)
    const left = this.#spansOf(this.#waiting).length
    this.#dropped += left
    this.#waiting = []
    if (left > 0) this.#options.observe({ type: 'traces_dropped', count: left, message: 'the process stopped' })
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#isStopping) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#sending = this.#run()
    }, delayMs)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    const waitMs = await this.#sendBatch()
    this.#sending = undefined
    if (this.#waiting.length === 0) return
    const next = this.#waiting.length >= BATCH_MAX ? 0 : DELAY_MS
    this.#schedule(this.#failures > 0 ? waitMs : next)
  }

  /** Resolves to how long to wait before the next. What is to be sent again stays in front. */
  async #sendBatch(): Promise<number> {
    const batch = this.#waiting.slice(0, BATCH_MAX)
    const spans = this.#spansOf(batch)
    const verdict = await this.#post(spans)
    if (verdict.kind === 'again') {
      this.#failures += 1
      if (this.#failures === 1) this.#options.observe({ type: 'traces_not_sent', message: verdict.message })
      return verdict.waitMs
    }
    this.#failures = 0
    this.#waiting.splice(0, batch.length)
    if (verdict.kind === 'taken') this.#sent += spans.length
    else {
      this.#dropped += spans.length
      this.#options.observe({ type: 'traces_dropped', count: spans.length, message: verdict.message })
    }
    return 0
  }

  #spansOf(batch: readonly InferenceFacts[]): OtlpSpan[] {
    return batch.flatMap((facts) => spansOf(facts, this.#options.servedAt))
  }

  async #post(spans: readonly OtlpSpan[]): Promise<Verdict> {
    const { headers, resource, url } = this.#options
    try {
      const response = await this.#options.send({
        url,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: exportRequest(spans, resource),
        signal: this.#stopped.signal,
      })
      const message = `the collector answered with status ${response.status}`
      const again = { kind: 'again', message, waitMs: this.#pauseMs(response.headers['retry-after']) } as const
      if (RETRIED.has(response.status)) return again
      if (response.status < 200 || response.status > 299) return { ...again, kind: 'refused' }
      const fault = otlpFault(response.body.toString('utf8'))
      return fault === undefined ? { kind: 'taken' } : { kind: 'refused', message: fault, waitMs: 0 }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { kind: 'again', message, waitMs: this.#pauseMs(undefined) }
    }
  }

  /** Doubles with each failure in a row, with some spread; no shorter than the collector asks for. */
  #pauseMs(retryAfter: string | undefined): number {
    const doubled = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, RETRY_MS_MAX)
    const spread = doubled * (0.5 + this.#options.random() / 2)
    return Math.min(Math.max(spread, this.#askedMs(retryAfter)), RETRY_MS_MAX)
  }

  #askedMs(retryAfter: string | undefined): number {
    if (retryAfter === undefined) return 0
    const seconds = Number(retryAfter)
    const asked = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(retryAfter) - this.#options.clock.now()
    return Number.isFinite(asked) ? asked : 0
  }
}
