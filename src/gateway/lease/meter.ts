import type { NanoUsd } from '../../domain/money.ts'
import { INTERVALS, type Interval, windowStartMs } from '../../domain/windows.ts'
import type { KeySpend } from '../ports.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'

/*
 * What has been spent and what is held, in memory, for the one process that serves this database. `hold` takes an amount
 * on every counter of a request's chain at once; `settle` turns it into a charge and frees the rest; `void` is a settle of 0.
 * settled + held never exceeds a limit, because `hold` is only asked for amounts that fit and nothing awaits in between.
 */

const DAY_MS = 86_400_000

export interface Counter {
  settled: NanoUsd
  held: NanoUsd
}

export interface LimitedCounter {
  counter: Counter
  limit: NanoUsd
  refusal: 'insufficient_credits' | 'key_limit_exceeded'
}

export interface Hold {
  readonly amount: NanoUsd
  readonly counters: readonly Counter[]
}

interface KeyAccount {
  dayEnd: number
  windows: Record<Interval, Counter & { start: number }>
}

export interface MeterOptions {
  /** Credits of an organization that pays in advance; null when it pays afterwards and its balance limits nothing. */
  creditsOf: (organizationId: string) => NanoUsd | null
  now: () => number
}

export class Meter {
  readonly #options: MeterOptions
  readonly #organizations = new Map<string, Counter>()
  readonly #keys = new Map<bigint, KeyAccount>()
  readonly #waiting = new Set<() => void>()

  constructor(options: MeterOptions) {
    this.#options = options
  }

  setOrganizationSpend(organizationId: string, settled: NanoUsd): void {
    this.#organizations.set(organizationId, { settled, held: 0n })
  }

  /** Takes over what the store knows of a key. A key that is already counted keeps its counters: they are newer. */
  addKey(id: bigint, spend: KeySpend): void {
    if (this.#keys.has(id)) return
    const now = this.#options.now()
    const counterFor = (interval: Interval) => ({
      settled: spend[interval],
      held: 0n,
      start: windowStartMs(interval, now),
    })
    this.#keys.set(id, {
      dayEnd: windowStartMs('daily', now) + DAY_MS,
      windows: {
        daily: counterFor('daily'),
        weekly: counterFor('weekly'),
        monthly: counterFor('monthly'),
        lifetime: counterFor('lifetime'),
      },
    })
  }

  /** The counters that limit a request of this key now, in the order in which they refuse. */
  limitsOf(key: KeySnapshot): LimitedCounter[] {
    const limits: LimitedCounter[] = []
    const credits = this.#options.creditsOf(key.organizationId)
    if (credits !== null) {
      limits.push({ counter: this.#organization(key.organizationId), limit: credits, refusal: 'insufficient_credits' })
    }
    if (key.limit !== null) {
      limits.push({ counter: this.#windows(key)[key.limitInterval], limit: key.limit, refusal: 'key_limit_exceeded' })
    }
    return limits
  }

  /** Takes `amount` on all of the key's counters. The caller has just checked, in the same turn, that it fits. */
  hold(key: KeySnapshot, amount: NanoUsd): Hold {
    const windows = this.#windows(key)
    const counters = [
      this.#organization(key.organizationId),
      windows.daily,
      windows.weekly,
      windows.monthly,
      windows.lifetime,
    ]
    for (const counter of counters) counter.held += amount
    return { amount, counters }
  }

  /** Charges `cost` (0 ≤ cost ≤ the hold) to the windows in which the hold was taken and frees the rest. Once per hold. */
  settle(hold: Hold, cost: NanoUsd): void {
    for (const counter of hold.counters) {
      counter.held -= hold.amount
      counter.settled += cost
    }
    if (this.#waiting.size > 0) for (const wake of [...this.#waiting]) wake()
  }

  /** Calls `wake` after each settlement until the returned function is called. */
  onSettled(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => this.#waiting.delete(wake)
  }

  #organization(id: string): Counter {
    const existing = this.#organizations.get(id)
    if (existing) return existing
    const created = { settled: 0n, held: 0n }
    this.#organizations.set(id, created)
    return created
  }

  #windows(key: KeySnapshot): KeyAccount['windows'] {
    const account = this.#keys.get(key.id)
    if (account === undefined) throw new Error(`key ${key.id} has no account`)
    const now = this.#options.now()
    if (now >= account.dayEnd) rollOver(account, now)
    return account.windows
  }
}

/** What still fits under the tightest of `limits`, never below 0; null when there is none. */
export function roomUnder(limits: readonly LimitedCounter[]): NanoUsd | null {
  let room: NanoUsd | null = null
  for (const { counter, limit } of limits) {
    const left = limit - counter.settled - counter.held
    if (room === null || left < room) room = left
  }
  return room !== null && room < 0n ? 0n : room
}

function rollOver(account: KeyAccount, now: number): void {
  for (const interval of INTERVALS) {
    const start = windowStartMs(interval, now)
    if (start > account.windows[interval].start) account.windows[interval] = { settled: 0n, held: 0n, start }
  }
  account.dayEnd = windowStartMs('daily', now) + DAY_MS
}
