import type { ColumnType, Generated } from 'kysely'
import type { Instant, NullableInstant, NullableJson } from './column-types.ts'

type Fixed<T> = ColumnType<T, T, never>

export interface AuditLogTable {
  organization_id: Fixed<string>
  sequence: Fixed<bigint>
  id: Fixed<string>
  created_at: ColumnType<number, string, never>
  actor_kind: Fixed<'session' | 'management_key' | 'key' | 'bootstrap' | 'system' | 'scim'>
  actor_id: Fixed<string | null>
  user_id: Fixed<string | null>
  surface: Fixed<string>
  ip: Fixed<string | null>
  user_agent: Fixed<string | null>
  request_id: Fixed<string | null>
  action: Fixed<string>
  resource_type: Fixed<string>
  resource_id: Fixed<string>
  workspace_id: Fixed<string | null>
  before: NullableJson<unknown>
  after: NullableJson<unknown>
  previous_hash: Fixed<string>
  hash: Fixed<string>
}

export interface OutboxTable {
  id: string
  organization_id: string
  workspace_id: string | null
  kind: string
  payload: string
  created_at: Instant
  attempts: Generated<number>
  next_attempt_at: Instant
  last_error: string | null
  done_at: NullableInstant
  dead_at: NullableInstant
}

export interface SealingKeyTable {
  organization_id: string
  wrapped_key: string
  previous_wrapped_key: Generated<string | null>
  created_at: Instant
  rewrapped_at: NullableInstant
}

export interface AuditTables {
  audit_log: AuditLogTable
  outbox: OutboxTable
  sealing_key: SealingKeyTable
}
