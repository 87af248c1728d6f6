import type { Instant } from './column-types.ts'

/** What a directory service signs in with. */
export interface ScimTokenTable {
  id: string
  organization_id: string
  name: string
  label: string
  token_hash: string
  created_at: Instant
  created_by: string | null
}

export interface ScimUserTable {
  id: string
  organization_id: string
  user_id: string
  user_name: string
  external_id: string | null
  email: string
  given_name: string | null
  family_name: string | null
  display_name: string | null
  active: boolean
  organization_role: 'org:admin' | 'org:member'
  created_at: Instant
  updated_at: Instant
}

export interface ScimGroupTable {
  id: string
  organization_id: string
  display_name: string
  external_id: string | null
  created_at: Instant
  updated_at: Instant
}

export interface ScimGroupMemberTable {
  organization_id: string
  scim_group_id: string
  scim_user_id: string
}

export interface ScimGroupMappingTable {
  id: string
  organization_id: string
  scim_group_id: string
  workspace_id: string
  role: 'admin' | 'member'
  created_at: Instant
  updated_at: Instant
}

export interface ScimSyncJobTable {
  id: string
  organization_id: string
  synced_groups: number
  created_at: Instant
}

export interface ScimTables {
  scim_token: ScimTokenTable
  scim_user: ScimUserTable
  scim_group: ScimGroupTable
  scim_group_member: ScimGroupMemberTable
  scim_group_mapping: ScimGroupMappingTable
  scim_sync_job: ScimSyncJobTable
}
