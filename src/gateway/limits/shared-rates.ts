import { fairShare, RATE_SLOT_MS, RateWindow, type SlotCount } from '../../domain/rate-window.ts'
import type { Observe } from '../../observe/observation.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AskRates, MeetReplicas, RateGrant, Replicas } from '../ports.ts'
import { AskTimeout } from './ask-timeout.ts'
import type { RateBucket, RateLimiter } from './rate-limiter.ts'
import { WindowMap } from './window-map.ts'

/*
 * Rates that several replicas count together. While less than half of a limit is used a replica takes permits in advance, as
 * many as it used lately and at most 2 % of the limit, and uses them within 3 s without asking; beyond half it asks for what
 * waits and no more. One question of a bucket is under way at a time, and stands for all who came meanwhile.
 *
 * When nobody answers within the time-out, this replica lets its share through until 5 s after the last failure: one part of as
 * many as there are replicas, less the same part of the counts as they were seen last, or what it has let through itself if that
 * is more. Since others may have taken much that it hasn't seen, three replicas or more begin as if little were left, so that all
 * of them together stay below limit x (1 + 1/replicas). A beat each second notices failures without a request having to wait, and
 * tells what was let through as soon as somebody listens; so at the end of those 5 s the shared counts have what all replicas let
 * through. Counts that were lost are such a failure.
 */

const AWAY_MS = 5_000
const BEAT_TIMEOUT_MS = 1_000
const TOLD_AT_ONCE = 100
const BLOCK_PARTS = 50

interface Waiting {
  limit: number
  resolve: (waitMs: number) => void
}

/** Of one bucket. Times are on the monotonic clock. */
interface BucketState {
  permits: number
  /** What the permits were granted under. */
  permitLimit: number
  permitsUntil: number
  /** Requests let through in the slot before this one, and in this one. */
  usedBefore: number
  used: number
  usedSlot: number
  known: RateWindow
  waiting: Waiting[]
  isAsking: boolean
  /** What this replica lets through by itself, of the outage `outage`. */
  alone: RateWindow
  outage: number
  /** What this replica has let through, granted or by itself, on the shared clock. */
  own: RateWindow
}

export interface SharedRatesParts {
  ask: AskRates
  meet: MeetReplicas
  clock: Clock
  observe: Observe
  timeoutMs: number
}

export class SharedRates implements RateLimiter {
  readonly #parts: SharedRatesParts
  readonly #timeout: AskTimeout
  readonly #beatTimeout = new AskTimeout(BEAT_TIMEOUT_MS)
  #replicas: Replicas = { count: 1, rank: 0 }
  readonly #states = new WindowMap<RateBucket, BucketState>()
  /** The shared clock minus the monotonic one; undefined until somebody has answered. */
  #offset: number | undefined
  #awayUntil = Number.NEGATIVE_INFINITY
  /** Since when nobody answers; undefined while somebody does. */
  #awaySince: number | undefined
  #outages = 0

  constructor(parts: SharedRatesParts) {
    this.#parts = parts
    this.#timeout = new AskTimeout(parts.timeoutMs)
  }

  /** Whether replicas count together now. */
  get isShared(): boolean {
    return this.#awaySince === undefined
  }

  /** This replica's part of a limit where replicas can't ask each other. */
  shareOf(limit: number): number {
    return fairShare(limit, this.#replicas)
  }

  /** What is known of the replicas in another way, for one that can't ask. Fewer than it knew of change nothing. */
  noteReplicas(replicas: Replicas): void {
    if (replicas.count > this.#replicas.count) this.#replicas = replicas
  }

  /** To be called each second. Never rejects. */
  async beat(): Promise<void> {
    try {
      const { hasLost, ...replicas } = await this.#beatTimeout.within(this.#parts.meet())
      if (hasLost) this.#goAway(new Error('the shared counts were lost'))
      // After a loss the others have yet to say that they live.
      if (this.#awaySince === undefined) this.#replicas = replicas
      else this.noteReplicas(replicas)
      if (this.#awaySince !== undefined) await this.#tellAll()
      this.#comeBack()
    } catch (error) {
      this.#goAway(error)
    }
  }

  take(bucket: RateBucket, limit: number): number | Promise<number> {
    const now = this.#parts.clock.monotonic()
    const state = this.#stateOf(bucket, now)
    if (now < this.#awayUntil) return this.#takeShare(state, limit)
    if (this.#takePermit(state, limit)) return 0
    // The true counts are no smaller than those that were seen last.
    const waitMs = state.known.waitMs(limit, this.#sharedNow())
    if (waitMs > 0) return waitMs
    return new Promise((resolve) => {
      state.waiting.push({ limit, resolve })
      if (!state.isAsking) void this.#askAll(bucket, state)
    })
  }

  /** One of those that were granted in advance. */
  #takePermit(state: BucketState, limit: number): boolean {
    const now = this.#parts.clock.monotonic()
    if (state.permits === 0 || now >= state.permitsUntil || state.permitLimit > limit) return false
    state.permits -= 1
    countUse(state, now)
    return true
  }

  async #askAll(bucket: RateBucket, state: BucketState): Promise<void> {
    state.isAsking = true
    for (let first = state.waiting[0]; first !== undefined; first = state.waiting[0]) {
      const { limit } = first
      if (this.#takePermit(state, limit)) {
        state.waiting.shift()?.resolve(0)
        continue
      }
      const sentAt = this.#parts.clock.monotonic()
      const batch = state.waiting.filter((waiting) => waiting.limit === limit)
      state.waiting = state.waiting.filter((waiting) => waiting.limit !== limit)
      try {
        const grant = await this.#ask(bucket, state, { limit, demand: batch.length, block: blockOf(state, limit) })
        state.permits = grant.granted
        state.permitLimit = limit
        state.permitsUntil = sentAt + RATE_SLOT_MS
        this.#serve(state, batch)
      } catch (error) {
        this.#goAway(error)
        for (const waiting of batch) waiting.resolve(this.#takeShare(state, waiting.limit))
      }
    }
    state.isAsking = false
  }

  /** What this replica has let through: by itself, and before, in case that was lost. */
  async #tellAll(): Promise<void> {
    const time = this.#sharedNow()
    let telling: Promise<unknown>[] = []
    for (const [bucket, state] of this.#states.entries()) {
      if (state.own.total(time) === 0) continue
      telling.push(this.#ask(bucket, state, { limit: 1, demand: 0, block: 0 }))
      if (telling.length < TOLD_AT_ONCE) continue
      await Promise.all(telling)
      telling = []
    }
    await Promise.all(telling)
  }

  #sharedNow(): number {
    return this.#parts.clock.monotonic() + (this.#offset ?? 0)
  }

  async #ask(
    bucket: RateBucket,
    state: BucketState,
    wanted: { limit: number; demand: number; block: number },
  ): Promise<RateGrant> {
    const time = this.#sharedNow()
    const sent = state.own.slots(time)
    const own: SlotCount[] = this.#offset === undefined ? [[-1, state.own.total(time)]] : sent
    const grant = await this.#timeout.within(this.#parts.ask({ bucket: String(bucket), ...wanted, own }))
    const now = this.#parts.clock.monotonic()
    // What was let through while the question was under way is not in the answer.
    const missing = state.own.total(this.#sharedNow()) - totalOf(sent)
    this.#offset = grant.now - now
    state.known = RateWindow.from(grant.slots)
    state.own = RateWindow.from(grant.own)
    if (missing > 0) state.own.add(missing, grant.now)
    return grant
  }

  #comeBack(): void {
    const now = this.#parts.clock.monotonic()
    if (this.#awaySince === undefined || now < this.#awayUntil) return
    const awayMs = Math.round(now - this.#awaySince)
    this.#awaySince = undefined
    this.#parts.observe({ type: 'rates_shared_again', awayMs })
  }

  #serve(state: BucketState, batch: readonly Waiting[]): void {
    for (const { limit, resolve } of batch) {
      // At least a moment: the counts were full when they were asked for.
      resolve(this.#takePermit(state, limit) ? 0 : Math.max(1, state.known.waitMs(limit, this.#sharedNow())))
    }
  }

  #goAway(error: unknown): void {
    const now = this.#parts.clock.monotonic()
    this.#awayUntil = now + AWAY_MS
    if (this.#awaySince !== undefined) return
    this.#awaySince = now
    this.#outages += 1
    const message = error instanceof Error ? error.message : String(error)
    this.#parts.observe({ type: 'rates_not_shared', message, replicas: this.#replicas.count })
  }

  /** Takes from what this replica may let through by itself. */
  #takeShare(state: BucketState, limit: number): number {
    if (state.outage !== this.#outages) {
      state.alone = this.#beginAlone(state, limit)
      state.outage = this.#outages
    }
    const share = this.shareOf(limit)
    const time = this.#sharedNow()
    if (state.alone.room(share, time) === 0) {
      const untilAsked = this.#awayUntil - this.#parts.clock.monotonic()
      return Math.max(1, Math.ceil(Math.min(state.alone.waitMs(share, time), untilAsked)))
    }
    state.alone.add(1, time)
    state.own.add(1, time)
    return 0
  }

  /** What counts as taken of the share: a part of the counts as they were seen last, or what this replica has let through. */
  #beginAlone(state: BucketState, limit: number): RateWindow {
    const { count } = this.#replicas
    const since = this.#awaySince ?? 0
    const time = since + (this.#offset ?? 0)
    const taken = new Map(state.known.slots(time).map(([slot, all]) => [slot, all / count]))
    for (const [slot, own] of state.own.slots(time)) taken.set(slot, Math.max(own, taken.get(slot) ?? 0))
    const alone = RateWindow.from([...taken].toSorted(([a], [b]) => a - b))
    if (count <= 2) return alone
    const assumed = ((limit / count) * (count - 2)) / (count - 1)
    const seen = alone.weighted(time)
    if (assumed > seen) alone.add(assumed - seen, time)
    return alone
  }

  #stateOf(bucket: RateBucket, now: number): BucketState {
    const found = this.#states.get(bucket, now)
    if (found !== undefined) return found
    const state: BucketState = {
      permits: 0,
      permitLimit: 0,
      permitsUntil: 0,
      usedBefore: 0,
      used: 0,
      usedSlot: 0,
      known: new RateWindow(),
      waiting: [],
      isAsking: false,
      alone: new RateWindow(),
      outage: 0,
      own: new RateWindow(),
    }
    this.#states.set(bucket, state)
    return state
  }
}

function countUse(state: BucketState, now: number): void {
  const slot = Math.floor(now / RATE_SLOT_MS)
  if (slot !== state.usedSlot) {
    state.usedBefore = slot === state.usedSlot + 1 ? state.used : 0
    state.used = 0
    state.usedSlot = slot
  }
  state.used += 1
}

/** As many permits as were used lately: what isn't used in time is lost to everybody. */
function blockOf({ used, usedBefore }: BucketState, limit: number): number {
  return Math.max(1, Math.min(Math.floor(limit / BLOCK_PARTS), Math.max(used, usedBefore)))
}

function totalOf(slots: readonly SlotCount[]): number {
  return slots.reduce((sum, [, count]) => sum + count, 0)
}
