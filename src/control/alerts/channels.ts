import {
  type ALERT_CHANNEL_OPERATIONS,
  ALERT_CHANNELS_MAX,
  type AlertTarget,
  alertTargetToWire,
} from '../../contract/management/alert-channels.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { deliveriesOf } from '../../domain/alerts/alert-deliveries.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  type AlertChannelRow,
  countAlertChannels,
  countRulesOfChannel,
  getAlertChannelRow,
  insertAlertChannel,
  listAlertChannelRows,
  updateAlertChannelRow,
} from '../../store/queries/alert-channels.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { placeOfNew, requireForAlert, visibleAlerts } from './alert-access.ts'
import { alertChannelToWire } from './alert-wire.ts'
import { sampleAlert } from './sample-alert.ts'

type Operations = typeof ALERT_CHANNEL_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

const WHAT = 'Alert channel'
const RESOURCE = 'alert_channel'

const handleList: Handler<'listAlertChannels'> = async (input, context) => {
  const wanted = await visibleAlerts(context, input.workspace_id)
  const { rows, total } = await listAlertChannelRows(context.tx, wanted, toPage(input))
  return { data: rows.map(alertChannelToWire), total_count: total }
}

const handleCreate: Handler<'createAlertChannel'> = async (input, context) => {
  const place = await placeOfNew(context, input.workspace_id)
  requireTarget(context, input.target, place.userId)
  const count = await countAlertChannels(context.tx, place)
  if (count >= ALERT_CHANNELS_MAX)
    throw new AppError(
      'conflict',
      `There are at most ${ALERT_CHANNELS_MAX} channels in one place, and there are ${count}`,
    )
  const id = newUuid()
  const at = toIso(context.now)
  const row = await insertAlertChannel(context.tx, {
    id,
    organization_id: place.organizationId,
    workspace_id: place.workspaceId,
    user_id: place.userId,
    name: input.name,
    enabled: input.enabled,
    ...(await targetColumns(context, id, input.target)),
    last_error: null,
    disabled_reason: null,
    created_at: at,
    created_by: context.access.userId,
    updated_at: at,
  })
  const data = alertChannelToWire(row)
  context.audit({ resource: RESOURCE, id, workspaceId: place.workspaceId, after: data })
  return { data }
}

const handleGet: Handler<'getAlertChannel'> = async (input, context) => {
  const row = await getAlertChannelRow(context.tx, organizationOf(context), input.id)
  requireForAlert(context, 'alert:read', row, WHAT)
  return { data: alertChannelToWire(row) }
}

const handleUpdate: Handler<'updateAlertChannel'> = async ({ enabled, id, name, target }, context) => {
  const current = await writableChannel(context, id)
  if (target !== undefined) requireTarget(context, target, current.user_id)
  const row = await updateAlertChannelRow(context.tx, id, {
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(enabled === true || target !== undefined ? NO_FAILURES : {}),
    ...(target === undefined ? {} : await targetColumns(context, id, target)),
    updated_at: toIso(context.now),
  })
  const before = alertChannelToWire(current)
  const data = alertChannelToWire(row)
  // That secrets were replaced is told, and nothing of them.
  const after = target === undefined ? data : { ...data, is_target_replaced: true }
  context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, before, after })
  return { data }
}

const handleDelete: Handler<'deleteAlertChannel'> = async ({ id }, context) => {
  const row = await writableChannel(context, id)
  const count = await countRulesOfChannel(context.tx, row.organization_id, id)
  if (count > 0) throw new AppError('conflict', `${count} alert rules send to this channel; change them first`)
  await updateAlertChannelRow(context.tx, id, {
    enabled: false,
    sealed_target: null,
    deleted_at: toIso(context.now),
  })
  context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, before: alertChannelToWire(row) })
  return { deleted: true }
}

const handleTest: Handler<'testAlertChannel'> = async ({ id }, context) => {
  const row = await writableChannel(context, id)
  const alert = sampleAlert(row, { kind: 'budget', ruleId: id, now: context.now })
  const [delivery] = deliveriesOf(alert, { addresses: [], channelIds: [id], isTest: true })
  if (delivery === undefined) throw new Error('the delivery of a test')
  const deliveryId = await context.queue({ ...delivery, workspaceId: row.workspace_id })
  const data = { delivery_id: deliveryId }
  context.audit({ resource: RESOURCE, id, workspaceId: row.workspace_id, after: data })
  return { data }
}

export const ALERT_CHANNEL_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  listAlertChannels: handleList,
  createAlertChannel: handleCreate,
  getAlertChannel: handleGet,
  updateAlertChannel: handleUpdate,
  deleteAlertChannel: handleDelete,
  testAlertChannel: handleTest,
}

/** Nothing goes to a channel any more that has failed for too long. */
export async function disableAlertChannel(
  context: ControlContext,
  row: AlertChannelRow,
  reason: string,
): Promise<void> {
  const current = await getAlertChannelRow(context.tx, row.organization_id, row.id)
  if (!current.enabled) return context.didNothing()
  const changes = { enabled: false, disabled_reason: reason, updated_at: toIso(context.now) }
  const after = alertChannelToWire(await updateAlertChannelRow(context.tx, row.id, changes))
  const before = alertChannelToWire(current)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id, before, after })
}

const NO_FAILURES = { failures: 0, failing_since: null, last_error: null, disabled_reason: null }

async function writableChannel(context: ControlContext, id: string): Promise<AlertChannelRow> {
  const row = await getAlertChannelRow(context.tx, organizationOf(context), id)
  requireForAlert(context, 'alert:write', row, WHAT)
  return row
}

/** What is somebody's own sends mail to themselves, which rules do without a channel. */
function requireTarget({ outside }: ControlContext, target: AlertTarget, ownerUserId: string | null): void {
  if (target.type !== 'email') return
  if (!outside.isMailOn) throw new AppError('invalid_request', 'target: this installation sends no mail')
  if (ownerUserId !== null)
    throw new AppError('invalid_request', 'target: mail to yourself needs no channel; name key_owner as a recipient')
}

async function targetColumns(context: ControlContext, id: string, target: AlertTarget) {
  const place = { table: 'alert_channel', row: id, column: 'sealed_target' }
  return { ...alertTargetToWire(target), sealed_target: await context.seal(place, JSON.stringify(target)) }
}
