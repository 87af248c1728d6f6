import type { Permission } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { requireIn } from '../access.ts'
import type { ControlContext } from '../context.ts'

type KeyPermission = Extract<Permission, `key:${string}`>

/** Lets pass who may do this to this key. Management keys have permissions of their own, over the whole organization. */
export function requireKey(context: ControlContext, permission: KeyPermission, key: KeyRow): void {
  if (key.workspace_id !== null) {
    const place = { workspaceId: key.workspace_id, ownerUserId: key.creator_user_id }
    requireIn(context, permission, place, 'API key')
    return
  }
  const needed = permission === 'key:read' ? 'management-key:read' : 'management-key:write'
  if (!context.access.organization.has(needed)) throw new AppError('not_found', 'API key not found')
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
