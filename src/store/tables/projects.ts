import type { Interval } from '../../domain/windows.ts'
import type { Instant, NullableInstant } from './column-types.ts'

export interface ProjectTable {
  id: string
  organization_id: string
  workspace_id: string
  slug: string
  name: string
  description: string | null
  lead_user_ids: string[]
  created_at: Instant
  created_by: string | null
  updated_at: NullableInstant
  deleted_at: NullableInstant
}

export interface ProjectBudgetTable {
  id: string
  organization_id: string
  workspace_id: string
  project_id: string
  interval: Interval
  limit_nano: bigint
  created_at: Instant
  updated_at: Instant
}

export interface ProjectTables {
  project: ProjectTable
  project_budget: ProjectBudgetTable
}
