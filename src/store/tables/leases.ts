import type { Generated } from 'kysely'
import type { LeaseRow } from '../../domain/lease-authority.ts'
import type { ScopeKind, SpendKind } from '../../domain/spend-scopes.ts'
import type { Interval } from '../../domain/windows.ts'
import type { DateText, Instant } from './column-types.ts'

export interface ReplicaTable {
  id: string
  generation: number
  process: string
  journal: string
  seen_at: Instant
}

export interface LeaseTable {
  id: string
  organization_id: string
  scope_kind: Exclude<ScopeKind, 'organization'>
  scope_id: string
  kind: SpendKind
  interval: Interval
  window_start: DateText
  replica_id: string
  generation: number
  journal: string
  granted_nano: bigint
  charged_nano: Generated<bigint>
  state: LeaseRow['state']
  changed_at: Instant
}

export interface LeaseTables {
  replica: ReplicaTable
  lease: LeaseTable
}
