import type {
  bulkAddWorkspaceMembers,
  bulkRemoveWorkspaceMembers,
  listWorkspaceMembers,
} from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import {
  deleteWorkspaceMembers,
  findKeyOwners,
  findOrganizationRoles,
  listDefaultMemberRows,
  listWorkspaceMemberRows,
  upsertWorkspaceMembers,
} from '../../store/queries/members.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { workspaceMemberToWire } from './workspace-wire.ts'

export const handleListWorkspaceMembers: HandlerOf<typeof listWorkspaceMembers, ControlContext> = async (
  input,
  context,
) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'member:read', { workspaceId: workspace.id }, 'Workspace')
  const { rows, total } = await listWorkspaceMemberRows(context.tx, workspace, toPage(input))
  return { data: rows.map(workspaceMemberToWire), total_count: total }
}

/** All or none: each must be in the organization, and gets in the workspace the role it has there. In the Default workspace
 *  everybody already is. */
export const handleBulkAddWorkspaceMembers: HandlerOf<typeof bulkAddWorkspaceMembers, ControlContext> = async (
  input,
  context,
) => {
  const organizationId = organizationOf(context)
  const workspace = await getLiveWorkspace(context.tx, organizationId, input.id)
  requireIn(context, 'member:write', { workspaceId: workspace.id }, 'Workspace')
  const userIds = [...new Set(input.user_ids)]
  const roles = await findOrganizationRoles(context.tx, organizationId, userIds)
  const members = userIds.map((userId) => {
    const role = roles.get(userId)
    if (role === undefined)
      throw new AppError('invalid_request', `user_ids: ${userId} is not a member of the organization`)
    return { userId, role: role === 'org:admin' ? ('admin' as const) : ('developer' as const) }
  })
  if (workspace.is_default) {
    const data = (await listDefaultMemberRows(context.tx, workspace, userIds)).map(workspaceMemberToWire)
    context.audit({ resource: 'workspace_member', id: userIds.join(','), workspaceId: workspace.id, after: data })
    return { added_count: 0, data }
  }
  const rows = await upsertWorkspaceMembers(context.tx, workspace.id, members, context.now)
  context.changed('workspace', workspace.id)
  const data = rows.map(workspaceMemberToWire)
  context.audit({ resource: 'workspace_member', id: userIds.join(','), workspaceId: workspace.id, after: data })
  return { added_count: rows.length, data }
}

/** All or none: nobody who still owns a living key in the workspace is removed. */
export const handleBulkRemoveWorkspaceMembers: HandlerOf<typeof bulkRemoveWorkspaceMembers, ControlContext> = async (
  input,
  context,
) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'member:write', { workspaceId: workspace.id }, 'Workspace')
  if (workspace.is_default) {
    throw new AppError(
      'invalid_request',
      'The default workspace has every member of the organization; remove them there',
    )
  }
  const owners = await findKeyOwners(context.tx, workspace.id, input.user_ids)
  if (owners.length > 0) {
    throw new AppError(
      'invalid_request',
      `user_ids: ${owners.join(', ')} still own API keys in this workspace; delete them first`,
    )
  }
  const removed = await deleteWorkspaceMembers(context.tx, workspace.id, input.user_ids)
  if (removed > 0) context.changed('workspace', workspace.id)
  const before = input.user_ids.map((user_id) => ({ user_id }))
  context.audit({ resource: 'workspace_member', id: input.user_ids.join(','), workspaceId: workspace.id, before })
  return { removed_count: removed }
}
