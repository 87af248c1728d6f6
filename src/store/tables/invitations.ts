import type { OrganizationRole, WorkspaceRole } from '../../contract/common/permissions.ts'
import type { Instant, NullableInstant } from './column-types.ts'

export interface InvitationTable {
  id: string
  organization_id: string
  email: string
  role: OrganizationRole
  /** How many workspaces it names, seen or not. */
  workspace_count: number
  token_hash: string
  created_at: Instant
  created_by: string | null
  sent_at: Instant
  expires_at: Instant
  accepted_at: NullableInstant
  accepted_by: string | null
  revoked_at: NullableInstant
}

export interface InvitationWorkspaceTable {
  invitation_id: string
  organization_id: string
  workspace_id: string
  workspace_role: WorkspaceRole | null
  custom_role_id: string | null
}

export interface InvitationTables {
  invitation: InvitationTable
  invitation_workspace: InvitationWorkspaceTable
}
