import type { getWorkspace } from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceToWire } from './workspace-wire.ts'

export const handleGetWorkspace: HandlerOf<typeof getWorkspace, ControlContext> = async (input, context) => ({
  data: workspaceToWire(await getLiveWorkspace(context.tx, organizationOf(context), input.id)),
})
