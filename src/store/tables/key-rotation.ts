import type { Instant } from './column-types.ts'

export interface RetiredSecretTable {
  hash: string
  organization_id: string
  workspace_id: string | null
  key_id: bigint
  retired_at: Instant
  valid_until: Instant
}

export interface KeyRotationTables {
  retired_secret: RetiredSecretTable
}
