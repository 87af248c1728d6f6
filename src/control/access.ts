import { PERMISSIONS, type Permission } from '../contract/common/permissions.ts'
import { type Access, reachIn, readPermissionOf, workspacesWith } from '../domain/access.ts'
import { AppError } from '../domain/app-error.ts'
import type { ControlContext } from './context.ts'

/** Whose thing it is, where that matters: `ownerUserId` for the permissions that reach only what is one's own. */
export interface Place {
  workspaceId: string | null
  ownerUserId?: string | null | undefined
}

/**
 * Lets pass who may do this there. What somebody may not see is `not_found`, in the words of a thing that isn't there; what
 * they see but may not do is `forbidden` and names the permission. `what` is the resource in the caller's language.
 */
export function requireIn(context: ControlContext, permission: Permission, place: Place, what = 'Resource'): void {
  if (reaches(context.access, permission, place)) return
  if (!reaches(context.access, readPermissionOf(permission), place))
    throw new AppError('not_found', `${what} not found`)
  throw missingPermission(permission)
}

/** For what belongs to the organization as a whole. */
export function requireInOrganization(context: ControlContext, permission: Permission): void {
  if (context.access.organization.has(permission)) return
  throw missingPermission(permission, ' in the whole organization')
}

/** For what makes somebody an administrator of the organization, or takes that away: nobody deals in more than they have. */
export function requireEverything({ access }: ControlContext): void {
  const lacking = PERMISSIONS.find((name) => name !== 'inference' && !access.organization.has(name))
  if (lacking !== undefined) throw missingPermission(lacking)
}

/** Whether the actor has the permission for this thing. */
function reaches(access: Access, permission: Permission, place: Place): boolean {
  const reach = reachIn(access, permission, place.workspaceId)
  if (reach !== 'own') return reach === 'ws'
  return access.userId !== null && place.ownerUserId === access.userId
}

/** For lists over workspaces: those the actor may ask about, and in which of them only about what is their own. */
export function visibleIn(
  access: Access,
  permission: Permission,
): { workspaceIds: 'all' | string[]; ownOnlyIn: string[]; userId: string | null } {
  const { userId } = access
  const workspaceIds = workspacesWith(access, permission)
  if (workspaceIds === 'all') return { workspaceIds, ownOnlyIn: [], userId }
  return { workspaceIds, ownOnlyIn: workspaceIds.filter((id) => reachIn(access, permission, id) === 'own'), userId }
}

/** The refusal of somebody who may see a thing but not do this. */
export function missingPermission(permission: Permission, where = ''): AppError {
  return new AppError('forbidden', `This needs the permission ${permission}${where}`, {}, { metadata: { permission } })
}
