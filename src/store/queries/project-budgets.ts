import { type Selectable, sql } from 'kysely'
import { INTERVALS, type Interval } from '../../domain/windows.ts'
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
