import type { Permission } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { missingPermission, requireIn } from '../access.ts'
import type { ControlContext } from '../context.ts'

type KeyPermission = Extract<Permission, `key:${string}`>

/** Lets pass who may do this to this key. Management keys have permissions of their own, over the whole organization. */
export function requireKey(context: ControlContext, permission: KeyPermission, key: KeyRow): void {
  if (key.workspace_id !== null) {
    const place = { workspaceId: key.workspace_id, ownerUserId: key.creator_user_id }
    requireIn(context, permission, place, 'API key')
    return
  }
  requireIn(
    context,
    permission === 'key:read' ? 'management-key:read' : 'management-key:write',
    { workspaceId: null },
    'API key',
  )
}

/** Lets pass who may make a key in the workspace that is this member's or, without one, the workspace's own: nobody's departure
 *  ends that. */
export function requireMaker(context: ControlContext, workspaceId: string, ownerUserId: string | null): void {
  const ofWhom = ownerUserId ?? context.access.userId
  requireIn(context, 'key:create', { workspaceId, ownerUserId: ofWhom }, 'Workspace')
  if (ownerUserId !== null || reachIn(context.access, 'key:create-system', workspaceId) === 'ws') return
  throw missingPermission('key:create-system')
}

/** Whose keys a list of a workspace's keys (null: the management keys) shows: everybody's when undefined. */
export function listOwner(context: ControlContext, workspaceId: string | null): string | undefined {
  if (workspaceId === null) {
    if (context.access.organization.has('management-key:read')) return undefined
    throw new AppError('forbidden', 'This needs the permission management-key:read')
  }
  const reach = reachIn(context.access, 'key:read', workspaceId)
  if (reach === undefined) requireIn(context, 'key:read', { workspaceId }, 'Workspace')
  return reach === 'own' ? (context.access.userId ?? '') : undefined
}
