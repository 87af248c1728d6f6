import type { Interval } from '../../domain/windows.ts'
import type { Instant } from './column-types.ts'

export interface WorkspaceBudgetTable {
  id: string
  organization_id: string
  workspace_id: string
  interval: Interval
  limit_nano: bigint
  created_at: Instant
  updated_at: Instant
}

export interface BudgetTables {
  workspace_budget: WorkspaceBudgetTable
}
