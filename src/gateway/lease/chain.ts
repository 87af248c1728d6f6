import type { CreditPool } from '../../contract/management/workspace-funding.ts'
import type { CounterKey } from '../../domain/lease-protocol.ts'
import { minNano, type NanoUsd } from '../../domain/money.ts'
import type { SpendKind } from '../../domain/spend-scopes.ts'
import type { Interval, Windows } from '../../domain/windows.ts'
import type { CounterLimit, Standing } from './purse.ts'

/** What a limit belongs to, for the words of its refusal. */
export type LimitOwner =
  | { kind: 'credits' | 'workspace_pool' | 'key' | 'workspace' | 'member' }
  | { kind: 'project'; name: string }
  | { kind: 'guardrail'; name: string; id: string | null }

/** What may be spent in one window. Limits on the same counter share one purse. */
export interface Limit {
  readonly owner: LimitOwner
  readonly interval: Interval
  /** null for a pool, of which the database knows what is in it. */
  readonly amount: NanoUsd | null
  /** What of it is there for others only. */
  readonly keep: NanoUsd
  readonly counter: CounterKey
  /** The second counter that it counts, where BYOK spend counts too. */
  readonly beside: CounterKey | null
  readonly purse: string
}

/** What the requests of a key (for a project) are limited by on one UTC day. */
export interface Chain {
  readonly kind: SpendKind
  /** The day in whose windows they count, `YYYY-MM-DD`. */
  readonly date: string
  /** In the order in which they refuse. */
  readonly limits: readonly Limit[]
  /** Each counter of those once. */
  readonly counters: readonly CounterLimit[]
  readonly creditPool: CreditPool
  readonly projectId: string | null
}

/** Each counter that the limits are on once, with the tightest of its limits. */
export function countersOf(
  limits: readonly Limit[],
  common: Pick<CounterLimit, 'organization' | 'limitVersion' | 'revision'> & Pick<Windows, 'ends'>,
): CounterLimit[] {
  const { ends, ...shared } = common
  const counters = new Map<string, CounterLimit>()
  for (const { amount, beside, counter, interval, keep, purse } of limits) {
    const known = counters.get(purse)
    counters.set(purse, {
      ...shared,
      purse,
      counter,
      keep,
      endsAt: ends[interval],
      limit: least(known?.limit ?? null, amount),
      beside: known?.beside ?? beside,
      besideLimit: least(known?.besideLimit ?? null, beside === null ? null : amount),
    })
  }
  return [...counters.values()]
}

function least(a: NanoUsd | null, b: NanoUsd | null): NanoUsd | null {
  return a === null || b === null ? (a ?? b) : minNano(a, b)
}

/** What a limit leaves beside what is settled and held, as far as known; below 0 where it was lowered since. */
export function roomOf(limit: Limit, standing: Standing): NanoUsd {
  const { beside, own, room } = standing
  return amountOf(limit, standing) + room - own.settled - own.leased - besideOf(limit, beside?.settled, beside?.leased)
}

/** What a limit would leave if everything that is held came back. What was charged here lately may be in what is settled
 *  already, so it isn't taken off: it would be counted twice. */
export function roomAtMost(limit: Limit, standing: Standing): NanoUsd {
  const { beside, own } = standing
  return amountOf(limit, standing) - own.settled - besideOf(limit, beside?.settled, 0n)
}

export function amountOf({ amount, keep }: Limit, { own }: Pick<Standing, 'own'>): NanoUsd {
  return (amount ?? own.limit ?? 0n) - keep
}

function besideOf({ beside }: Limit, settled: NanoUsd = 0n, leased: NanoUsd = 0n): NanoUsd {
  return beside === null ? 0n : settled + leased
}
