import type { Generated } from 'kysely'
import type { DeliverTargetWire, KeyDeliveryWire } from '../../contract/management/key-delivery.ts'
import type { Instant, NullableInstant } from './column-types.ts'

export interface RetiredSecretTable {
  hash: string
  organization_id: string
  workspace_id: string | null
  key_id: bigint
  retired_at: Instant
  valid_until: Instant
  /** Of the secret that came after it, while that one's arrival ends this one. */
  delivery_id: string | null
}

export interface KeyDeliveryTable {
  id: string
  organization_id: string
  workspace_id: string | null
  key_id: bigint
  /** Of the secret that is delivered. */
  hash: string
  type: DeliverTargetWire['type']
  destination: string
  /** For how long the secret before is good after the delivery. */
  overlap_seconds: number
  status: Generated<KeyDeliveryWire['status']>
  created_at: Instant
  ended_at: NullableInstant
  /** Who named the target; null is the organization itself. */
  set_by: string | null
  /** Why it failed, where no attempt did. */
  failure: string | null
}

export interface KeyRotationTables {
  retired_secret: RetiredSecretTable
  key_delivery: KeyDeliveryTable
}
