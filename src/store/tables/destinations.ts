import type { ColumnType } from 'kysely'
import type { DestinationType } from '../../contract/management/destination-types.ts'
import type { FilterRules } from '../../contract/management/destinations.ts'
import type { Instant, NullableInstant, NullableJson } from './column-types.ts'

export interface DestinationTable {
  id: string
  organization_id: string
  workspace_id: string
  type: DestinationType
  name: string
  enabled: boolean
  /** As on the wire, with masks where secrets are. */
  config: ColumnType<Record<string, unknown>, string, string>
  /** JSON of the secrets by name, sealed; null without any. */
  secrets: string | null
  privacy_mode: boolean
  sampling_rate: number
  api_key_hashes: string[] | null
  filter_rules: NullableJson<FilterRules>
  broadcast_generation_cost: boolean
  broadcast_generation_identity: boolean
  broadcast_generation_request_context: boolean
  regions: string[]
  created_at: Instant
  updated_at: Instant
  deleted_at: NullableInstant
}

export interface DestinationTables {
  observability_destination: DestinationTable
}
