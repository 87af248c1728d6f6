import { sql } from 'kysely'
import type { SpendByDay } from '../../domain/budget-forecast.ts'
import { INTERVALS, type Interval, toDate } from '../../domain/windows.ts'
import type { Db } from '../schema.ts'
import type { CountedRows, OffsetPage } from './offset-page.ts'

const DAY_MS = 86_400_000

/** A budget of a workspace (`project_id` null) or of one of its projects. */
export interface AnyBudgetRow {
  id: string
  project_id: string | null
  interval: Interval
  limit_nano: bigint
}

/** Those of the workspace first, then of each project, the oldest first; of each the shortest window first. */
export async function listAnyBudgetRows(
  db: Db,
  workspaceId: string,
  page: OffsetPage,
): Promise<CountedRows<AnyBudgetRow>> {
  const budgets = sql`(
      SELECT id, NULL::uuid AS project_id, NULL::timestamptz AS since, interval, limit_nano
      FROM workspace_budget WHERE workspace_id = ${workspaceId}
      UNION ALL
      SELECT budget.id, project.id, project.created_at, interval, limit_nano
      FROM project_budget AS budget JOIN project ON project.id = project_id
      WHERE budget.workspace_id = ${workspaceId} AND project.deleted_at IS NULL
    ) AS budget`
  const { rows } = await sql<AnyBudgetRow>`
    SELECT id, project_id, interval, limit_nano FROM ${budgets}
    ORDER BY since NULLS FIRST, project_id, array_position(${[...INTERVALS]}::text[], interval)
    OFFSET ${page.offset} LIMIT ${page.limit}`.execute(db)
  const counted = await sql<{ total: bigint }>`SELECT count(*) AS total FROM ${budgets}`.execute(db)
  return { rows, total: Number(counted.rows[0]?.total ?? 0n) }
}

export interface SpendWanted {
  organizationId: string
  workspaceId: string
  /** The first day, since 1970-01-01. */
  fromDay: number
  /** Whether what ran on the customer's own credentials counts. */
  includeByok: boolean
}

/** What the workspace was charged on each day, from what was added up by day. */
export async function loadDailySpendOfWorkspace(db: Db, wanted: SpendWanted): Promise<SpendByDay> {
  const { rows } = await sql<DayRow>`
    SELECT date, ${spentOf(wanted)} AS spent
    FROM activity_by_workspace
    WHERE organization_id = ${wanted.organizationId} AND workspace_id = ${wanted.workspaceId} AND date >= ${firstDate(wanted)}::date
    GROUP BY date`.execute(db)
  return toSpendByDay(rows)
}

/** The same of projects in the workspace; one without spend is missing. */
export async function loadDailySpendOfProjects(
  db: Db,
  projectIds: readonly string[],
  wanted: SpendWanted,
): Promise<Map<string, SpendByDay>> {
  if (projectIds.length === 0) return new Map()
  const { rows } = await sql<DayRow & { scope: string }>`
    SELECT project_id AS scope, date, ${spentOf(wanted)} AS spent
    FROM activity
    WHERE organization_id = ${wanted.organizationId} AND workspace_id = ${wanted.workspaceId}
      AND project_id <> '' AND project_id = ANY (${[...projectIds]}::text[]) AND date >= ${firstDate(wanted)}::date
    GROUP BY project_id, date`.execute(db)
  const byProject = Map.groupBy(rows, ({ scope }) => scope)
  return new Map([...byProject].map(([projectId, days]) => [projectId, toSpendByDay(days)]))
}

interface DayRow {
  date: string
  spent: bigint
}

function spentOf({ includeByok }: SpendWanted) {
  return includeByok ? sql`sum(usage_nano + byok_usage_nano)::bigint` : sql`sum(usage_nano)::bigint`
}

function firstDate({ fromDay }: SpendWanted): string {
  return toDate(fromDay * DAY_MS)
}

function toSpendByDay(rows: readonly DayRow[]): SpendByDay {
  return new Map(rows.map(({ date, spent }) => [Date.parse(date) / DAY_MS, spent]))
}
