import type { NanoUsd } from '../../domain/money.ts'
import type { ScopeKind, ScopeSpend, Spend, SpendKind } from '../../domain/spend-scopes.ts'
import type { Chain } from './chain.ts'
import { NO_SPEND, Tally, type Windows, windowsAt } from './tally.ts'

/*
 * What has been spent and what is held, in memory, for the one process that serves this database. `hold` takes an amount
 * on every tally of a request's chain at once; `settle` turns it into a charge and frees the rest; `void` is a settle of 0.
 * settled + held never exceeds a limit, because `hold` is only asked for amounts that fit and nothing awaits in between.
 */

export interface Scope {
  scopeKind: ScopeKind
  scopeId: string
  kind: SpendKind
}

export interface Hold {
  readonly amount: NanoUsd
  readonly tallies: readonly Tally[]
  /** Those in which it counts: of its admission. */
  readonly windows: Windows
}

export interface MeterOptions {
  now: () => number
}

export class Meter {
  readonly #options: MeterOptions
  readonly #tallies = new Map<string, Tally>()
  readonly #waiting = new Set<() => void>()
  #windows: Windows

  constructor(options: MeterOptions) {
    this.#options = options
    this.#windows = windowsAt(options.now())
  }

  /** Those that run now. A clock that is set back doesn't bring yesterday's back: nothing is refilled twice. */
  get windows(): Windows {
    const now = this.#options.now()
    if (now >= this.#windows.endOfDay) this.#windows = windowsAt(now)
    return this.#windows
  }

  /** The tally of a scope. One that the store told nothing of has spent nothing. */
  tally(scopeKind: ScopeKind, scopeId: string, kind: SpendKind): Tally {
    const name = `${scopeKind} ${kind} ${scopeId}`
    const known = this.#tallies.get(name)
    if (known) return known
    const created = new Tally(NO_SPEND, this.windows)
    this.#tallies.set(name, created)
    return created
  }

  /** Takes over what the store knows of a scope. One that is already counted keeps its tally: that is newer. */
  addScope({ scopeKind, scopeId, kind }: Scope, spend: Spend): void {
    const name = `${scopeKind} ${kind} ${scopeId}`
    if (spend.lifetime > 0n && !this.#tallies.has(name)) this.#tallies.set(name, new Tally(spend, this.windows))
  }

  addKey(id: bigint, { credit, byok }: ScopeSpend): void {
    const scope = { scopeKind: 'key', scopeId: id.toString() } as const
    this.addScope({ ...scope, kind: 'credit' }, credit)
    this.addScope({ ...scope, kind: 'byok' }, byok)
  }

  /** Takes `amount` on all of the chain's tallies. The caller has just checked, in the same turn, that it fits. */
  hold({ tallies }: Pick<Chain, 'tallies'>, amount: NanoUsd): Hold {
    const { windows } = this
    for (const tally of tallies) tally.hold(amount, windows)
    return { amount, tallies, windows }
  }

  /** Charges `cost` (0 ≤ cost ≤ the hold) to the windows in which the hold was taken and frees the rest. Once per hold. */
  settle({ amount, tallies, windows }: Hold, cost: NanoUsd): void {
    for (const tally of tallies) tally.settle(amount, cost, windows)
    if (this.#waiting.size > 0) for (const wake of [...this.#waiting]) wake()
  }

  /** Calls `wake` after each settlement until the returned function is called. */
  onSettled(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => this.#waiting.delete(wake)
  }
}
