import type { AlertCondition, AlertKind } from '../../contract/management/alert-conditions.ts'
import type { AlertHit } from '../../domain/alerts/alert-hit.ts'
import {
  judgeExpiry,
  judgePlace,
  judgeRejections,
  judgeSpike,
  toBrowserUse,
  toUncharged,
  toUnpricedModel,
} from '../../domain/alerts/key-alerts.ts'
import { judgeBalance, judgeLimit, judgePool, toLostMoney } from '../../domain/alerts/spend-alerts.ts'
import { fromUsd } from '../../domain/money.ts'
import { loadGuardrailUse } from '../../store/load-guardrail-use.ts'
import {
  loadDaySpend,
  loadKeyExpiries,
  loadSecurityEvents,
  loadUncharged,
  loadUnknownModels,
} from '../../store/load-key-events.ts'
import { loadBudgetUse, loadKeyLimitUse, loadPoolUse } from '../../store/load-limit-use.ts'
import { loadLostMoney } from '../../store/queries/leases.ts'
import type { Db } from '../../store/schema.ts'
import type { WatchNetworks } from './watch-networks.ts'

type ConditionOf<Kind extends AlertKind> = Extract<AlertCondition, { kind: Kind }>

export interface WatchContext {
  db: Db
  now: number
  isPrepaid: boolean
  /** Whether also what has not moved lately is looked at. */
  isThorough: boolean
  /** Those that have rules of the kind. */
  organizationIds: readonly string[]
  watchNetworks: WatchNetworks
}

/** Reads once what all rules of a kind need. What it returns judges that by one condition, over everything there is. */
type Watch<Kind extends AlertKind> = (
  context: WatchContext,
  conditions: readonly ConditionOf<Kind>[],
) => Promise<(condition: ConditionOf<Kind>) => (AlertHit | undefined)[]>

const WATCHES: { readonly [Kind in AlertKind]: Watch<Kind> } = {
  budget: async ({ db, now }, conditions) => {
    const percentMin = lowestOf(conditions)
    const wanted = { now, percentMin }
    const uses = [...(await loadBudgetUse(db, wanted)), ...(await loadGuardrailUse(db, wanted))]
    return ({ thresholds }) => uses.map((use) => judgeLimit(thresholds, use))
  },
  key_limit: async (context, conditions) => {
    const uses = await loadKeyLimitUse(context.db, { ...context, percentMin: lowestOf(conditions) })
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
  key_expiry: async ({ db, now }, conditions) => {
    const daysMax = Math.max(...conditions.flatMap(({ days }) => days))
    const expiries = await loadKeyExpiries(db, { now, daysMax })
    return ({ days }) => expiries.map((expiry) => judgeExpiry(days, expiry, now))
  },
  rejected_key: async ({ db, now }, conditions) => {
    const countMin = Math.min(...conditions.map(({ count }) => count))
    const events = await loadSecurityEvents(db, { kind: 'dead_key', now, per: 'hour', countMin })
    return ({ count }) => events.map((event) => judgeRejections(count, event))
  },
  browser_use: async ({ db, now }) => {
    const events = await loadSecurityEvents(db, { kind: 'foreign_origin', now, per: 'day', countMin: 1 })
    return () => events.map(toBrowserUse)
  },
  unpriced_model: async ({ db, now }) => {
    const events = await loadUnknownModels(db, now)
    return () => events.map(toUnpricedModel)
  },
  spend_spike: async (context, conditions) => {
    const spentMin = fromUsd(Math.min(...conditions.map(({ min_usd }) => min_usd)))
    const spends = await loadDaySpend(context.db, { ...context, spentMin })
    return ({ factor, min_usd }) => spends.map((spend) => judgeSpike({ factor, least: fromUsd(min_usd) }, spend))
  },
  new_network: async (context) => {
    const places = await context.watchNetworks(context.db, context)
    return (condition) => places.map((place) => judgePlace(condition, place))
  },
  uncharged: async ({ db, now }) => {
    const uses = await loadUncharged(db, now)
    return () => uses.map(toUncharged)
  },
  unconfirmed_lease: async ({ db }) => {
    const lost = await loadLostMoney(db)
    return () => lost.map(toLostMoney)
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

/** What has spent less than that is told of by none: of a limit that is nearly used up it may be a little less than all. */
function lowestOf(conditions: readonly { thresholds: readonly number[] }[]): number {
  return Math.min(99, ...conditions.flatMap(({ thresholds }) => thresholds))
}
