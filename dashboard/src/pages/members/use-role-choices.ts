import { WORKSPACE_ROLES, type WorkspaceRole } from '../../../../src/contract/common/permissions.ts'
import { CUSTOM_ROLE_OPERATIONS } from '../../../../src/contract/management/custom-roles.ts'
import type { WorkspaceMemberWire } from '../../../../src/contract/management/workspaces.ts'
import { useReach } from '../../access/session.tsx'
import { useOperation } from '../../api/use-operation.ts'
import type { Choice } from '../../components/field.tsx'
import { roleTitle } from './roles.ts'

/** The four roles, and the organization's own for those who may see them. */
export function useRoleChoices(): readonly Choice[] {
  const mayRead = useReach('custom-role:read') !== undefined
  const own = useOperation(CUSTOM_ROLE_OPERATIONS.listCustomRoles, { limit: 100 }, { enabled: mayRead })
  return [
    ...WORKSPACE_ROLES.map((role) => ({ value: role as string, label: roleTitle(role) })),
    ...(own.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ]
}

/** The choice that a member has. */
export function roleValue({ workspace_role, custom_role_id }: WorkspaceMemberWire): string {
  return workspace_role ?? custom_role_id ?? ''
}

/** What a change to the choice sends. */
export function roleFields(value: string): { workspace_role: WorkspaceRole } | { custom_role_id: string } {
  const role = WORKSPACE_ROLES.find((known) => known === value)
  return role === undefined ? { custom_role_id: value } : { workspace_role: role }
}
