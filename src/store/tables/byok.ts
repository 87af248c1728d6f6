import type { Generated } from 'kysely'
import type { Instant, NullableInstant } from './column-types.ts'

export interface ByokKeyTable {
  id: string
  organization_id: string
  /** null: for every workspace. */
  workspace_id: string | null
  provider: string
  name: string | null
  label: string
  /** null: where the provider itself is. */
  base_url: string | null
  /** Sealed; null once the row is deleted. */
  sealed_key: string | null
  disabled: Generated<boolean>
  is_fallback: Generated<boolean>
  is_required: Generated<boolean>
  is_byok_only: Generated<boolean>
  declared_zdr: boolean | null
  sort_order: number
  allowed_models: string[] | null
  allowed_user_ids: string[] | null
  allowed_key_ids: bigint[] | null
  created_at: Instant
  created_by: string | null
  updated_at: NullableInstant
  deleted_at: NullableInstant
}

export interface ByokTables {
  byok_key: ByokKeyTable
}
