import { sql } from 'kysely'
import type { CreditPool } from '../contract/management/workspace-funding.ts'
import { INTERVALS, type Interval } from '../domain/windows.ts'
import type { Budget, WorkspaceLimits } from '../gateway/snapshot/spend-limits.ts'
import type { Db } from './schema.ts'

interface BudgetJson {
  interval: Interval
  /** As text, because JSON has no integers of 64 bits. */
  limit: string
}

interface LimitsRow {
  id: string
  organization_id: string
  credit_pool: CreditPool
  reserved_nano: bigint
  require_project: boolean
  include_byok_in_budgets: boolean
  budgets: BudgetJson[]
  projects: { id: string; slug: string; budgets: BudgetJson[] }[]
  members: (BudgetJson & { user: string })[]
}

/** What limits the living workspaces and those in them; of one workspace, or of all. */
export async function loadWorkspaceLimits(db: Db, workspaceId?: string): Promise<WorkspaceLimits[]> {
  const { rows } = await sql<LimitsRow>`
    SELECT id, organization_id, credit_pool, reserved_nano, require_project, include_byok_in_budgets,
      coalesce((SELECT jsonb_agg(jsonb_build_object('interval', interval, 'limit', limit_nano::text))
        FROM workspace_budget WHERE workspace_id = workspace.id), '[]') AS budgets,
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', project.id, 'slug', project.slug, 'budgets', coalesce((
          SELECT jsonb_agg(jsonb_build_object('interval', interval, 'limit', limit_nano::text))
          FROM project_budget WHERE project_id = project.id), '[]')))
        FROM project WHERE workspace_id = workspace.id AND deleted_at IS NULL), '[]') AS projects,
      coalesce((SELECT jsonb_agg(jsonb_build_object('user', user_id, 'interval', coalesce(limit_reset, 'lifetime'),
          'limit', spending_limit_nano::text))
        FROM workspace_member WHERE workspace_id = workspace.id AND spending_limit_nano IS NOT NULL), '[]') AS members
    FROM workspace
    WHERE deleted_at IS NULL AND ${workspaceId === undefined ? sql`true` : sql`id = ${workspaceId}::uuid`}`.execute(db)
  return rows.map((row) => ({
    workspaceId: row.id,
    organizationId: row.organization_id,
    creditPool: row.credit_pool,
    reserved: row.reserved_nano,
    requiresProject: row.require_project,
    includesByok: row.include_byok_in_budgets,
    budgets: toBudgets(row.budgets),
    projects: row.projects.map(({ id, slug, budgets }) => ({ id, slug, budgets: toBudgets(budgets) })),
    members: new Map(row.members.map(({ user, ...budget }) => [user, toBudget(budget)])),
  }))
}

/** The broadest window first. */
function toBudgets(budgets: readonly BudgetJson[]): Budget[] {
  return budgets.map(toBudget).toSorted((a, b) => INTERVALS.indexOf(b.interval) - INTERVALS.indexOf(a.interval))
}

function toBudget({ interval, limit }: BudgetJson): Budget {
  return { interval, limit: BigInt(limit) }
}
