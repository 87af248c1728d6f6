import type { listWorkspaces } from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { listWorkspaceRows } from '../../store/queries/workspaces.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { workspaceToWire } from './workspace-wire.ts'

export const handleListWorkspaces: HandlerOf<typeof listWorkspaces, ControlContext> = async (input, context) => {
  const { rows, total } = await listWorkspaceRows(context.tx, organizationOf(context), {
    ...toPage(input),
    visible: visibleIn(context.access, 'workspace:read').workspaceIds,
  })
  return { data: rows.map(workspaceToWire), total_count: total }
}
