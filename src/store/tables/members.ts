import type { ColumnType, Generated } from 'kysely'
import type { WorkspaceRole } from '../../contract/common/permissions.ts'
import type { Instant, NullableInstant, NullableJson } from './column-types.ts'

type LimitReset = 'daily' | 'weekly' | 'monthly'

export interface WorkspaceMemberTable {
  id: string
  workspace_id: string
  user_id: string
  /** Null for a member with a custom role. */
  workspace_role: WorkspaceRole | null
  custom_role_id: string | null
  spending_limit_nano: bigint | null
  limit_reset: LimitReset | null
  key_creation: Generated<boolean>
  key_rate_limit_rpm: number | null
  /** What the organization's directory grants at the moment. */
  scim_role: ColumnType<'admin' | 'developer' | null, 'admin' | 'developer' | null | undefined>
  /** While the directory grants something: what was given by hand before. */
  own_role: NullableJson<Pick<WorkspaceMemberTable, 'workspace_role' | 'custom_role_id'>>
  created_at: Instant
}

export interface CustomRoleTable {
  id: string
  organization_id: string
  name: string
  description: string | null
  permissions: string[]
  created_at: Instant
  created_by: string | null
  updated_at: NullableInstant
}

export interface RoleTemplateTable {
  organization_id: string
  /** One of the four roles of a workspace, or the id of a custom role. */
  role: string
  key_creation: Generated<boolean>
  spending_limit_nano: bigint | null
  limit_reset: LimitReset | null
  key_rate_limit_rpm: number | null
  guardrail_id: string | null
  created_at: Instant
  updated_at: Instant
}

export interface MemberTables {
  workspace_member: WorkspaceMemberTable
  custom_role: CustomRoleTable
  role_template: RoleTemplateTable
}
