import type { LeaseAnswer, LeaseRequest } from '../../domain/lease-protocol.ts'

export interface LeaseTimings {
  /** Without an answer to a heartbeat for this long nothing is admitted. */
  ttlMs: number
  heartbeatMs: number
  reconcileMs: number
  resendMs: number
  /** An ask without an answer is given up after this. */
  askMs: number
  /** Leases of a counter's next window are asked for at most this long before it begins. */
  leadMs: number
}

export const LEASE_TIMINGS: LeaseTimings = {
  ttlMs: 90_000,
  heartbeatMs: 5_000,
  reconcileMs: 10_000,
  resendMs: 1_000,
  askMs: 5_000,
  leadMs: 30_000,
}

export interface LeaseSessionOptions {
  replica: string
  /** Of this process, never used again. */
  process: string
  /** Names the journal, as long as nothing in it can have been lost. */
  journal: string
  timings: LeaseTimings
  send: (request: LeaseRequest) => void
}

/**
 * Who this process is to the database: its generation, and until when it may count on it. The deadline counts from when the
 * last heartbeat that was answered had been sent, on the monotonic clock, so that no delay and no clock can prolong it.
 */
export class LeaseSession {
  readonly #options: LeaseSessionOptions
  #generation = 0
  #validUntil = Number.NEGATIVE_INFINITY
  #registrations = 0
  #sentAt = { register: NEVER, heartbeat: NEVER, list: NEVER, recovered: NEVER }
  #isReplayed = false
  #isRecovered = false

  constructor(options: LeaseSessionOptions) {
    this.#options = options
  }

  get from(): { replica: string; generation: number } {
    return { replica: this.#options.replica, generation: this.#generation }
  }

  isFresh(now: number): boolean {
    return this.#generation > 0 && now < this.#validUntil
  }

  /** What earlier processes recorded in the journal is in the database. */
  replayed(): void {
    this.#isReplayed = true
  }

  /** Says what is due. `canRecover`: nothing of generations before this one runs or waits to be posted. */
  tick(now: number, canRecover: boolean): void {
    const { replica, journal, timings, send } = this.#options
    const sentAt = this.#sentAt
    if (this.#generation === 0) {
      if (now - sentAt.register < timings.resendMs) return
      sentAt.register = now
      send({ type: 'register', replica, process: this.#processName, journal })
      return
    }
    if (now - sentAt.heartbeat >= timings.heartbeatMs) {
      sentAt.heartbeat = now
      send({ type: 'heartbeat', ...this.from, sentAt: now })
    }
    if (now - sentAt.list >= timings.reconcileMs) {
      sentAt.list = now
      send({ type: 'list', ...this.from })
    }
    if (this.#isReplayed && !this.#isRecovered && canRecover && now - sentAt.recovered >= timings.resendMs) {
      sentAt.recovered = now
      send({ type: 'recovered', ...this.from })
    }
  }

  onRegistered({ generation, process }: Extract<LeaseAnswer, { type: 'registered' }>): void {
    if (this.#generation > 0 || process !== this.#processName) return
    this.#generation = generation
    this.#isRecovered = false
  }

  /** Another process has begun in this one's name, or the database is an older one that doesn't know of this one. True when
   *  that is news: then this one has to begin anew. */
  onFenced({ generation }: Extract<LeaseAnswer, { type: 'fenced' }>): boolean {
    if (this.#generation === 0 || generation !== this.#generation) return false
    this.#generation = 0
    this.#validUntil = NEVER
    this.#registrations += 1
    this.#sentAt = { register: NEVER, heartbeat: NEVER, list: NEVER, recovered: NEVER }
    return true
  }

  onBeat({ sentAt }: Extract<LeaseAnswer, { type: 'beat' }>): void {
    this.#validUntil = Math.max(this.#validUntil, sentAt + this.#options.timings.ttlMs)
  }

  onRecovered(): void {
    this.#isRecovered = true
  }

  get #processName(): string {
    return `${this.#options.process}.${this.#registrations}`
  }
}

const NEVER = Number.NEGATIVE_INFINITY
