import { PERMISSIONS, type Permission } from '../contract/common/permissions.ts'
import {
  type Access,
  type Grants,
  MANAGEMENT_ACCESS,
  NO_ACCESS,
  narrowAccess,
  ORGANIZATION_ACCESS,
} from '../domain/access.ts'
import type { Actor, KeyActor } from '../domain/actor.ts'
import { isFullAccess } from '../domain/key-types.ts'
import { loadMemberAccess } from '../store/queries/access.ts'
import type { Db } from '../store/schema.ts'

/** What an actor may, now: a demotion counts from the next call on. */
export async function loadAccess(db: Db, actor: Actor): Promise<Access> {
  switch (actor.kind) {
    case 'management_key':
      return await accessOfManagementKey(db, actor)
    case 'session':
      return await loadMemberAccess(db, actor.organizationId, actor.userId)
    case 'scim':
      return narrowAccess(MANAGEMENT_ACCESS, ['scim:read', 'scim:write'])
    case 'key':
      return await accessOfKey(db, actor)
    case 'system':
      return ORGANIZATION_ACCESS
    case 'anonymous':
      return NO_ACCESS
  }
}

/** At most what its creator may at this moment. It is nobody itself, so that what it makes is the organization's. */
async function accessOfManagementKey(db: Db, actor: Extract<Actor, { kind: 'management_key' }>): Promise<Access> {
  const { creatorUserId, organizationId, permissions } = actor
  if (creatorUserId === null) return narrowAccess(MANAGEMENT_ACCESS, permissions)
  const ofCreator = await loadMemberAccess(db, organizationId, creatorUserId)
  const kept = PERMISSIONS.filter((permission) => permission !== 'inference' && isGiven(permission, permissions))
  return { ...wholeOnly(narrowAccess(ofCreator, kept)), userId: null }
}

/** At most what its creator may at this moment, in its workspace; with full access wherever they may. */
async function accessOfKey(db: Db, actor: KeyActor): Promise<Access> {
  const { organizationId, permissions, type, userId, workspaceId } = actor
  // Most keys only infer: nothing needs to be asked about them.
  if (!permissions.some((permission) => permission !== 'inference')) return narrowAccess(NO_ACCESS, [], workspaceId)
  const base = userId === null ? ORGANIZATION_ACCESS : await loadMemberAccess(db, organizationId, userId)
  if (isFullAccess(type, permissions)) return base
  const access = narrowAccess(base, permissions, workspaceId)
  return type === 'team' ? ownOnly(access) : access
}

/** What reaches somebody's own is nothing to who is nobody. */
function wholeOnly(access: Access): Access {
  const toWhole = (grants: Grants): Grants => new Map([...grants].filter(([, reach]) => reach === 'ws'))
  return { ...access, workspaces: new Map([...access.workspaces].map(([id, grants]) => [id, toWhole(grants)])) }
}

/** A team key sees what is its member's, whatever else the member may see. */
function ownOnly(access: Access): Access {
  const toOwn = (grants: Grants): Grants => new Map([...grants.keys()].map((permission) => [permission, 'own']))
  return { ...access, workspaces: new Map([...access.workspaces].map(([id, grants]) => [id, toOwn(grants)])) }
}

function isGiven(permission: Permission, permissions: readonly string[]): boolean {
  return permissions.includes('*') || permissions.includes(permission)
}
