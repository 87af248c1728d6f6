import { type Selectable, sql } from 'kysely'
import { INTERVALS, type Interval, windowStart } from '../../domain/windows.ts'
import { newUuid } from '../../platform/ids.ts'
import { type Db, toIso } from '../schema.ts'
import type { ProjectBudgetTable } from '../tables/projects.ts'
import type { ProjectRow } from './projects.ts'

export type ProjectBudgetRow = Selectable<ProjectBudgetTable>

/** Shortest window first. */
export async function listProjectBudgetRows(db: Db, projectId: string): Promise<ProjectBudgetRow[]> {
  const rows = await db.selectFrom('project_budget').selectAll().where('project_id', '=', projectId).execute()
  return rows.toSorted((a, b) => INTERVALS.indexOf(a.interval) - INTERVALS.indexOf(b.interval))
}

/** Keeps the id and the creation of one that is there. */
export async function upsertProjectBudgetRow(
  db: Db,
  project: ProjectRow,
  budget: { interval: Interval; limit: bigint; now: number },
): Promise<ProjectBudgetRow> {
  const now = toIso(budget.now)
  return await db
    .insertInto('project_budget')
    .values({
      id: newUuid(),
      organization_id: project.organization_id,
      workspace_id: project.workspace_id,
      project_id: project.id,
      interval: budget.interval,
      limit_nano: budget.limit,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'interval']).doUpdateSet({ limit_nano: budget.limit, updated_at: now }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteProjectBudgetRows(db: Db, projectId: string, interval?: Interval): Promise<void> {
  let query = db.deleteFrom('project_budget').where('project_id', '=', projectId)
  if (interval !== undefined) query = query.where('interval', '=', interval)
  await query.execute()
}

const BIGINT_MAX = 2n ** 63n - 1n

/** What the other projects of the workspace may spend in an interval, together; at most what fits in the database. */
export async function sumOtherProjectBudgets(db: Db, project: ProjectRow, interval: Interval): Promise<bigint> {
  const { total } = await db
    .selectFrom('project_budget')
    .select(sql<bigint>`least(coalesce(sum(limit_nano), 0), ${BIGINT_MAX})::bigint`.as('total'))
    .where('workspace_id', '=', project.workspace_id)
    .where('interval', '=', interval)
    .where('project_id', '<>', project.id)
    .executeTakeFirstOrThrow()
  return total
}

/** What a project was charged in each window that contains `now`; BYOK spend only where it is asked for. */
export async function loadProjectSpend(
  db: Db,
  project: ProjectRow,
  options: { now: number; includeByok: boolean },
): Promise<Map<Interval, bigint>> {
  const starts = INTERVALS.map((interval) => [interval, windowStart(interval, options.now)] as const)
  const rows = await db
    .selectFrom('activity')
    .select('date')
    .select(({ cast, fn }) => [
      cast<bigint>(fn.sum('usage_nano'), 'bigint').as('credit'),
      cast<bigint>(fn.sum('byok_usage_nano'), 'bigint').as('byok'),
    ])
    .where('workspace_id', '=', project.workspace_id)
    .where('project_id', '=', project.id)
    .groupBy('date')
    .execute()
  return new Map(
    starts.map(([interval, start]) => {
      const days = rows.filter(({ date }) => date >= start)
      return [interval, days.reduce((sum, { credit, byok }) => sum + credit + (options.includeByok ? byok : 0n), 0n)]
    }),
  )
}
