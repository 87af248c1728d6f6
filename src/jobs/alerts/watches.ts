import type { AlertCondition, AlertKind } from '../../contract/management/alert-conditions.ts'
import type { AlertHit } from '../../domain/alerts/alert-hit.ts'
import { judgeBalance, judgeLimit, judgePool } from '../../domain/alerts/spend-alerts.ts'
import { fromUsd } from '../../domain/money.ts'
import { loadBudgetUse, loadKeyLimitUse, loadPoolUse } from '../../store/load-limit-use.ts'
import type { Db } from '../../store/schema.ts'

type ConditionOf<Kind extends AlertKind> = Extract<AlertCondition, { kind: Kind }>

export interface WatchContext {
  db: Db
  now: number
  isPrepaid: boolean
}

/** Reads once what all rules of a kind need. What it returns judges that by one condition, over everything there is. */
type Watch<Kind extends AlertKind> = (
  context: WatchContext,
  conditions: readonly ConditionOf<Kind>[],
) => Promise<(condition: ConditionOf<Kind>) => (AlertHit | undefined)[]>

const WATCHES: { readonly [Kind in AlertKind]: Watch<Kind> } = {
  budget: async ({ db, now }) => {
    const uses = await loadBudgetUse(db, now)
    return ({ thresholds }) => uses.map((use) => judgeLimit(thresholds, use))
  },
  key_limit: async ({ db, now }, conditions) => {
    const percentMin = Math.min(...conditions.flatMap(({ thresholds }) => thresholds))
    const uses = await loadKeyLimitUse(db, { now, percentMin })
    return ({ thresholds }) => uses.map((use) => judgeLimit(thresholds, use))
  },
  pool: async (context) => {
    const uses = await loadPoolUse(context.db, context)
    return ({ thresholds }) => uses.map((use) => judgePool(thresholds, use))
  },
  low_balance: async (context) => {
    const uses = await loadPoolUse(context.db, context)
    return ({ below_usd }) => uses.map((use) => judgeBalance(fromUsd(below_usd), use))
  },
}

/** What there is to tell by each of the conditions, all of one kind. */
export async function watch<Kind extends AlertKind>(
  kind: Kind,
  conditions: readonly AlertCondition[],
  context: WatchContext,
): Promise<AlertHit[][]> {
  const ofKind = conditions as readonly ConditionOf<Kind>[]
  const judge = await WATCHES[kind](context, ofKind)
  return ofKind.map((condition) => judge(condition).flatMap((hit) => hit ?? []))
}
