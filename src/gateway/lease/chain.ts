import type { CreditPool } from '../../contract/management/workspace-funding.ts'
import type { NanoUsd } from '../../domain/money.ts'
import type { SpendKind } from '../../domain/spend-scopes.ts'
import type { Interval } from '../../domain/windows.ts'
import type { Tally, Windows } from './tally.ts'

/** The credits that were ever put into a pool, less those taken out by anything but charges. Replaced in place. */
export interface PoolCredits {
  credits: NanoUsd
}

/** What a limit belongs to, for the words of its refusal. */
export type LimitOwner =
  | { kind: 'credits' | 'workspace_pool' | 'key' | 'workspace' | 'member' }
  | { kind: 'project'; name: string }
  | { kind: 'guardrail'; name: string; id: string | null }

/** What may be spent in the windows of one interval, over the tallies it counts. */
export interface Limit {
  readonly owner: LimitOwner
  readonly interval: Interval
  /** Beside it, for a pool, what is in that. */
  readonly amount: NanoUsd
  readonly pool: PoolCredits | null
  /** One, or two where BYOK spend counts too. */
  readonly tallies: readonly Tally[]
}

/** What the requests of a key (for a project) are counted in, and what limits them, in the order in which limits refuse. */
export interface Chain {
  readonly kind: SpendKind
  readonly tallies: readonly Tally[]
  readonly limits: readonly Limit[]
  readonly creditPool: CreditPool
  readonly projectId: string | null
}

export function limitAmount({ amount, pool }: Limit): NanoUsd {
  return pool === null ? amount : pool.credits + amount
}

/** What a limit leaves beside what is settled and held; below 0 where it was lowered since. */
export function roomOf(limit: Limit, windows: Windows): NanoUsd {
  let room = limitAmount(limit)
  for (const tally of limit.tallies) {
    room -= tally.settled(limit.interval, windows) + tally.held(limit.interval, windows)
  }
  return room
}

/** What a limit would leave if everything that is held came back. */
export function roomAtMost(limit: Limit, windows: Windows): NanoUsd {
  let room = limitAmount(limit)
  for (const tally of limit.tallies) room -= tally.settled(limit.interval, windows)
  return room
}

/** What still fits under the tightest of `limits`, never below 0; null when there is none. */
export function roomUnder(limits: readonly Limit[], windows: Windows): NanoUsd | null {
  let room: NanoUsd | null = null
  for (const limit of limits) {
    const left = roomOf(limit, windows)
    if (room === null || left < room) room = left
  }
  return room !== null && room < 0n ? 0n : room
}

/** Whether requests that run hold some of what `limits` allow. */
export function isContended(limits: readonly Limit[], windows: Windows): boolean {
  return limits.some(({ interval, tallies }) => tallies.some((tally) => tally.held(interval, windows) > 0n))
}
