import type { updateWorkspace } from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { getLiveWorkspace, updateWorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { readLoggedKeys } from './io-logging-keys.ts'
import { workspaceAccessToRow } from './workspace-access.ts'
import { readWorkspaceFunding } from './workspace-funding.ts'
import { workspaceToWire } from './workspace-wire.ts'

export const handleUpdateWorkspace: HandlerOf<typeof updateWorkspace, ControlContext> = async (input, context) => {
  const current = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'workspace:update', { workspaceId: current.id }, 'Workspace')
  const {
    id: _ref,
    io_logging_api_key_ids: keyIds,
    plugin_defaults: _defaults,
    rate_limits: _rates,
    reserved_usd: _reserved,
    ...changes
  } = input
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const kept = current.io_logging_api_key_ids
  const row = await updateWorkspaceRow(context.tx, current, {
    ...given,
    ...(keyIds === undefined ? {} : { io_logging_api_key_ids: await readLoggedKeys(context, keyIds, kept) }),
    ...workspaceAccessToRow(input),
    ...(await readWorkspaceFunding(input, current, context)),
    updated_at: toIso(context.now),
  })
  context.changed('workspace', row.id)
  const data = workspaceToWire(row)
  const before = workspaceToWire(current)
  context.audit({ resource: 'workspace', id: row.id, workspaceId: row.id, before, after: data })
  return { data }
}
