import type { ColumnType, Generated } from 'kysely'
import type { AlertTargetWire } from '../../contract/management/alert-channels.ts'
import type { AlertCondition, AlertKind, AlertRecipient } from '../../contract/management/alert-conditions.ts'
import type { AlertWire } from '../../contract/management/alerts.ts'
import type { Instant, NullableInstant } from './column-types.ts'

type Json<T> = ColumnType<T, string, string>

export interface AlertChannelTable {
  id: string
  organization_id: string
  /** Null: of the organization itself. */
  workspace_id: string | null
  user_id: string | null
  type: AlertTargetWire['type']
  name: string
  enabled: boolean
  destination: string
  /** JSON of `AlertTarget`; null once the row is deleted. */
  sealed_target: string | null
  failures: Generated<number>
  failing_since: NullableInstant
  last_error: string | null
  last_delivered_at: NullableInstant
  disabled_reason: string | null
  created_at: Instant
  created_by: string | null
  updated_at: Instant
  deleted_at: NullableInstant
}

export interface AlertRuleTable {
  id: string
  organization_id: string
  /** Null: of the whole organization. */
  workspace_id: string | null
  /** Null: it watches what is anybody's. */
  user_id: string | null
  name: string
  enabled: boolean
  condition: Json<AlertCondition>
  recipients: AlertRecipient[]
  channel_ids: string[]
  created_at: Instant
  created_by: string | null
  updated_at: Instant
  deleted_at: NullableInstant
}

export interface AlertTable {
  id: string
  organization_id: string
  workspace_id: string | null
  user_id: string | null
  rule_id: string
  kind: AlertKind
  subject_kind: AlertWire['subject']['kind']
  subject_id: string
  subject_name: string
  occurrence: string
  message: string
  details: Json<AlertWire['details']>
  created_at: Instant
  resolved_at: NullableInstant
  acknowledged_at: NullableInstant
  acknowledged_by: string | null
}

export interface KeyNetworkTable {
  organization_id: string
  workspace_id: string
  key_id: bigint
  kind: 'network' | 'country'
  place: string
  /** The first address, until it is forgotten. */
  ip: string | null
  first_seen_at: Instant
  last_seen_at: Instant
}

export interface AlertTables {
  alert_channel: AlertChannelTable
  alert_rule: AlertRuleTable
  alert: AlertTable
  key_network: KeyNetworkTable
}
