import type { SecurityEventKind } from '../../gateway/ports.ts'
import type { Instant } from './column-types.ts'

export interface SecurityEventTable {
  organization_id: string
  workspace_id: string | null
  key_id: bigint
  kind: SecurityEventKind
  network: string
  minute: Instant
  ip: string | null
  origin: string | null
  count: bigint
}

export interface SecurityEventTables {
  security_event: SecurityEventTable
}
