import type { LeasePiece } from '../../domain/lease-protocol.ts'
import type { Observe } from '../../observe/observation.ts'
import type { PostGenerations } from '../ports.ts'
import type { Segment } from './journal.ts'
import { PostingBatch } from './posting-batch.ts'

const BATCH_RECORDS_MAX = 500
const RETRY_DELAY_MS_MAX = 5_000
const ALERT_ATTEMPTS = 10

export interface FlushLoopOptions {
  post: PostGenerations
  observe: Observe
  intervalMs: number
  /** Called after each batch that the database has committed, with what its leases paid. */
  onPosted: (charges: readonly LeasePiece[]) => void
}

/** A finished inference as JSON in UTF-8, and what of its cost each lease pays. */
export interface Charged {
  json: Buffer
  charges: readonly LeasePiece[]
}

/**
 * Carries finished inferences from the journal to the database: after `intervalMs` or as soon as a batch is full, one batch
 * at a time, in order, again and again until it is committed. The database ignores what it already has.
 */
export class FlushLoop {
  readonly #options: FlushLoopOptions
  /** In order; the last one is being filled. */
  readonly #batches: PostingBatch[] = []
  #spare: PostingBatch | undefined
  #posted = 0
  #enqueued = 0
  #attempt = 0
  #timer: NodeJS.Timeout | undefined
  #isPosting = false
  #isStopped = false
  #waiting: { until: number; resolve: () => void }[] = []

  constructor(options: FlushLoopOptions) {
    this.#options = options
  }

  get pendingCount(): number {
    return this.#enqueued - this.#posted
  }

  enqueue({ json, charges }: Charged, segment: Segment): void {
    segment.unposted += 1
    this.#enqueued += 1
    this.#open().add(json, charges, segment)
    if (this.pendingCount >= BATCH_RECORDS_MAX) this.#postSoon(0)
    else this.#postSoon(this.#options.intervalMs)
  }

  /** Resolves when all that has been enqueued so far is committed, or after `timeoutMs`; tells whether it is. */
  async waitUntilPosted(timeoutMs: number): Promise<boolean> {
    const until = this.#enqueued
    if (this.#posted >= until) return true
    this.#postSoon(0)
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
      this.#waiting.push({ until, resolve })
    })
    clearTimeout(timer)
    return this.#posted >= until
  }

  /** Posts what is left, for at most `timeoutMs`. What stays is in the journal. */
  async stop(timeoutMs: number): Promise<void> {
    await this.waitUntilPosted(timeoutMs)
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** What is being posted takes no more. */
  #open(): PostingBatch {
    const last = this.#batches.at(-1)
    const isSealed = this.#isPosting && this.#batches.length === 1
    if (last !== undefined && !isSealed && last.count < BATCH_RECORDS_MAX) return last
    const next = this.#spare ?? new PostingBatch()
    this.#spare = undefined
    this.#batches.push(next)
    return next
  }

  #postSoon(delayMs: number): void {
    if (this.#isStopped || this.#isPosting || this.#attempt > 0) return
    if (this.#timer !== undefined) {
      if (delayMs > 0) return
      clearTimeout(this.#timer)
    }
    this.#timer = setTimeout(() => void this.#post(), delayMs)
  }

  async #post(): Promise<void> {
    this.#timer = undefined
    const [batch] = this.#batches
    if (this.#isPosting || batch === undefined) return
    this.#isPosting = true
    try {
      await this.#options.post(batch.rows)
      this.#attempt = 0
      this.#finish(batch)
    } catch (error) {
      this.#attempt += 1
      this.#reportFailure(error)
    }
    this.#isPosting = false
    if (this.pendingCount > 0 && !this.#isStopped) this.#postNext()
  }

  #finish(batch: PostingBatch): void {
    const { charges, count } = batch
    this.#batches.shift()
    this.#posted += count
    batch.posted()
    batch.clear()
    if (batch.isReusable) this.#spare = batch
    this.#wake()
    this.#options.onPosted(charges)
  }

  #postNext(): void {
    const retryMs = Math.min(RETRY_DELAY_MS_MAX, 100 * 2 ** Math.min(this.#attempt, 10))
    const isFull = this.pendingCount >= BATCH_RECORDS_MAX || this.#waiting.length > 0
    const delayMs = this.#attempt > 0 ? retryMs : isFull ? 0 : this.#options.intervalMs
    this.#timer = setTimeout(() => void this.#post(), delayMs)
  }

  #wake(): void {
    const ready = this.#waiting.filter(({ until }) => until <= this.#posted)
    this.#waiting = this.#waiting.filter(({ until }) => until > this.#posted)
    for (const { resolve } of ready) resolve()
  }

  #reportFailure(error: unknown): void {
    if (this.#attempt !== 1 && this.#attempt % ALERT_ATTEMPTS !== 0) return
    const message = error instanceof Error ? error.message : String(error)
    this.#options.observe({ type: 'flush_failed', message, pending: this.pendingCount, attempt: this.#attempt })
  }
}
