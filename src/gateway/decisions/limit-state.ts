import type { LimitState } from '../../domain/limit-state.ts'
import { type Limit, limitAmount } from '../lease/chain.ts'
import type { Windows } from '../lease/tally.ts'

/** As a request meets it that holds `own` of it already. */
export function stateOf(limits: readonly Limit[], limit: Limit, windows: Windows, own = 0n): LimitState {
  let [settled, held] = [0n, -own]
  for (const tally of limit.tallies) {
    settled += tally.settled(limit.interval, windows)
    held += tally.held(limit.interval, windows)
  }
  return {
    at: limits.indexOf(limit),
    amount: limitAmount(limit).toString(),
    settled: settled.toString(),
    held: held.toString(),
  }
}
