import type { Observe } from '../observe/observation.ts'
import type { Clock } from '../platform/clock.ts'
import { type DueDelivery, failDelivery, finishDelivery, takeDueDelivery } from '../store/queries/outbox.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'

const POLL_MS = 1_000
const LEASE_MS = 60_000
const FIRST_RETRY_MS = 1_000
const RETRY_MS_MAX = 3_600_000
const ATTEMPTS_MAX = 12
const MESSAGE_LENGTH_MAX = 500

/** Carries one delivery out. Throws when it should be tried again. */
export type Deliver = (delivery: DueDelivery, signal: AbortSignal) => Promise<void>

export interface OutboxLoopOptions {
  db: Db
  sealer: Sealer
  clock: Clock
  observe: Observe
  /** By kind. What has no entry here stays until a version that knows it. */
  deliverers: Readonly<Record<string, Deliver>>
  /** Told of a delivery before it is given up for good; failing here puts that off. */
  givenUp?: (delivery: DueDelivery) => Promise<void>
  /** A random number from 0 to 1, for the spread of retries. */
  random: () => number
}

/**
 * Carries out what transactions have left in the outbox, oldest first, one at a time: at least once each, with growing
 * pauses after failures, and given up after `ATTEMPTS_MAX`. Several processes share the work.
 */
export class OutboxLoop {
  readonly #options: OutboxLoopOptions
  readonly #abort = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isWoken = false

  constructor(options: OutboxLoopOptions) {
    this.#options = options
  }

  start(): void {
    this.#schedule(0)
  }

  /** Something was just committed that may be due. */
  wake(): void {
    this.#isWoken = true
    if (this.#running === undefined) this.#schedule(0)
  }

  /** Ends what is under way; it will be done again. */
  async stop(): Promise<void> {
    this.#abort.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer)
    if (this.#abort.signal.aborted) return
    this.#timer = setTimeout(() => {
      this.#isWoken = false
      this.#running = this.#drain().finally(() => {
        this.#running = undefined
        this.#schedule(this.#isWoken ? 0 : POLL_MS)
      })
    }, delayMs)
    this.#timer.unref()
  }

  async #drain(): Promise<void> {
    const { clock, db, deliverers, observe, sealer } = this.#options
    try {
      while (!this.#abort.signal.aborted) {
        const wanted = { kinds: Object.keys(deliverers), now: clock.now(), leaseMs: LEASE_MS }
        const delivery = await takeDueDelivery(db, sealer, wanted)
        if (delivery === undefined) return
        await this.#carryOut(delivery)
      }
    } catch (error) {
      observe({ type: 'outbox_failed', message: messageOf(error) })
    }
  }

  async #carryOut(delivery: DueDelivery): Promise<void> {
    const { clock, db, deliverers } = this.#options
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(LEASE_MS / 2)])
    try {
      await deliverers[delivery.kind]?.(delivery, signal)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      await this.#fail(delivery, messageOf(error).slice(0, MESSAGE_LENGTH_MAX))
      return
    }
    await finishDelivery(db, delivery.id, clock.now())
  }

  async #fail(delivery: DueDelivery, message: string): Promise<void> {
    const { clock, db, givenUp, observe } = this.#options
    const attempts = delivery.attempts + 1
    const isGivenUp = attempts >= ATTEMPTS_MAX
    const nextAttemptAt = isGivenUp ? null : clock.now() + this.#pause(attempts)
    if (isGivenUp) await givenUp?.(delivery)
    await failDelivery(db, delivery.id, { message, nextAttemptAt, now: clock.now() })
    observe({ type: 'delivery_failed', kind: delivery.kind, id: delivery.id, message, attempts, isGivenUp })
  }

  /** Doubles each time; half of it is random, so that many that failed together don't come back together. */
  #pause(attempts: number): number {
    const full = Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** (attempts - 1))
    return full / 2 + (full / 2) * this.#options.random()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
