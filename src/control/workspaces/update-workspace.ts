import type { updateWorkspace } from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { getLiveWorkspace, updateWorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceToWire } from './workspace-wire.ts'

export const handleUpdateWorkspace: HandlerOf<typeof updateWorkspace, ControlContext> = async (input, context) => {
  const current = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  const { id: _ref, io_logging_api_key_ids: keyIds, ...changes } = input
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const row = await updateWorkspaceRow(context.tx, current, {
    ...given,
    ...(keyIds === undefined ? {} : { io_logging_api_key_ids: keyIds?.map(BigInt) ?? null }),
    updated_at: toIso(context.now),
  })
  context.changed('workspace', row.id)
  return { data: workspaceToWire(row) }
}
