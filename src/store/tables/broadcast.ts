import type { Generated, GeneratedAlways } from 'kysely'
import type { RequestTrace } from '../../contract/inference/request-trace.ts'
import type { Instant, NullableInstant, NullableJson } from './column-types.ts'

export interface BroadcastDeliveryTable {
  destination_id: string
  generation_id: string
  organization_id: string
  workspace_id: string
  started_at: Instant
  ended_at: Instant
  awaits_content: boolean
  /** As the request gave it; null where it gave none. */
  trace: NullableJson<RequestTrace>
  dead_at: NullableInstant
  dead_reason: string | null
}

export interface BroadcastContentTable {
  generation_id: string
  organization_id: string
  workspace_id: string
  /** `GenerationContentWire` as JSON, sealed; null where it may not be kept. */
  content: string | null
  created_at: Instant
}

export interface BroadcastStateTable {
  destination_id: string
  organization_id: string
  workspace_id: string
  delivered: Generated<bigint>
  dropped: Generated<bigint>
  last_delivered_at: NullableInstant
  failing_since: NullableInstant
  last_error: string | null
  attempts: Generated<number>
  /** Null: at once. */
  next_attempt_at: NullableInstant
  lease_id: string | null
  leased_until: NullableInstant
}

/** Changes of how many wait and are dead; the sum is how many there are. */
export interface BroadcastCountTable {
  id: GeneratedAlways<bigint>
  destination_id: string
  organization_id: string
  workspace_id: string
  waiting: number
  dead: number
}

export interface BroadcastTables {
  broadcast_count: BroadcastCountTable
  broadcast_delivery: BroadcastDeliveryTable
  broadcast_content: BroadcastContentTable
  broadcast_state: BroadcastStateTable
}
