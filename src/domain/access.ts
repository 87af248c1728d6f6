import {
  MEMBER_PERMISSIONS,
  type OrganizationRole,
  PERMISSIONS,
  type Permission,
  type Reach,
  WORKSPACE_PERMISSIONS,
  type WorkspacePermission,
  type WorkspaceRole,
} from '../contract/common/permissions.ts'
import type { KeyCreation } from '../contract/management/workspace-settings.ts'

/** The permissions somebody has in one workspace, each with how far it reaches. */
export type Grants = ReadonlyMap<Permission, 'ws' | 'own'>

/** Everything an actor may, now. */
export interface Access {
  /** Whose `own` is meant; null for an actor that is nobody. */
  userId: string | null
  /** In force in every workspace and for the organization itself. */
  organization: ReadonlySet<Permission>
  workspaces: ReadonlyMap<string, Grants>
}

export interface Membership {
  workspaceId: string
  /** Null beside a custom role. */
  role: WorkspaceRole | null
  /** The permissions of a custom role, which then count in place of `role`. */
  customPermissions: readonly string[] | null
  /** False where this member may make no keys, whatever the role says. */
  mayCreateKeys?: boolean
  /** Who in the workspace may make keys at all; `everyone` when absent. */
  keyCreation?: KeyCreation
}

const KEY_CREATION = ['key:create', 'key:create-system'] as const

export const NO_ACCESS: Access = { userId: null, organization: new Set(), workspaces: new Map() }

/** A management key administers everything and infers nothing. */
export const MANAGEMENT_ACCESS: Access = {
  userId: null,
  organization: new Set(PERMISSIONS.filter((permission) => permission !== 'inference')),
  workspaces: new Map(),
}

/** What a key may at most that belongs to the organization itself. */
export const ORGANIZATION_ACCESS: Access = { userId: null, organization: new Set(PERMISSIONS), workspaces: new Map() }

/** What a person may: an administrator of the organization everything, anybody else what their memberships give. */
export function accessOfMember(member: {
  userId: string
  role: OrganizationRole
  memberships: readonly Membership[]
}): Access {
  const { userId, role, memberships } = member
  if (role === 'org:admin') return { userId, organization: new Set(PERMISSIONS), workspaces: new Map() }
  const workspaces = new Map(memberships.map((membership) => [membership.workspaceId, grantsOf(membership)]))
  return { userId, organization: new Set<Permission>(MEMBER_PERMISSIONS), workspaces }
}

/** The grants of one membership. A custom role never gives what an Admin of the workspace doesn't have. */
export function grantsOf(membership: Omit<Membership, 'workspaceId'>): Grants {
  const grants = new Map<Permission, 'ws' | 'own'>()
  for (const permission of Object.keys(WORKSPACE_PERMISSIONS) as WorkspacePermission[]) {
    const reach = reachOfRole(membership, permission)
    if (reach !== '-') grants.set(permission, reach)
  }
  if (!mayCreateKeys(membership)) for (const permission of KEY_CREATION) grants.delete(permission)
  return grants
}

/** As far as the role gives it at all. `developers` are Admins and Developers, so nobody with a role of the organization's own. */
function mayCreateKeys({
  mayCreateKeys: isSet,
  keyCreation = 'everyone',
  role,
}: Omit<Membership, 'workspaceId'>): boolean {
  if (isSet === false || keyCreation === 'nobody') return false
  if (keyCreation === 'admins') return role === 'admin'
  return keyCreation === 'everyone' || role === 'admin' || role === 'developer'
}

function reachOfRole(
  { role, customPermissions }: Omit<Membership, 'workspaceId'>,
  permission: WorkspacePermission,
): Reach {
  const columns = WORKSPACE_PERMISSIONS[permission]
  if (customPermissions !== null) return customPermissions.includes(permission) ? columns.admin : '-'
  return role === null ? '-' : columns[role]
}

/** What somebody with `grants` would have in the workspace that the actor has not, or not as far. */
export function grantsBeyond(access: Access, workspaceId: string, grants: Grants): Permission[] {
  return [...grants].flatMap(([permission, reach]) => {
    const own = reachIn(access, permission, workspaceId)
    return own === 'ws' || own === reach || permission === 'inference' ? [] : [permission]
  })
}

/** `access` cut down to some permissions, `*` for all, and to one workspace where one is given. */
export function narrowAccess(
  access: Access,
  permissions: readonly string[],
  workspaceId: string | null = null,
): Access {
  const isKept = (permission: Permission) => permissions.includes('*') || permissions.includes(permission)
  const keep = (grants: Iterable<readonly [Permission, 'ws' | 'own']>) =>
    new Map([...grants].filter(([permission]) => isKept(permission)))
  if (workspaceId === null) {
    const workspaces = new Map([...access.workspaces].map(([id, grants]) => [id, keep(grants)] as const))
    return { userId: access.userId, organization: new Set([...access.organization].filter(isKept)), workspaces }
  }
  const everywhere = [...access.organization]
    .filter((permission) => permission in WORKSPACE_PERMISSIONS)
    .map((permission) => [permission, 'ws'] as const)
  const inside = access.workspaces.get(workspaceId) ?? new Map<Permission, 'ws' | 'own'>()
  const workspaces = new Map([[workspaceId, keep([...inside, ...everywhere])]])
  return { userId: access.userId, organization: new Set(), workspaces }
}

/** How far a permission reaches in a workspace; undefined when the actor doesn't have it there. */
export function reachIn(access: Access, permission: Permission, workspaceId: string | null): 'ws' | 'own' | undefined {
  if (access.organization.has(permission)) return 'ws'
  return workspaceId === null ? undefined : access.workspaces.get(workspaceId)?.get(permission)
}

/** Whether the actor has the permission anywhere: what can be asked before it is known what a request names. */
export function hasAnywhere(access: Access, permission: Permission): boolean {
  if (access.organization.has(permission)) return true
  return [...access.workspaces.values()].some((grants) => grants.has(permission))
}

/** The workspaces in which the actor has the permission, for lists; `all` when everywhere. */
export function workspacesWith(access: Access, permission: Permission): 'all' | string[] {
  if (access.organization.has(permission)) return 'all'
  return [...access.workspaces].flatMap(([id, grants]) => (grants.has(permission) ? [id] : []))
}

/** The permission to see what another permission changes. */
export function readPermissionOf(permission: Permission): Permission {
  const resource = permission.split(':')[0] ?? ''
  const read = `${resource}:read` as Permission
  return PERMISSIONS.includes(read) ? read : 'workspace:read'
}
