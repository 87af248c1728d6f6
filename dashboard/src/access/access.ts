import { PERMISSIONS, type Permission, WORKSPACE_PERMISSIONS } from '../../../src/contract/common/permissions.ts'

/** How far a permission reaches in one workspace: everything in it, or what is the member's own. */
export type Reach = 'ws' | 'own'

/** What whoever looks at the dashboard may. The server decides; this only spares people what it would refuse. */
export interface Access {
  /** In force for the organization and in each workspace. */
  organization: ReadonlySet<string>
  /** By id of the workspace. */
  workspaces: ReadonlyMap<string, ReadonlyMap<string, Reach>>
}

/** Of a management key: it administers everything and calls no model. */
export const MANAGEMENT_ACCESS: Access = {
  organization: new Set(PERMISSIONS.filter((permission) => permission !== 'inference')),
  workspaces: new Map(),
}

export function toAccess(permissions: {
  organization: readonly string[]
  workspaces: Readonly<Record<string, Readonly<Record<string, Reach>>>>
}): Access {
  return {
    organization: new Set(permissions.organization),
    workspaces: new Map(
      Object.entries(permissions.workspaces).map(([id, grants]) => [id, new Map(Object.entries(grants))]),
    ),
  }
}

/** How far it reaches there; undefined for not at all. Without a workspace: for the organization as a whole. */
export function reachOf(access: Access, permission: Permission, workspaceId?: string): Reach | undefined {
  if (access.organization.has(permission)) return 'ws'
  return workspaceId === undefined ? undefined : access.workspaces.get(workspaceId)?.get(permission)
}

/** Whether it is held for the organization or in some workspace. */
export function isHeldAnywhere(access: Access, permission: Permission): boolean {
  if (access.organization.has(permission)) return true
  return [...access.workspaces.values()].some((grants) => grants.has(permission))
}

/** Who could give it, in words. */
export function grantersOf(permission: Permission): string {
  const isOfWorkspace = Object.hasOwn(WORKSPACE_PERMISSIONS, permission)
  return isOfWorkspace ? 'an Admin of this workspace' : 'an administrator of the organization'
}
