import {
  type CappedRole,
  ROLE_CAPS_DEFAULT,
  type RoleCaps,
  type WorkspaceRole,
} from '../contract/common/permissions.ts'

/** The roles that only so many members of a workspace may have. */
export const CAPPED_ROLES = Object.keys(ROLE_CAPS_DEFAULT) as CappedRole[]

/** A member of a workspace, as far as caps are concerned. */
export interface RoleHolder {
  userId: string
  /** Null for a custom role, which no cap is on. */
  role: WorkspaceRole | null
  /** Administrators of the organization are Admins everywhere anyway and never count. */
  isOrganizationAdmin: boolean
}

export interface ExceededCap {
  role: CappedRole
  cap: number
  /** How many there would be. */
  count: number
}

/** The first cap that a change from `before` to `after` would go over. What is over a cap already may stay or become fewer. */
export function exceededCap(
  caps: RoleCaps,
  before: readonly RoleHolder[],
  after: readonly RoleHolder[],
): ExceededCap | undefined {
  return CAPPED_ROLES.map((role) => ({
    role,
    cap: caps[role],
    count: countOf(role, after),
  })).find(({ role, cap, count }) => count > cap && count > countOf(role, before))
}

/** `before` with some members changed or added. */
export function withHolders(before: readonly RoleHolder[], changed: readonly RoleHolder[]): RoleHolder[] {
  const ids = new Set(changed.map(({ userId }) => userId))
  return [...before.filter(({ userId }) => !ids.has(userId)), ...changed]
}

function countOf(role: WorkspaceRole, holders: readonly RoleHolder[]): number {
  return holders.filter((holder) => holder.role === role && !holder.isOrganizationAdmin).length
}
