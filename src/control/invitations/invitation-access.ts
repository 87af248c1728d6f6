import type { OrganizationRole } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import type { InvitationRow } from '../../store/queries/invitations.ts'
import { requireEverything, requireIn, requireInOrganization } from '../access.ts'
import type { ControlContext } from '../context.ts'
import { findRoleChoice, requireWithinOwn } from '../members/role-choice.ts'

/** Into the organization alone, or as its administrator, invite those who administer the organization. */
export function requireForOrganization(context: ControlContext, role: OrganizationRole): void {
  requireInOrganization(context, 'invitation:write')
  if (role === 'org:admin') requireEverything(context)
}

/** 404 for a workspace that the actor doesn't see, 403 for one that they see and can't invite to. */
export function requireMayInviteTo(context: ControlContext, workspaceId: string): void {
  if (reachIn(context.access, 'invitation:write', workspaceId) === 'ws') return
  requireIn(context, 'workspace:read', { workspaceId }, 'Workspace')
  requireInOrganization(context, 'invitation:write')
}

/**
 * Lets pass who may change the invitation: in each of its workspaces, and holding all that it gives, because whoever sends it
 * again may get to see its link. Not found for who administers none of its workspaces.
 */
export async function requireInvitation(context: ControlContext, invitation: InvitationRow): Promise<void> {
  const isOfOrganization = invitation.role === 'org:admin' || invitation.workspace_count === 0
  if (!isVisible(context, invitation)) throw new AppError('not_found', 'Invitation not found')
  if (isOfOrganization) requireForOrganization(context, invitation.role)
  if (invitation.workspaces.length < invitation.workspace_count) requireInOrganization(context, 'invitation:write')
  for (const { workspace_id: workspaceId, workspace_role, custom_role_id } of invitation.workspaces) {
    requireIn(context, 'invitation:write', { workspaceId }, 'Invitation')
    const named = { workspace_role: workspace_role ?? undefined, custom_role_id: custom_role_id ?? undefined }
    const choice = await findRoleChoice(context, invitation.organization_id, named)
    if (choice !== undefined) requireWithinOwn(context, workspaceId, [choice])
  }
}

function isVisible({ access }: ControlContext, { workspaces }: InvitationRow): boolean {
  if (access.organization.has('invitation:read')) return true
  return workspaces.some(({ workspace_id }) => reachIn(access, 'invitation:read', workspace_id) === 'ws')
}
