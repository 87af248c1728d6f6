/*
 * What M3 expects of the ledger, written as plainly as can be: a number for each scope and window, and every limit asked
 * one after the other. It knows nothing of chains, tallies or days.
 */

export type Interval = 'daily' | 'weekly' | 'monthly' | 'lifetime'
export type Kind = 'credit' | 'byok'

export const INTERVALS: readonly Interval[] = ['daily', 'weekly', 'monthly', 'lifetime']

export interface ModelLimit {
  scope: string
  interval: Interval
  limit: bigint
  countsByok: boolean
}

export interface ModelHold {
  scopes: readonly string[]
  /** Those under which it was let in: limits that come later don't see what it holds, but what it costs. */
  limits: readonly ModelLimit[]
  kind: Kind
  amount: bigint
  admittedAt: number
}

/** The first day of the window of `ms`, `YYYY-MM-DD`. */
function windowOf(interval: Interval, ms: number): string {
  const date = new Date(ms)
  if (interval === 'lifetime') return '1970-01-01'
  if (interval === 'monthly') return `${date.toISOString().slice(0, 7)}-01`
  if (interval === 'weekly') while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1)
  return date.toISOString().slice(0, 10)
}

/** Counters by `<scope> <kind> <interval> <window>`. */
export class SpendModel {
  readonly settled = new Map<string, bigint>()
  readonly #held = new Map<string, bigint>()

  roomUnder(limits: readonly ModelLimit[], now: number): bigint | null {
    const rooms = limits.map(({ countsByok, interval, limit, scope }) => {
      const kinds: Kind[] = countsByok ? ['credit', 'byok'] : ['credit']
      return kinds.reduce((room, kind) => {
        const name = `${scope} ${kind} ${interval} ${windowOf(interval, now)}`
        return room - (this.settled.get(name) ?? 0n) - (this.#held.get(name) ?? 0n)
      }, limit)
    })
    if (rooms.length === 0) return null
    const least = rooms.reduce((a, b) => (b < a ? b : a))
    return least < 0n ? 0n : least
  }

  hold(hold: ModelHold): void {
    this.#addHeld(hold, hold.amount)
  }

  settle(hold: ModelHold, cost: bigint): void {
    this.#addHeld(hold, -hold.amount)
    const { admittedAt, kind, scopes } = hold
    for (const scope of scopes) {
      for (const interval of INTERVALS) {
        const name = `${scope} ${kind} ${interval} ${windowOf(interval, admittedAt)}`
        this.settled.set(name, (this.settled.get(name) ?? 0n) + cost)
      }
    }
  }

  #addHeld({ admittedAt, kind, limits }: ModelHold, amount: bigint): void {
    const names = limits.map(({ interval, scope }) => `${scope} ${kind} ${interval} ${windowOf(interval, admittedAt)}`)
    for (const name of new Set(names)) this.#held.set(name, (this.#held.get(name) ?? 0n) + amount)
  }
}
