import {
  type CounterKey,
  type CounterState,
  type CounterStates,
  counterAddressOf,
  counterKeyOf,
  type LeasePiece,
  type LeaseReturn,
  type LeaseSlice,
} from '../../domain/lease-protocol.ts'
import { maxNano, minNano, type NanoUsd } from '../../domain/money.ts'
import { toDate, windowEndMs } from '../../domain/windows.ts'
import { NO_SUMS, type OwnedLease, type Sums, sumsOf } from './owned-lease.ts'

/** Refills that come faster than this double what is asked for. */
const FAST_REFILL_MS = 250
/** The time over which recent spending is looked at. */
const BURN_MS = 2_000
/** A counter used less often than this gets for each request only what it needs. */
const RARE_GAP_MS = 60_000
const IDLE_MS_MIN = 5_000
const IDLE_MS_MAX = 60_000
const NEVER = Number.NEGATIVE_INFINITY

/** What is the same in each ask for a slice of a counter. */
type SliceTerms = Pick<
  LeaseSlice,
  'organization' | 'counter' | 'limit' | 'limitVersion' | 'keep' | 'beside' | 'besideLimit'
>

/** A counter that limits a request, as the replica knows it. */
export interface CounterLimit extends SliceTerms {
  /** Whose money it is that is taken: all who name one purse share what is in it. The counter's own name, unless some of what
   *  it has is kept for others. */
  purse: string
  /** Epoch milliseconds at which the counter's window ends; null for a lifetime. */
  endsAt: number | null
  /** How often limits of the organization had changed when this one was read. */
  revision: number
}

/** What is known of a counter. */
export interface Standing {
  /** What is taken without asking. */
  room: NanoUsd
  /** Charged here, and not known to the database. */
  unposted: NanoUsd
  own: CounterState
  beside: CounterState | null
}

/** What a replica holds of one counter, in leases. Times are on the monotonic clock. */
export class Purse {
  readonly name: string
  readonly endsAt: number | null
  #revision: number
  #terms: SliceTerms
  /** As the last answer told. */
  #known: { own: CounterState; beside: CounterState | null } | null = null
  isScarce = false
  /** The ask on its way. */
  pendingAsk: string | null = null
  /** Those who wait for it or for another counter of their chain: what is there is kept for them. */
  waiterCount = 0
  /** Of those who wait without having asked for themselves: what all would take, and the least that is of use to one. */
  #waiting: { hold: NanoUsd; min: NanoUsd | null } = { hold: 0n, min: null }
  readonly #leases = new Map<string, OwnedLease>()
  /** Whether some of them may be closed. */
  #hasClosed = false
  /** How often all were: what was asked for before is closed too. */
  closings = 0
  /** Null since something of them has changed. */
  #kept: Sums | null = null
  #size: NanoUsd = 0n
  /** Taken in the running span, and in the one before it. */
  #burn: NanoUsd = 0n
  #burnBefore: NanoUsd = 0n
  #burnSince: number
  #takenAt: number
  #gapMs = IDLE_MS_MAX
  #grantedAt = NEVER

  constructor(limit: CounterLimit, now: number) {
    this.name = limit.purse
    this.endsAt = limit.endsAt
    this.#revision = limit.revision
    this.#terms = limit
    this.#takenAt = now
    this.#burnSince = now
  }

  get terms(): SliceTerms {
    return this.#terms
  }

  /** What may be taken. */
  get room(): NanoUsd {
    return this.#sums().room
  }

  /** A request asks several times between two changes. */
  #sums(): Sums {
    if (this.#known === null && this.#leases.size === 0) return NO_SUMS
    this.#kept ??= sumsOf(this.#leases.values())
    return this.#kept
  }

  /** What might be taken, after asking: as far as known; null where nothing is. */
  get reach(): NanoUsd | null {
    if (this.#known === null) return null
    const { limit, keep, besideLimit } = this.#terms
    const { own, beside } = this.#known
    const out = keep + own.settled + own.leased
    const free = (limit ?? own.limit ?? 0n) - out
    const left =
      beside && besideLimit !== null ? minNano(free, besideLimit - out - beside.settled - beside.leased) : free
    return this.room + maxNano(0n, left)
  }

  /** As far as known. */
  get standing(): Standing | undefined {
    if (this.#known === null) return undefined
    const { room, unposted } = this.#sums()
    const { beside, own } = this.#known
    return { room, unposted, own, beside }
  }

  /** Whether requests that run, here or elsewhere, hold some of it. */
  get isContended(): boolean {
    const { own, reserved } = this.#sums()
    if (reserved > 0n) return true
    return this.#known !== null && this.#known.own.leased > own
  }

  get isEmpty(): boolean {
    return this.#leases.size === 0 && this.pendingAsk === null
  }

  /** What to ask for so that requests of this size needn't wait. */
  wanted(hold: NanoUsd): NanoUsd {
    return maxNano(maxNano(this.#burn, this.#burnBefore), maxNano(hold, this.#size))
  }

  noteWaiting({ min, hold }: { min: NanoUsd; hold: NanoUsd }): void {
    const { min: least, hold: sum } = this.#waiting
    this.#waiting = { hold: sum + hold, min: least === null ? min : minNano(least, min) }
  }

  /** For one who needs `min`, better `hold`, and for all who wait. What is there already counts. */
  amountsToAsk(min: NanoUsd, hold: NanoUsd): { min: NanoUsd; need: NanoUsd; want: NanoUsd } {
    const { room } = this
    const isWaitedFor = this.#waiting.min !== null
    const least = this.#waiting.min === null ? min : minNano(min, this.#waiting.min)
    const need = hold + this.#waiting.hold
    this.#waiting = { hold: 0n, min: null }
    if (room >= min && !isWaitedFor && min > 0n) return { min: 0n, need: 0n, want: 0n }
    // A small one doesn't wait behind a big one that can't be had.
    const missing = least > room ? least - room : minNano(min, 1n)
    return { min: missing, need, want: this.wanted(need) }
  }

  /** Whether the next request might have to wait. */
  isLow(now: number): boolean {
    const isFrequent = this.#gapMs < RARE_GAP_MS && now - this.#takenAt < RARE_GAP_MS
    return isFrequent && !this.isScarce && this.pendingAsk === null && this.room * 2n < this.#size
  }

  isIdle(now: number): boolean {
    const usualMs = Math.min(IDLE_MS_MAX, Math.max(IDLE_MS_MIN, 2 * this.#gapMs))
    return now - this.#takenAt > usualMs
  }

  /** The same limit on the window that begins when this one ends; null for a lifetime. */
  nextWindow(): CounterLimit | null {
    const { endsAt } = this
    if (endsAt === null) return null
    const { beside, counter } = this.#terms
    const inNext = (key: CounterKey) => counterKeyOf({ ...counterAddressOf(key), windowStart: toDate(endsAt) })
    return {
      ...this.#terms,
      revision: this.#revision,
      counter: inNext(counter),
      purse: this.name.replace(counter, inNext(counter)),
      beside: beside === null ? null : inNext(beside),
      endsAt: windowEndMs(counterAddressOf(counter).interval, endsAt),
    }
  }

  note(counters: CounterStates): void {
    const { beside, counter } = this.#terms
    const own = counters.get(counter)
    if (own) this.#known = { own: { ...own }, beside: (beside !== null && counters.get(beside)) || null }
  }

  /** A limit was read again. Tells whether what is here may be more than there is to spend: the limit is lower, or it may
   *  have been away for a while, when spending went on without it. */
  change(limit: CounterLimit): boolean {
    const before = this.#terms
    if (limit.limitVersion < before.limitVersion) return false
    const wasAway = limit.revision > this.#revision + 1
    this.#revision = limit.revision
    this.#terms = limit
    const isLess = (now: NanoUsd | null, was: NanoUsd | null) => now !== null && (was === null || now < was)
    const isLower = isLess(limit.limit, before.limit) || isLess(limit.besideLimit, before.besideLimit)
    return wasAway || isLower || limit.keep > before.keep
  }

  /** `closings`: how often it was closed when the lease was asked for. */
  add(id: string, { granted, closings }: { granted: NanoUsd; closings: number }, now: number): void {
    this.#kept = null
    const isClosed = closings < this.closings
    if (isClosed) this.#hasClosed = true
    this.#leases.set(id, { id, granted, spent: 0n, reserved: 0n, posted: 0n, isClosed, isFinal: false, sentAt: NEVER })
    const isFast = now - this.#grantedAt < FAST_REFILL_MS
    this.#grantedAt = now
    if (isFast) this.#size *= 2n
    if (this.#size < granted) this.#size = granted
    // More than the limit itself is never of use.
    const most = this.#terms.limit ?? this.#known?.own.limit ?? this.#size
    if (this.#size > most) this.#size = most
  }

  /** A lease that this process doesn't know to have, and so never used, goes back. */
  adopt(id: string): void {
    this.#kept = null
    this.#leases.set(id, {
      id,
      granted: 0n,
      spent: 0n,
      reserved: 0n,
      posted: 0n,
      isClosed: true,
      isFinal: true,
      sentAt: NEVER,
    })
  }

  /** Takes `amount`, of which the caller has checked that there is room. */
  take(amount: NanoUsd, now: number): LeasePiece[] {
    const pieces: LeasePiece[] = []
    let left = amount
    for (const lease of this.#leases.values()) {
      if (left === 0n) break
      const free = lease.isClosed ? 0n : lease.granted - lease.spent - lease.reserved
      if (free === 0n) continue
      const part = minNano(free, left)
      this.#move(lease, part, 0n)
      left -= part
      pieces.push({ lease: lease.id, amount: part })
    }
    this.#noteUse(amount, now)
    return pieces
  }

  /** What was held of a lease is not held any more. */
  free(id: string, amount: NanoUsd): void {
    this.#move(this.#leases.get(id), -amount, 0n)
  }

  spend(id: string, amount: NanoUsd): void {
    this.#move(this.#leases.get(id), 0n, amount)
  }

  posted(id: string, amount: NanoUsd): void {
    const lease = this.#leases.get(id)
    if (lease) lease.posted += amount
    if (lease && this.#kept !== null) {
      this.#kept.unposted -= amount
      this.#kept.own -= amount
    }
    if (this.#known === null) return
    this.#known.own.settled += amount
    this.#known.own.leased -= amount
  }

  /** Keeps the sums right, so that requests needn't add up anew. */
  #move(lease: OwnedLease | undefined, reserved: NanoUsd, spent: NanoUsd): void {
    if (lease === undefined) return
    lease.reserved += reserved
    lease.spent += spent
    if (this.#kept === null) return
    if (!lease.isClosed) this.#kept.room -= reserved + spent
    this.#kept.reserved += reserved
    this.#kept.unposted += spent
  }

  /** Forgets a lease that the database has ended. */
  forget(id: string): void {
    this.#kept = null
    this.#leases.delete(id)
    if (this.#leases.size === 0) this.#hasClosed = false
  }

  /** An administrator gave it back: nothing more may be taken from it. */
  stop(id: string): void {
    this.#kept = null
    const lease = this.#leases.get(id)
    if (lease) Object.assign(lease, { isClosed: true, isFinal: true })
  }

  /** All that could be taken is to go back; with `areClosed`, what requests have left of leases that are closed. What was said
   *  before is for `ends` to repeat. */
  giveBack(now: number, areClosed = false): LeaseReturn[] {
    if (areClosed && !this.#hasClosed) return []
    this.#kept = null
    const items: LeaseReturn[] = []
    for (const lease of this.#leases.values()) {
      const used = lease.spent + lease.reserved
      if (lease.isFinal || lease.granted === used || (areClosed && !lease.isClosed)) continue
      if (used * 4n < lease.granted) this.#size /= 2n
      if (this.#known) this.#known.own.leased -= lease.granted - used
      lease.granted = used
      if (!this.#canEnd(lease)) items.push({ lease: lease.id, to: used, isFinal: false })
    }
    return [...items, ...this.ends(now, Number.POSITIVE_INFINITY)]
  }

  /** All goes back, also what requests that run will leave of their holds: it may be more than the limit of now has left. */
  close(now: number): LeaseReturn[] {
    this.#kept = null
    const items = this.giveBack(now)
    for (const lease of this.#leases.values()) lease.isClosed = true
    this.#hasClosed = this.#leases.size > 0
    this.closings += 1
    return items
  }

  /** Leases of which nothing is left, nothing runs and everything is posted; again after `resendMs`. */
  ends(now: number, resendMs: number): LeaseReturn[] {
    this.#kept = null
    const items: LeaseReturn[] = []
    for (const lease of this.#leases.values()) {
      if (!this.#canEnd(lease)) continue
      if (now - lease.sentAt < resendMs) continue
      lease.isClosed = true
      lease.isFinal = true
      lease.sentAt = now
      items.push({ lease: lease.id, to: lease.spent, isFinal: true })
    }
    return items
  }

  /** What to say when the database thinks that a lease is worth `granted`. */
  correct(id: string, granted: NanoUsd): LeaseReturn[] {
    const lease = this.#leases.get(id)
    if (lease === undefined || lease.isFinal || granted <= lease.granted) return []
    return [{ lease: id, to: lease.granted, isFinal: false }]
  }

  /** Whether anything that holds this lease runs or waits to be posted. */
  isOpen(id: string): boolean {
    const lease = this.#leases.get(id)
    return lease !== undefined && (lease.reserved > 0n || lease.posted < lease.spent)
  }

  #canEnd({ granted, spent, reserved, posted, isFinal }: OwnedLease): boolean {
    return reserved === 0n && posted === spent && (isFinal || granted === spent)
  }

  #noteUse(amount: NanoUsd, now: number): void {
    const gapMs = Math.max(0, now - this.#takenAt)
    this.#takenAt = now
    this.#gapMs = this.#size === 0n ? this.#gapMs : (this.#gapMs + gapMs) / 2
    const elapsed = now - this.#burnSince
    if (elapsed >= BURN_MS) {
      this.#burnBefore = elapsed < 2 * BURN_MS ? this.#burn : 0n
      this.#burn = 0n
      this.#burnSince = now
    }
    this.#burn += amount
  }
}
