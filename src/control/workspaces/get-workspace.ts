import type { getWorkspace } from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceToWire } from './workspace-wire.ts'

export const handleGetWorkspace: HandlerOf<typeof getWorkspace, ControlContext> = async (input, context) => {
  const row = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'workspace:read', { workspaceId: row.id }, 'Workspace')
  return { data: workspaceToWire(row) }
}
