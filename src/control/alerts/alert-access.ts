import type { Permission } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import type { AlertPlace } from '../../store/queries/alert-rules.ts'
import type { Visibility } from '../../store/queries/visibility.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { requireIn, visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceIdOf } from '../keys/read-keys.ts'

/** Lets pass who may do this with a rule, a channel or an alert. */
export function requireForAlert(
  context: ControlContext,
  permission: Permission,
  row: { workspace_id: string | null; user_id: string | null },
  what: string,
): void {
  requireIn(context, permission, { workspaceId: row.workspace_id, ownerUserId: row.user_id }, what)
}

/** Where a new rule or channel goes: to the workspace, and to whoever makes it where they may only have their own. */
export async function placeOfNew(context: ControlContext, named: string | null | undefined): Promise<AlertPlace> {
  const workspaceId = named === null ? null : await workspaceIdOf(named, context)
  const { access } = context
  requireIn(context, 'alert:write', { workspaceId, ownerUserId: access.userId }, 'Workspace')
  const isOwn = reachIn(access, 'alert:write', workspaceId) === 'own'
  return { organizationId: organizationOf(context), workspaceId, userId: isOwn ? access.userId : null }
}

/** What a list may show, of one workspace where it is named. */
export async function visibleAlerts(
  context: ControlContext,
  named: string | undefined,
): Promise<{ organizationId: string; visible: Visibility; workspaceId: string | undefined }> {
  const { access } = context
  const organizationId = organizationOf(context)
  const visible = visibleIn(access, 'alert:read')
  if (named === undefined) return { organizationId, visible, workspaceId: undefined }
  const { id } = await getLiveWorkspace(context.tx, organizationId, named)
  requireIn(context, 'alert:read', { workspaceId: id, ownerUserId: access.userId }, 'Workspace')
  return { organizationId, visible, workspaceId: id }
}
