import type { Generated } from 'kysely'
import type { Instant, NullableInstant } from './column-types.ts'

export interface AuthCodeTable {
  code_hash: string
  organization_id: string
  workspace_id: string
  creator_user_id: string | null
  callback_url: string
  code_challenge: string | null
  code_challenge_method: 'S256' | 'plain' | null
  key_label: string
  limit_nano: bigint | null
  limit_reset: 'daily' | 'weekly' | 'monthly' | null
  key_expires_at: NullableInstant
  key_type: Generated<'standard' | 'scoped'>
  /** Null: what the type gives. */
  key_permissions: string[] | null
  /** SHA-256 of the id of the client it was made for; null for one that says no id. */
  client_hash: string | null
  created_at: Instant
  expires_at: Instant
  used_at: NullableInstant
}

export interface AuthCodeTables {
  auth_code: AuthCodeTable
}
