import type { WorkspaceRole } from '../contract/common/permissions.ts'

/** What group mappings can give somebody in a workspace. */
export type DirectoryRole = 'admin' | 'developer'

export interface GivenRole {
  workspace_role: WorkspaceRole | null
  custom_role_id: string | null
}

/** How somebody stands in a workspace: the role in force, what of it the directory grants, and what was given by hand before. */
export interface Standing {
  role: GivenRole
  granted: DirectoryRole | null
  own: GivenRole | null
}

const RANKS: Readonly<Record<WorkspaceRole, number>> = { admin: 3, developer: 2, viewer: 1, billing_manager: 1 }
const CUSTOM_RANK = 2

export function highestRole(roles: readonly DirectoryRole[]): DirectoryRole | undefined {
  if (roles.includes('admin')) return 'admin'
  return roles[0]
}

/** The standing once the directory grants `grant`, or nothing. Between what was given by hand and what is granted the higher
 *  role counts. `keep` makes what the directory had granted something given by hand. */
export function standingAfter(
  current: Standing | undefined,
  grant: DirectoryRole | undefined,
  keep: boolean,
): Standing | undefined {
  if (grant === undefined) {
    if (current === undefined || current.granted === null) return current
    if (keep) return { role: current.role, granted: null, own: null }
    return current.own === null ? undefined : { role: current.own, granted: null, own: null }
  }
  const own = current === undefined || current.granted !== null ? (current?.own ?? null) : current.role
  const isOwnHigher = own !== null && rankOf(own) >= RANKS[grant]
  return { role: isOwnHigher ? own : { workspace_role: grant, custom_role_id: null }, granted: grant, own }
}

export function isSameStanding(one: Standing | undefined, other: Standing | undefined): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
}

function rankOf({ workspace_role }: GivenRole): number {
  return workspace_role === null ? CUSTOM_RANK : RANKS[workspace_role]
}
