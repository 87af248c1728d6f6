import type { Observe } from '../../observe/observation.ts'
import type { Clock } from '../../platform/clock.ts'
import { newUuid } from '../../platform/ids.ts'
import { type ClaimedDestination, claimDestinations, deleteUnwaitedContents } from '../../store/queries/broadcast.ts'
import { boundDeliveries, foldBroadcastCounts, listBroadcastStandings } from '../../store/queries/broadcast-bounds.ts'
import type { Db } from '../../store/schema.ts'
import type { BroadcastMetrics } from './broadcast-metrics.ts'

const POLL_MS = 1_000
/** Longer than sending a batch may take (`SENDING_MS_MAX` and one request). */
const LEASE_MS = 45_000
/** What a process has not posted by then comes late, and may arrive behind what ended after it. */
const SETTLE_MS = 1_000
/** Destinations at a time. */
const RUNNING_MAX = 8
const BOUND_MS = 30_000
/** As often as metrics are read, or more. */
const STANDING_MS = 10_000
const CONTENT_REST_MS = 60_000
const CHANGE_MAX = 5_000
/** Of one destination, each. */
const WAITING_MAX = 10_000
const DEAD_MAX = 10_000

/** Sends a destination what comes next, and lets it go. Resolves to whether more may be due at once. */
export type SendBatch = (
  destination: ClaimedDestination,
  bounds: { until: number; signal: AbortSignal },
) => Promise<boolean>

export interface BroadcastLoopOptions {
  db: Db
  clock: Clock
  observe: Observe
  metrics: BroadcastMetrics
  sendBatch: SendBatch
}

/**
 * Sends traces to destinations out of the database: each destination by one process at a time and batch after batch, so that
 * what ended first arrives first; destinations beside each other, so that a slow one keeps none waiting. What is not noted as
 * delivered is sent again.
 */
export class BroadcastLoop {
  readonly #options: BroadcastLoopOptions
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #boundedAt = Number.NEGATIVE_INFINITY
  #stoodAt = Number.NEGATIVE_INFINITY

  constructor(options: BroadcastLoopOptions) {
    this.#options = options
    this.#schedule(0)
  }

  /** Ends what is under way; it will be sent again. */
  async stop(): Promise<void> {
    this.#abort.abort()
    clearTimeout(this.#timer)
    await this.#looking
    await Promise.all(this.#running)
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer)
    if (this.#abort.signal.aborted) return
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined
        this.#schedule(POLL_MS)
      })
    }, delayMs)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    const { clock, db, observe } = this.#options
    try {
      await this.#bound()
      await this.#readStandings()
      const limit = RUNNING_MAX - this.#running.size
      if (limit <= 0) return
      const wanted = { leaseId: newUuid(), now: clock.now(), leaseMs: LEASE_MS, settleMs: SETTLE_MS, limit }
      for (const destination of await claimDestinations(db, wanted)) this.#run(destination)
    } catch (error) {
      observe({ type: 'broadcast_failed', message: messageOf(error) })
    }
  }

  async #bound(): Promise<void> {
    const { clock, db, metrics } = this.#options
    if (clock.monotonic() - this.#boundedAt < BOUND_MS) return
    this.#boundedAt = clock.monotonic()
    const now = clock.now()
    await foldBroadcastCounts(db, CHANGE_MAX)
    const bounds = { waitingMax: WAITING_MAX, deadMax: DEAD_MAX, now, changeMax: CHANGE_MAX }
    const { died, dropped } = await boundDeliveries(db, bounds)
    for (const [type, given_up] of died) metrics.count(type, { given_up })
    for (const [type, count] of dropped) metrics.count(type, { dropped: count })
    await deleteUnwaitedContents(db, now - CONTENT_REST_MS)
  }

  async #readStandings(): Promise<void> {
    const { clock, db, metrics } = this.#options
    if (!metrics.isRead || clock.monotonic() - this.#stoodAt < STANDING_MS) return
    this.#stoodAt = clock.monotonic()
    metrics.noteStandings(await listBroadcastStandings(db))
  }

  #run(destination: ClaimedDestination): void {
    const { clock, observe, sendBatch } = this.#options
    const bounds = { until: clock.now() - SETTLE_MS, signal: this.#abort.signal }
    const run = sendBatch(destination, bounds)
      .catch((error) => {
        if (!this.#abort.signal.aborted) observe({ type: 'broadcast_failed', message: messageOf(error) })
        return false
      })
      .then((hasMore) => {
        this.#running.delete(run)
        if (hasMore && this.#looking === undefined) this.#schedule(0)
      })
    this.#running.add(run)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
