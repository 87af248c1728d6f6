import type { OrganizationRole, RoleCaps, WorkspaceRole } from '../../contract/common/permissions.ts'
import { type Grants, grantsBeyond, grantsOf } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { exceededCap, type RoleHolder, withHolders } from '../../domain/role-caps.ts'
import { findCustomRole, findCustomRoles, findRoleTemplate } from '../../store/queries/custom-roles.ts'
import { listRoleHolders } from '../../store/queries/member-changes.ts'
import type { MemberTerms, WorkspaceMemberRow } from '../../store/queries/members.ts'
import { type ControlContext, organizationOf } from '../context.ts'

/** One of the four roles or a custom one, and what it gives. */
export type RoleChoice = { grants: Grants } & (
  | { workspace_role: WorkspaceRole; custom_role_id: null }
  | { workspace_role: null; custom_role_id: string }
)

export function builtInRole(role: WorkspaceRole): RoleChoice {
  return { workspace_role: role, custom_role_id: null, grants: grantsOf({ role, customPermissions: null }) }
}

/** What adding somebody without a word about their role in the workspace gives. */
export function roleBySeat(role: OrganizationRole): RoleChoice {
  return builtInRole(role === 'org:admin' ? 'admin' : 'developer')
}

/** The role that a caller names; undefined when they name none. 400 for two at once or one that doesn't exist. */
export async function findRoleChoice(
  context: Pick<ControlContext, 'tx'>,
  organizationId: string,
  named: { workspace_role?: WorkspaceRole | undefined; custom_role_id?: string | undefined },
): Promise<RoleChoice | undefined> {
  const { workspace_role, custom_role_id } = named
  if (custom_role_id === undefined) return workspace_role === undefined ? undefined : builtInRole(workspace_role)
  if (workspace_role !== undefined)
    throw new AppError('invalid_request', 'custom_role_id: cannot be given together with workspace_role')
  const role = await findCustomRole(context.tx, organizationId, custom_role_id)
  if (!role) throw new AppError('invalid_request', `custom_role_id: there is no custom role ${custom_role_id}`)
  const grants = grantsOf({ role: null, customPermissions: role.permissions })
  return { workspace_role: null, custom_role_id: role.id, grants }
}

/** The roles that members have. */
export async function rolesOfMembers(
  context: ControlContext,
  members: readonly WorkspaceMemberRow[],
): Promise<RoleChoice[]> {
  const ids = members.flatMap(({ custom_role_id }) => custom_role_id ?? [])
  const customRoles = await findCustomRoles(context.tx, organizationOf(context), ids)
  const permissions = new Map(customRoles.map((role) => [role.id, role.permissions]))
  return members.map(({ workspace_role, custom_role_id }) => {
    if (custom_role_id === null) return builtInRole(workspace_role ?? 'viewer')
    const customPermissions = permissions.get(custom_role_id) ?? []
    return { workspace_role: null, custom_role_id, grants: grantsOf({ role: null, customPermissions }) }
  })
}

/** Nobody hands out, or takes away, a role that has more in it than they have themselves. */
export function requireWithinOwn(context: ControlContext, workspaceId: string, roles: readonly RoleChoice[]): void {
  for (const { grants } of roles) {
    const [permission] = grantsBeyond(context.access, workspaceId, grants)
    if (permission === undefined) continue
    const message = `This role includes ${permission}, which you do not have yourself`
    throw new AppError('forbidden', message, {}, { metadata: { permission } })
  }
}

/** 400 naming cap and count when the change would give a workspace more Admins or Billing Managers than it may have. */
export async function requireRoleCaps(
  context: Pick<ControlContext, 'tx' | 'roleCaps'>,
  organizationId: string,
  workspace: { id: string; name: string },
  changed: readonly RoleHolder[],
): Promise<void> {
  const before = (await listRoleHolders(context.tx, organizationId, [workspace.id])).get(workspace.id) ?? []
  requireBelowCap(context.roleCaps, workspace.name, before, withHolders(before, changed))
}

export function requireBelowCap(
  caps: RoleCaps,
  workspaceName: string,
  before: RoleHolder[],
  after: RoleHolder[],
): void {
  const exceeded = exceededCap(caps, before, after)
  if (exceeded === undefined) return
  const { role, cap, count } = exceeded
  throw new AppError(
    'invalid_request',
    `workspace_role: at most ${cap} members of a workspace may be ${role}; in "${workspaceName}" there would be ${count}`,
    {},
    { metadata: { role, cap, count } },
  )
}

/** A role with what its template says comes with it. */
export async function termsOfRole(
  context: Pick<ControlContext, 'tx'>,
  organizationId: string,
  { workspace_role, custom_role_id }: RoleChoice,
): Promise<MemberTerms> {
  const template = await findRoleTemplate(context.tx, organizationId, custom_role_id ?? workspace_role)
  return {
    workspace_role,
    custom_role_id,
    spending_limit_nano: template?.spending_limit_nano ?? null,
    limit_reset: template?.limit_reset ?? null,
    key_creation: template?.key_creation ?? true,
    key_rate_limit_rpm: template?.key_rate_limit_rpm ?? null,
  }
}
