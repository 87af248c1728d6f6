import type { NanoUsd } from './money.ts'
import { INTERVALS, type Interval } from './windows.ts'

/** Two budgets of one scope of which the longer window has no more than the shorter. */
export interface BudgetConflict {
  longer: Interval
  longerLimit: NanoUsd
  shorter: Interval
  shorterLimit: NanoUsd
}

/** Budgets must shrink with their windows: lifetime > monthly > weekly > daily, each strictly, whichever of them there are.
 *  The first pair that doesn't, from the broadest window down. */
export function findBudgetConflict(limits: ReadonlyMap<Interval, NanoUsd>): BudgetConflict | undefined {
  const broadestFirst = INTERVALS.toReversed().flatMap((interval) => {
    const limit = limits.get(interval)
    return limit === undefined ? [] : [{ interval, limit }]
  })
  for (const [at, { interval: shorter, limit: shorterLimit }] of broadestFirst.entries()) {
    const above = broadestFirst[at - 1]
    if (above !== undefined && above.limit <= shorterLimit)
      return { longer: above.interval, longerLimit: above.limit, shorter, shorterLimit }
  }
  return undefined
}
