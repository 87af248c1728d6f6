import { type KeyType, PERMISSIONS, type Permission } from '../../contract/common/permissions.ts'
import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { isFullAccess, keySpecProblem, permissionsOfKey } from '../../domain/key-types.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { isLiveProject } from '../../store/queries/projects.ts'
import { missingPermission, requireEverything } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'

/** A key as it is to be, as far as it is about what it may. */
export interface IntendedKey {
  type: KeyType
  /** Null on a key of the organization. */
  workspaceId: string | null
  ownerUserId: string | null
  /** Null: what the type gives. */
  permissions: readonly string[] | null
  allowedModels: readonly string[] | null
  projectId: string | null
  isReadOnly: boolean
  isHidden: boolean
  expiresAt: unknown
}

/** Lets pass a key that its type allows and that may nothing its maker may not. Throws `invalid_request` and `forbidden`. */
export async function requireRightful(context: ControlContext, key: IntendedKey): Promise<void> {
  const problem = keySpecProblem({
    ...key,
    permissions: key.permissions ?? undefined,
    doesExpire: key.expiresAt !== null,
    hasModels: key.allowedModels !== null,
    hasProject: key.projectId !== null,
    hasOwner: key.ownerUserId !== null,
  })
  if (problem !== undefined) throw new AppError('invalid_request', problem)
  await requireProject(context, key)
  const permissions = permissionsOfKey(key)
  if (isFullAccess(key.type, permissions)) await requireFullAccess(context, key)
  else requireGrantable(context, key, permissions)
  if (key.type === 'team') await requireInWorkspace(context, key)
}

/** Lets pass who might make a key that is there: its secret is theirs to have. Throws as `requireRightful` does. */
export async function requireMakeable(context: ControlContext, key: KeyRow): Promise<void> {
  await requireRightful(context, {
    type: key.type,
    workspaceId: key.workspace_id,
    ownerUserId: key.creator_user_id,
    permissions: key.permissions,
    allowedModels: key.allowed_models,
    // It may have been deleted since; that is no matter here.
    projectId: null,
    isReadOnly: key.read_only,
    isHidden: key.hidden,
    expiresAt: key.expires_at,
  })
}

/** A key of somebody who has left the organization isn't brought back to life. Throws `invalid_request`. */
export async function requireOwnerPresent(
  context: ControlContext,
  { creator_user_id: ownerId }: KeyRow,
  field: string,
): Promise<void> {
  if (ownerId === null) return
  const roles = await findOrganizationRoles(context.tx, organizationOf(context), [ownerId])
  if (roles.has(ownerId)) return
  throw new AppError('invalid_request', `${field}: the member whose key this was has left the organization`)
}

function requireGrantable(context: ControlContext, key: IntendedKey, permissions: readonly string[]): void {
  const { access, actor } = context
  const asked = permissions.includes('*') ? PERMISSIONS : (permissions as readonly Permission[])
  for (const permission of asked) {
    // Management keys call no model themselves; the keys they make are for that.
    if (permission === 'inference' && (key.type === 'management' || actor.kind === 'management_key')) continue
    if (reachIn(access, permission, key.workspaceId) === undefined) throw missingPermission(permission)
  }
}

/** Full access is for administrators of the organization, or nobody's: it is never more than its creator has. */
async function requireFullAccess(context: ControlContext, { ownerUserId }: IntendedKey): Promise<void> {
  requireEverything(context)
  if (ownerUserId === null) return
  const roles = await findOrganizationRoles(context.tx, organizationOf(context), [ownerUserId])
  if (roles.get(ownerUserId) === 'org:admin') return
  throw new AppError('invalid_request', 'permissions.0: full access is for administrators of the organization')
}

async function requireProject(context: ControlContext, { projectId, workspaceId }: IntendedKey): Promise<void> {
  if (projectId === null || workspaceId === null) return
  if (await isLiveProject(context.tx, workspaceId, projectId)) return
  throw new AppError('invalid_request', 'project_id: is no project of the workspace')
}

async function requireInWorkspace(context: ControlContext, { ownerUserId, workspaceId }: IntendedKey): Promise<void> {
  if (ownerUserId === null || workspaceId === null) throw new Error('a team key has a member and a workspace')
  const access = await loadMemberAccess(context.tx, organizationOf(context), ownerUserId)
  if (reachIn(access, 'workspace:read', workspaceId) !== undefined) return
  throw new AppError('invalid_request', `creator_user_id: ${ownerUserId} is not a member of the workspace`)
}
