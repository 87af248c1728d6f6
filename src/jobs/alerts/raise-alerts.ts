import type { Kysely } from 'kysely'
import type { AlertKind } from '../../contract/management/alert-conditions.ts'
import type { AlertWire } from '../../contract/management/alerts.ts'
import { reachIn } from '../../domain/access.ts'
import { deliveriesOf } from '../../domain/alerts/alert-deliveries.ts'
import { type AlertHit, isWatched } from '../../domain/alerts/alert-hit.ts'
import { isBalanceRestored } from '../../domain/alerts/spend-alerts.ts'
import { fromUsd } from '../../domain/money.ts'
import { newUuid } from '../../platform/ids.ts'
import { loadPoolUse } from '../../store/load-limit-use.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import { type AlertRuleRow, listActiveAlertRules } from '../../store/queries/alert-rules.ts'
import {
  type AlertRow,
  countToldSince,
  findAlertAddresses,
  insertAlert,
  listUnresolvedAlerts,
  resolveAlert,
  withoutTold,
} from '../../store/queries/alerts.ts'
import { insertDelivery } from '../../store/queries/outbox.ts'
import { type Db, type Schema, type Tx, toIso } from '../../store/schema.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { WatchNetworks } from './watch-networks.ts'
import { type WatchContext, watch } from './watches.ts'

/** One rule sends no more within an hour; what is beyond is in the list alone. */
export const TOLD_PER_HOUR_MAX = 50
const HOUR_MS = 3_600_000

export interface AlertParts {
  db: Kysely<Schema>
  sealer: Sealer
  now: () => number
  /** Whether the balance of an organization limits what it may spend. */
  isPrepaid: boolean
  isMailOn: boolean
  /** Whether this look is at everything, or at what has moved lately where that is less. */
  isThorough: boolean
  watchNetworks: WatchNetworks
  onFailure: (message: string) => void
  /** Alerts as they are on the wire. */
  toWires: (db: Db, organizationId: string, rows: readonly AlertRow[]) => Promise<AlertWire[]>
}

interface Finding {
  rule: AlertRuleRow
  hit: AlertHit
  rule_id: string
  subject_kind: AlertRow['subject_kind']
  subject_id: string
  occurrence: string
}

/**
 * Looks once at everything that rules watch, and tells what was not told yet: a row and what is to be sent, in one transaction.
 * Any number of processes may do so at once. What fails keeps nothing else from being told, and is told next time. Returns how
 * many alerts it has raised.
 */
export async function raiseAlerts(parts: AlertParts): Promise<number> {
  const { db, isPrepaid, isThorough, now, watchNetworks } = parts
  const context = { db, now: now(), isPrepaid, isThorough, watchNetworks }
  await resolveBalances(context)
  const rules = await listActiveAlertRules(db)
  let raised = 0
  for (const [kind, ofKind] of Map.groupBy(rules, ({ condition }) => condition.kind)) {
    const findings = await orTold(parts, () => findNew(kind, ofKind, context))
    for (const finding of findings ?? []) if (await orTold(parts, () => raise(parts, finding))) raised += 1
  }
  return raised
}

async function orTold<T>({ onFailure }: AlertParts, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    onFailure(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

async function findNew(
  kind: AlertKind,
  rules: readonly AlertRuleRow[],
  context: Omit<WatchContext, 'organizationIds'>,
): Promise<Finding[]> {
  const conditions = rules.map(({ condition }) => condition)
  const organizationIds = [...new Set(rules.map(({ organization_id }) => organization_id))]
  const hits = await watch(kind, conditions, { ...context, organizationIds })
  const findings = rules.flatMap((rule, at) =>
    (hits[at] ?? []).filter(({ subject }) => isWatched(rule, subject)).map((hit) => findingOf(rule, hit)),
  )
  return await withoutTold(context.db, findings)
}

function findingOf(rule: AlertRuleRow, hit: AlertHit): Finding {
  const { occurrence, subject } = hit
  return { rule, hit, rule_id: rule.id, subject_kind: subject.kind, subject_id: subject.id, occurrence }
}

/** Who may no longer see alerts of the workspace gets none by a rule of their own. */
async function mayBeTold(db: Db, { organization_id, user_id, workspace_id }: AlertRuleRow): Promise<boolean> {
  if (user_id === null) return true
  return reachIn(await loadMemberAccess(db, organization_id, user_id), 'alert:read', workspace_id) !== undefined
}

async function raise(parts: AlertParts, { hit, rule }: Finding): Promise<boolean> {
  if (!(await mayBeTold(parts.db, rule))) return false
  const { message, occurrence, subject } = hit
  return await parts.db.transaction().execute(async (tx) => {
    const row = await insertAlert(tx, {
      id: newUuid(),
      organization_id: rule.organization_id,
      workspace_id: subject.workspaceId,
      user_id: subject.userId,
      rule_id: rule.id,
      kind: rule.condition.kind,
      subject_kind: subject.kind,
      subject_id: subject.id,
      subject_name: subject.name,
      occurrence,
      message,
      details: JSON.stringify(hit.details),
      created_at: toIso(parts.now()),
      acknowledged_by: null,
    })
    if (row !== undefined) await tell(tx, parts, { row, rule })
    return row !== undefined
  })
}

async function tell(
  tx: Tx,
  { isMailOn, now, sealer, toWires }: AlertParts,
  { row, rule }: { row: AlertRow; rule: AlertRuleRow },
): Promise<void> {
  const { organization_id: organizationId, user_id: userId, workspace_id: workspaceId } = row
  const [alert] = await toWires(tx, organizationId, [row])
  if (alert === undefined) throw new Error('the alert that was just raised')
  if ((await countToldSince(tx, rule.id, now() - HOUR_MS)) > TOLD_PER_HOUR_MAX) return
  const about = { organizationId, workspaceId, userId }
  const addresses = isMailOn ? await findAlertAddresses(tx, about, rule.recipients) : []
  for (const delivery of deliveriesOf(alert, { addresses, channelIds: rule.channel_ids, isTest: false }))
    await insertDelivery(tx, sealer, { ...delivery, organizationId, workspaceId, now: now() })
}

/** Balances that were low and are well above that again may be told of the next time. */
async function resolveBalances(context: Pick<WatchContext, 'db' | 'isPrepaid' | 'now'>): Promise<void> {
  const low = await listUnresolvedAlerts(context.db)
  if (low.length === 0) return
  const pools = new Map(
    (await loadPoolUse(context.db, context)).map((pool) => [`${pool.subject.kind} ${pool.subject.id}`, pool]),
  )
  for (const alert of low) {
    const pool = pools.get(`${alert.subject_kind} ${alert.subject_id}`)
    const below = fromUsd(Number(alert.details['below_usd']))
    if (pool !== undefined && isBalanceRestored(below, pool)) await resolveAlert(context.db, alert, context.now)
  }
}
