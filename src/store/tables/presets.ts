import type { JSONColumnType } from 'kysely'
import type { PresetWire } from '../../contract/management/presets.ts'
import type { Instant, NullableInstant } from './column-types.ts'

export interface PresetTable {
  id: string
  organization_id: string
  workspace_id: string
  slug: string
  name: string
  description: string | null
  status: PresetWire['status']
  status_updated_at: NullableInstant
  designated_version_id: string | null
  /** null: the organization's. */
  creator_user_id: string | null
  created_at: Instant
  updated_at: Instant
  deleted_at: NullableInstant
}

export interface PresetVersionTable {
  id: string
  organization_id: string
  workspace_id: string
  preset_id: string
  version: number
  system_prompt: string | null
  config: JSONColumnType<Record<string, unknown>>
  creator_id: string
  created_at: Instant
  updated_at: Instant
}

export interface PresetTables {
  preset: PresetTable
  preset_version: PresetVersionTable
}
