import {
  type CounterKey,
  chargesOf,
  type LeaseAnswer,
  type LeasePiece,
  type LeaseRequest,
  type LeaseReturn,
} from '../../domain/lease-protocol.ts'
import type { NanoUsd } from '../../domain/money.ts'
import type { HeldPieces } from './hold.ts'
import { LeaseSession, type LeaseSessionOptions } from './lease-session.ts'
import { type CounterLimit, Purse, type Standing } from './purse.ts'

/*
 * The money that this replica may spend, in leases on the counters of its requests. Requests take from it without asking
 * anyone. It is refilled in the background, and given back when idle, when a limit is near or lowered and when a window ends.
 * Clocks, chance and sending come from outside. A request to the database may get no answer, several, or a late one.
 */

export interface LeaseBookOptions extends LeaseSessionOptions {
  monotonic: () => number
  /** Epoch milliseconds: decides in which window money is spent, and nothing else. */
  now: () => number
  random: () => number
  /** Calls `then` when the ends of all requests that were settled so far survive a crash: until then one would charge their
   *  whole holds, so that nothing of them may go back. */
  afterEnds: (then: () => void) => void
}

/** What to ask for, for a request. `isRefresh`: also hears how things stand where there is enough. */
export interface AskAmounts {
  min: NanoUsd
  hold: NanoUsd
  isRefresh?: boolean
}

/** `lost`: no answer came, or another process has begun in this one's name. */
export type AskResult = 'granted' | 'denied' | 'lost'

interface Ask {
  request: Extract<LeaseRequest, { type: 'grant' }>
  /** Of each slice, with how often it was closed before. */
  purses: readonly Purse[]
  closings: readonly number[]
  madeAt: number
  sentAt: number
  waiting: { purses: readonly Purse[]; done: (result: AskResult) => void }[]
}

export class LeaseBook {
  readonly #options: LeaseBookOptions
  readonly #session: LeaseSession
  readonly #purses = new Map<string, Purse>()
  readonly #purseOf = new Map<string, Purse>()
  readonly #asks = new Map<string, Ask>()
  /** Of generations before this one, by lease. */
  readonly #earlier = new Map<string, Purse>()
  readonly #onFreed = new Set<() => void>()
  #asked = 0
  #isStopping = false

  constructor(options: LeaseBookOptions) {
    this.#options = options
    this.#session = new LeaseSession(options)
  }

  /** Whether leases may be used: the database has been heard of lately enough. */
  get isFresh(): boolean {
    return this.#session.isFresh(this.#options.monotonic())
  }

  /** Whether there is nothing that the database would have to hear of. */
  get isEmpty(): boolean {
    return this.#purseOf.size === 0 && this.#asks.size === 0
  }

  /** The least that may be taken of all these without asking. */
  room(limits: readonly CounterLimit[]): NanoUsd {
    if (!this.isFresh) return 0n
    let room: NanoUsd | undefined
    for (const { purse } of limits) {
      const left = this.#purses.get(purse)?.room ?? 0n
      if (room === undefined || left < room) room = left
    }
    return room ?? 0n
  }

  /** The least that might be taken of all these after asking, as far as known; null while something isn't. */
  reach(limits: readonly CounterLimit[]): NanoUsd | null {
    let reach: NanoUsd | undefined
    for (const { purse } of limits) {
      const left = this.#purses.get(purse)?.reach ?? null
      if (left === null) return null
      if (reach === undefined || left < reach) reach = left
    }
    return reach ?? 0n
  }

  standing(purse: string): Standing | undefined {
    return this.#purses.get(purse)?.standing
  }

  /** Whether requests that run, here or elsewhere, hold some of what these allow. */
  isContended(limits: readonly CounterLimit[]): boolean {
    return limits.some(({ purse }) => this.#purses.get(purse)?.isContended)
  }

  /** Calls `wake` after each end of a hold until the returned function is called. */
  onFreed(wake: () => void): () => void {
    this.#onFreed.add(wake)
    return () => this.#onFreed.delete(wake)
  }

  /** Everything that earlier processes recorded in the journal is in the database. */
  replayed(): void {
    this.#session.replayed()
  }

  /** Takes `amount` on each of the counters, or on none: then undefined, and `ask` may help. */
  take(limits: readonly CounterLimit[], amount: NanoUsd): HeldPieces | undefined {
    const now = this.#options.monotonic()
    if (!this.#session.isFresh(now)) return undefined
    const purses: Purse[] = []
    for (const { purse: name } of limits) {
      const purse = this.#purses.get(name)
      if (purse === undefined || purse.room < amount) return undefined
      purses.push(purse)
    }
    const held = purses.map((purse) => purse.take(amount, now))
    if (this.#isStopping) return held
    const low = purses.filter((purse) => purse.isLow(now))
    if (low.length > 0) this.#ask(low, { min: 0n, hold: amount }, now)
    return held
  }

  /** Charges `cost`, which is at most the hold, and frees the rest. Returns what is charged to which lease. */
  settle(held: HeldPieces, cost: NanoUsd): LeasePiece[] {
    const charged: LeasePiece[] = []
    for (const pieces of held) {
      for (const { lease, amount } of pieces) this.#findPurse(lease)?.free(lease, amount)
      for (const charge of chargesOf(pieces, cost)) {
        this.#findPurse(charge.lease)?.spend(charge.lease, charge.amount)
        charged.push(charge)
      }
    }
    if (this.#onFreed.size > 0) for (const wake of [...this.#onFreed]) wake()
    return charged
  }

  /** The database has these charges. */
  posted(charges: readonly LeasePiece[]): void {
    for (const { lease, amount } of charges) this.#findPurse(lease)?.posted(lease, amount)
  }

  /**
   * Asks for what is missing to take `min`, better `hold`, on each of the counters, and calls `done` when the database has
   * answered about one of them: then what is there must be looked at again, at once. False, and no call, when there is nothing
   * to ask for or nobody to ask.
   */
  ask(limits: readonly CounterLimit[], amounts: AskAmounts, done: (result: AskResult) => void): boolean {
    const now = this.#options.monotonic()
    if (!this.isFresh) return false
    const purses = limits.map((limit) => this.#purse(limit, now))
    const short = amounts.isRefresh ? purses : purses.filter(({ room }) => room < amounts.min)
    const unasked = short.filter(({ pendingAsk }) => pendingAsk === null)
    const pending = this.#asks.get(short[0]?.pendingAsk ?? '')
    for (const purse of short) if (purse.pendingAsk !== null) purse.noteWaiting(amounts)
    const ask = unasked.length > 0 ? this.#ask(unasked, amounts, now) : pending
    if (ask === undefined) return false
    for (const purse of purses) purse.waiterCount += 1
    ask.waiting.push({ purses, done })
    return true
  }

  /** A limit was read again. Where it is lower, or it isn't sure that it was there all the time since it was read before, what
   *  isn't taken goes back at once, and of what is taken the rest when it is settled. */
  limitChanged(limit: CounterLimit, isSure = true): void {
    const purse = this.#purses.get(limit.purse)
    if (purse && (purse.change(limit) || !isSure)) this.#sendReturns(purse.close(this.#options.monotonic()))
  }

  /** Near its limit: what isn't taken is of more use elsewhere. */
  nowScarce(counter: CounterKey): void {
    for (const purse of this.#purses.values()) {
      if (purse.terms.counter !== counter) continue
      purse.isScarce = true
      if (purse.waiterCount === 0) this.#sendReturns(purse.giveBack(this.#options.monotonic()))
    }
  }

  /** Gives back all that isn't taken, and from now on takes only what somebody waits for: before a stop. */
  giveBackAll(): void {
    this.#isStopping = true
    const now = this.#options.monotonic()
    this.#sendReturns([...this.#purses.values()].flatMap((purse) => purse.giveBack(now)))
  }

  receive(answer: LeaseAnswer): void {
    switch (answer.type) {
      case 'registered':
        this.#session.onRegistered(answer)
        break
      case 'fenced':
        this.#onFenced(answer)
        break
      case 'granted':
        this.#onGranted(answer)
        break
      case 'denied':
        this.#onDenied(answer)
        break
      case 'returned':
        for (const id of answer.ended) this.#forget(id)
        break
      default:
        if (answer.generation === this.#session.from.generation) this.#onOwn(answer)
    }
  }

  /** Does what is due. To be called every 100 ms or so. */
  tick(): void {
    const now = this.#options.monotonic()
    for (const [id, purse] of this.#earlier) if (!purse.isOpen(id)) this.#earlier.delete(id)
    this.#session.tick(now, this.#earlier.size === 0)
    this.#repeatAsks(now)
    const items: LeaseReturn[] = []
    for (const [name, purse] of this.#purses) {
      items.push(...this.#returnsOf(purse, now))
      if (purse.isEmpty && purse.isIdle(now)) this.#purses.delete(name)
      else if (this.#isNextWindowDue(purse, now)) this.#askForNextWindow(purse, now)
    }
    this.#sendReturns(items)
  }

  #onOwn(answer: Extract<LeaseAnswer, { type: 'beat' | 'held' | 'recovered' }>): void {
    if (answer.type === 'recovered') this.#session.onRecovered()
    else if (answer.type === 'held') this.#onHeld(answer)
    else {
      for (const id of answer.released) this.#purseOf.get(id)?.stop(id)
      for (const counter of answer.scarce) this.nowScarce(counter)
      this.#session.onBeat(answer)
    }
  }

  /** What this process holds it may not use any more; what it has spent is still to be posted. */
  #onFenced(answer: Extract<LeaseAnswer, { type: 'fenced' }>): void {
    if (!this.#session.onFenced(answer)) return
    for (const [id, purse] of this.#purseOf) this.#earlier.set(id, purse)
    this.#purses.clear()
    this.#purseOf.clear()
    for (const id of [...this.#asks.keys()]) this.#finishAsk(id, 'lost')
  }

  /** An answer to an ask that was given up makes nothing: `list` will tell of what it had granted. */
  #onGranted({ ask: id, slices, counters }: Extract<LeaseAnswer, { type: 'granted' }>): void {
    const ask = this.#asks.get(id)
    if (ask === undefined) return
    const now = this.#options.monotonic()
    for (const purse of ask.purses) purse.note(counters)
    for (const { lease, granted, isScarce } of slices) {
      const at = ask.request.slices.findIndex((slice) => slice.lease === lease)
      const purse = ask.purses[at]
      if (purse === undefined) continue
      purse.isScarce = isScarce
      purse.add(lease, { granted, closings: ask.closings[at] ?? 0 }, now)
      this.#purseOf.set(lease, purse)
    }
    this.#finishAsk(id, 'granted')
  }

  /** Gives back what was kept for those who waited: replicas that each keep a part of what all need would wait for ever. */
  #onDenied({ ask: id, free, counters }: Extract<LeaseAnswer, { type: 'denied' }>): void {
    const ask = this.#asks.get(id)
    if (ask === undefined) return
    const now = this.#options.monotonic()
    for (const [at, { lease, min }] of ask.request.slices.entries()) {
      ask.purses[at]?.note(counters)
      const purse = ask.purses[at]
      if (purse === undefined || (free.get(lease) ?? 0n) >= min) continue
      purse.isScarce = true
      // It may lie in another purse of this replica.
      for (const counter of [purse.terms.counter, purse.terms.beside]) if (counter !== null) this.nowScarce(counter)
    }
    const purses = new Set(ask.waiting.flatMap((waiting) => waiting.purses))
    this.#sendReturns([...purses].flatMap((purse) => (purse.isScarce ? purse.giveBack(now) : [])))
    this.#finishAsk(id, 'denied')
  }

  /** What the database thinks that this process holds, and it doesn't know of, was never used. */
  #onHeld({ leases }: Extract<LeaseAnswer, { type: 'held' }>): void {
    const now = this.#options.monotonic()
    const asked = new Set([...this.#asks.values()].flatMap(({ request }) => request.slices.map(({ lease }) => lease)))
    const items = leases.flatMap(({ lease, organization, counter, granted }): LeaseReturn[] => {
      if (asked.has(lease)) return []
      const known = this.#purseOf.get(lease)
      if (known !== undefined) return known.correct(lease, granted)
      const purse = this.#purse({ ...UNKNOWN, organization, counter, purse: counter, limit: granted }, now)
      purse.adopt(lease)
      this.#purseOf.set(lease, purse)
      return []
    })
    this.#sendReturns(items)
  }

  #ask(purses: readonly Purse[], { min, hold }: { min: NanoUsd; hold: NanoUsd }, now: number): Ask {
    this.#asked += 1
    const { from } = this.#session
    const id = `${from.replica}.${from.generation}.${this.#asked}`
    const slices = purses.map((purse, at) => {
      purse.pendingAsk = id
      const { organization, counter, limit, limitVersion, keep, beside, besideLimit } = purse.terms
      const terms = { organization, counter, limit, limitVersion, keep, beside, besideLimit }
      return { lease: `${id}.${at}`, ...terms, hold, ...purse.amountsToAsk(min, hold) }
    })
    const ask: Ask = {
      request: { type: 'grant', ...from, ask: id, slices },
      purses,
      closings: purses.map(({ closings }) => closings),
      madeAt: now,
      sentAt: now,
      waiting: [],
    }
    this.#asks.set(id, ask)
    this.#options.send(ask.request)
    return ask
  }

  #repeatAsks(now: number): void {
    const { timings, send } = this.#options
    for (const [id, ask] of [...this.#asks]) {
      if (now - ask.madeAt >= timings.askMs) this.#finishAsk(id, 'lost')
      else if (now - ask.sentAt >= timings.resendMs) {
        ask.sentAt = now
        send(ask.request)
      }
    }
  }

  #finishAsk(id: string, result: AskResult): void {
    const ask = this.#asks.get(id)
    if (ask === undefined) return
    this.#asks.delete(id)
    for (const purse of ask.purses) if (purse.pendingAsk === id) purse.pendingAsk = null
    for (const { purses, done } of ask.waiting) {
      for (const purse of purses) purse.waiterCount -= 1
      done(result)
    }
  }

  #returnsOf(purse: Purse, now: number): LeaseReturn[] {
    const isOver = purse.endsAt !== null && this.#options.now() >= purse.endsAt
    // What is there counts for those who wait.
    const isUnwanted = purse.waiterCount === 0 && (purse.isScarce || purse.isIdle(now))
    return [...purse.giveBack(now, !(isOver || isUnwanted)), ...purse.ends(now, this.#options.timings.resendMs)]
  }

  #sendReturns(items: readonly LeaseReturn[]): void {
    if (items.length === 0) return
    const request: LeaseRequest = { type: 'return', ...this.#session.from, items }
    this.#options.afterEnds(() => this.#options.send(request))
  }

  /** At a moment of each replica's own, so that not all come at once. */
  #isNextWindowDue(purse: Purse, now: number): boolean {
    if (this.#isStopping || purse.endsAt === null || purse.isScarce || purse.isIdle(now)) return false
    const leftMs = purse.endsAt - this.#options.now()
    return leftMs > 0 && leftMs <= this.#options.timings.leadMs * this.#options.random()
  }

  #askForNextWindow(purse: Purse, now: number): void {
    const limit = purse.nextWindow()
    if (limit === null) return
    const next = this.#purse(limit, now)
    // What is wanted back is not asked for again.
    if (next.isScarce || next.pendingAsk !== null || next.room > 0n) return
    this.#ask([next], { min: 0n, hold: purse.wanted(0n) }, now)
  }

  #purse(limit: CounterLimit, now: number): Purse {
    this.limitChanged(limit)
    const purse = this.#purses.get(limit.purse) ?? new Purse(limit, now)
    this.#purses.set(limit.purse, purse)
    return purse
  }

  #findPurse(lease: string): Purse | undefined {
    return this.#purseOf.get(lease) ?? this.#earlier.get(lease)
  }

  #forget(lease: string): void {
    this.#purseOf.get(lease)?.forget(lease)
    this.#purseOf.delete(lease)
  }
}

/** Of a lease that nobody here asked for: all there is to know is that it goes back. */
const UNKNOWN = { limitVersion: -1n, revision: 0, keep: 0n, beside: null, besideLimit: null, endsAt: null }
