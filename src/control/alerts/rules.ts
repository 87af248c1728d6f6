import type { AlertCondition, AlertKind, AlertRecipient } from '../../contract/management/alert-conditions.ts'
import { type ALERT_OPERATIONS, ALERT_RULES_MAX } from '../../contract/management/alerts.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { deliveriesOf } from '../../domain/alerts/alert-deliveries.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import { findAlertChannelsIn } from '../../store/queries/alert-channels.ts'
import {
  type AlertPlace,
  type AlertRuleRow,
  countAlertRules,
  getAlertRuleRow,
  insertAlertRule,
  listAlertRuleRows,
  updateAlertRuleRow,
} from '../../store/queries/alert-rules.ts'
import { findAlertAddresses } from '../../store/queries/alerts.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { placeOfNew, requireForAlert, visibleAlerts } from './alert-access.ts'
import { alertRuleToWire } from './alert-wire.ts'
import { sampleAlert } from './sample-alert.ts'

type Operations = typeof ALERT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

const WHAT = 'Alert rule'
const RESOURCE = 'alert_rule'
/** What is nobody's own. */
const OF_EVERYBODY: readonly AlertKind[] = ['pool', 'low_balance', 'uncharged']
const RECIPIENTS_DEFAULT: AlertRecipient[] = ['organization_admins', 'workspace_admins', 'key_owner']

export const handleListAlertRules: Handler<'listAlertRules'> = async (input, context) => {
  const wanted = await visibleAlerts(context, input.workspace_id)
  const { rows, total } = await listAlertRuleRows(context.tx, wanted, toPage(input))
  return { data: rows.map(alertRuleToWire), total_count: total }
}

export const handleCreateAlertRule: Handler<'createAlertRule'> = async (input, context) => {
  const place = await placeOfNew(context, input.workspace_id)
  const recipients = input.recipients ?? (place.userId === null ? RECIPIENTS_DEFAULT : ['key_owner' as const])
  const { channel_ids, condition, enabled, name } = input
  await requireSensible(context, place, { condition, recipients, channel_ids })
  const count = await countAlertRules(context.tx, place)
  if (count >= ALERT_RULES_MAX)
    throw new AppError(
      'conflict',
      `There are at most ${ALERT_RULES_MAX} alert rules in one place, and there are ${count}`,
    )
  const id = newUuid()
  const at = toIso(context.now)
  const row = await insertAlertRule(context.tx, {
    id,
    organization_id: place.organizationId,
    workspace_id: place.workspaceId,
    user_id: place.userId,
    name,
    enabled,
    condition: JSON.stringify(condition),
    recipients,
    channel_ids,
    created_at: at,
    created_by: context.access.userId,
    updated_at: at,
  })
  const data = alertRuleToWire(row)
  context.audit({ resource: RESOURCE, id, workspaceId: place.workspaceId, after: data })
  return { data }
}

export const handleGetAlertRule: Handler<'getAlertRule'> = async (input, context) => {
  const row = await getAlertRuleRow(context.tx, organizationOf(context), input.id)
  requireForAlert(context, 'alert:read', row, WHAT)
  return { data: alertRuleToWire(row) }
}

export const handleUpdateAlertRule: Handler<'updateAlertRule'> = async ({ id, ...given }, context) => {
  const current = await writableRule(context, id)
  await requireSensible(context, placeOf(current), given)
  const { condition, ...columns } = given
  const row = await updateAlertRuleRow(context.tx, id, {
    ...Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)),
    ...(condition === undefined ? {} : { condition: JSON.stringify(condition) }),
    updated_at: toIso(context.now),
  })
  const before = alertRuleToWire(current)
  const data = alertRuleToWire(row)
  context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, before, after: data })
  return { data }
}

export const handleDeleteAlertRule: Handler<'deleteAlertRule'> = async ({ id }, context) => {
  const row = await writableRule(context, id)
  await updateAlertRuleRow(context.tx, id, { enabled: false, deleted_at: toIso(context.now) })
  context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, before: alertRuleToWire(row) })
  return { deleted: true }
}

/** Who asks stands for the owners of keys, so that nobody else is told of what has not happened. */
export const handleTestAlertRule: Handler<'testAlertRule'> = async ({ id }, context) => {
  const row = await writableRule(context, id)
  const about = { ...placeOf(row), userId: row.user_id ?? context.access.userId }
  const addresses = context.outside.isMailOn ? await findAlertAddresses(context.tx, about, row.recipients) : []
  const alert = sampleAlert(row, { kind: row.condition.kind, ruleId: id, now: context.now })
  for (const delivery of deliveriesOf(alert, { addresses, channelIds: row.channel_ids, isTest: true }))
    await context.queue({ ...delivery, workspaceId: row.workspace_id })
  const data = { mails: addresses.length, channels: row.channel_ids.length }
  context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, after: data })
  return { data }
}

function placeOf(row: AlertRuleRow): AlertPlace {
  return { organizationId: row.organization_id, workspaceId: row.workspace_id, userId: row.user_id }
}

async function writableRule(context: ControlContext, id: string): Promise<AlertRuleRow> {
  const row = await getAlertRuleRow(context.tx, organizationOf(context), id)
  requireForAlert(context, 'alert:write', row, WHAT)
  return row
}

interface Given {
  condition?: AlertCondition | undefined
  recipients?: readonly AlertRecipient[] | undefined
  channel_ids?: readonly string[] | undefined
}

/** A rule tells only who and what is of its own place, and somebody's own only themselves of what is theirs. */
async function requireSensible(context: ControlContext, place: AlertPlace, given: Given): Promise<void> {
  const { channel_ids: channelIds = [], condition, recipients = [] } = given
  const found = await findAlertChannelsIn(context.tx, place, channelIds)
  const stranger = channelIds.find((id) => !found.has(id))
  if (stranger !== undefined)
    throw new AppError('invalid_request', `channel_ids: ${stranger} is no channel of the place that the rule is of`)
  if (condition?.kind === 'new_network' && condition.by === 'country' && !context.outside.knowsCountries)
    throw new AppError(
      'invalid_request',
      'condition.by: this installation does not know countries; GEOIP_DB names a file',
    )
  if (condition?.kind === 'unconfirmed_lease' && place.workspaceId !== null)
    throw new AppError(
      'invalid_request',
      'condition.kind: a rule of a workspace has none of it to watch; workspace_id must be null',
    )
  if (place.userId === null) return
  if (condition !== undefined && OF_EVERYBODY.includes(condition.kind))
    throw new AppError('invalid_request', `condition: a rule of your own cannot watch ${condition.kind}`)
  const other = recipients.find((recipient) => recipient !== 'key_owner')
  if (other !== undefined)
    throw new AppError('invalid_request', `recipients: a rule of your own tells only you, so only key_owner`)
}
