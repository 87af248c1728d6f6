import type { BudgetWire } from '../../contract/management/budgets.ts'
import { AppError } from '../../domain/app-error.ts'
import { findBudgetConflict } from '../../domain/budget-order.ts'
import { toUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import { toIso } from '../../store/schema.ts'

interface BudgetRow {
  id: string
  workspace_id: string
  interval: Interval
  limit_nano: bigint
  created_at: number
  updated_at: number
}

/** `spend`: what was charged in each window that is running. */
export function budgetToWire(row: BudgetRow, spend: ReadonlyMap<Interval, bigint>): BudgetWire {
  const spent = spend.get(row.interval) ?? 0n
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    limit_usd: toUsd(row.limit_nano),
    reset_interval: row.interval === 'lifetime' ? null : row.interval,
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
    spent_usd: toUsd(spent),
    remaining_usd: spent >= row.limit_nano ? 0 : toUsd(row.limit_nano - spent),
  }
}

/** Throws `invalid_request` when, with the change, a longer window would not have more than a shorter one. */
export function requireBudgetOrder(
  existing: readonly Pick<BudgetRow, 'interval' | 'limit_nano'>[],
  changed: { interval: Interval; limit: bigint },
): void {
  const limits = new Map(existing.map(({ interval, limit_nano }) => [interval, limit_nano]))
  const conflict = findBudgetConflict(limits.set(changed.interval, changed.limit))
  if (conflict === undefined) return
  const { longer, longerLimit, shorter, shorterLimit } = conflict
  throw new AppError(
    'invalid_request',
    'limit_usd: Budget limits must be strictly decreasing as scope narrows: ' +
      `the ${longer} limit ($${toUsd(longerLimit)}) must be greater than the ${shorter} limit ($${toUsd(shorterLimit)}).`,
  )
}
