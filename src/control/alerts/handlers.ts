import type { ALERT_OPERATIONS } from '../../contract/management/alerts.ts'
import type { HandlerOf, HandlersFor } from '../../contract/operation.ts'
import { acknowledgeAlertRow, getAlertRow, listAlertRows } from '../../store/queries/alerts.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { requireForAlert, visibleAlerts } from './alert-access.ts'
import { loadAlertWires } from './alert-wire.ts'
import {
  handleCreateAlertRule,
  handleDeleteAlertRule,
  handleGetAlertRule,
  handleListAlertRules,
  handleTestAlertRule,
  handleUpdateAlertRule,
} from './rules.ts'

type Operations = typeof ALERT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

const handleList: Handler<'listAlerts'> = async (input, context) => {
  const wanted = await visibleAlerts(context, input.workspace_id)
  const filter = { ...wanted, kind: input.kind, isAcknowledged: input.acknowledged }
  const { rows, total } = await listAlertRows(context.tx, filter, toPage(input))
  return { data: await loadAlertWires(context.tx, organizationOf(context), rows), total_count: total }
}

/** The first who says so stays on record. */
const handleAcknowledge: Handler<'acknowledgeAlert'> = async ({ id }, context) => {
  const current = await getAlertRow(context.tx, organizationOf(context), id)
  requireForAlert(context, 'alert:write', current, 'Alert')
  const isNew = current.acknowledged_at === null
  const row = isNew
    ? await acknowledgeAlertRow(context.tx, id, { userId: context.access.userId, now: context.now })
    : current
  const [before, data] = await loadAlertWires(context.tx, current.organization_id, [current, row])
  if (data === undefined) throw new Error('the alert that was acknowledged')
  if (isNew) context.audit({ resource: 'alert', id, workspaceId: row.workspace_id, before, after: data })
  else context.didNothing()
  return { data }
}

export const ALERT_HANDLERS: HandlersFor<Operations, ControlContext, MemoryContext> = {
  listAlertRules: handleListAlertRules,
  createAlertRule: handleCreateAlertRule,
  getAlertRule: handleGetAlertRule,
  updateAlertRule: handleUpdateAlertRule,
  deleteAlertRule: handleDeleteAlertRule,
  testAlertRule: handleTestAlertRule,
  listAlerts: handleList,
  acknowledgeAlert: handleAcknowledge,
}
