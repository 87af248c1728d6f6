import type { Selectable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { INTERVALS, type Interval } from '../../domain/windows.ts'
import { newUuid } from '../../platform/ids.ts'
import { type Db, toIso } from '../schema.ts'
import type { WorkspaceBudgetTable } from '../tables/budgets.ts'

export type WorkspaceBudgetRow = Selectable<WorkspaceBudgetTable>

/** Shortest window first. */
export async function listWorkspaceBudgetRows(db: Db, workspaceId: string): Promise<WorkspaceBudgetRow[]> {
  const rows = await db.selectFrom('workspace_budget').selectAll().where('workspace_id', '=', workspaceId).execute()
  return rows.toSorted((a, b) => INTERVALS.indexOf(a.interval) - INTERVALS.indexOf(b.interval))
}

/** Throws `not_found`. */
export async function getWorkspaceBudgetRow(
  db: Db,
  workspaceId: string,
  interval: Interval,
): Promise<WorkspaceBudgetRow> {
  const row = (await listWorkspaceBudgetRows(db, workspaceId)).find((budget) => budget.interval === interval)
  if (!row) throw new AppError('not_found', `The workspace has no ${interval} budget`)
  return row
}

/** Keeps the id and the creation of one that is there. */
export async function upsertWorkspaceBudgetRow(
  db: Db,
  budget: { organizationId: string; workspaceId: string; interval: Interval; limit: bigint; now: number },
): Promise<WorkspaceBudgetRow> {
  const now = toIso(budget.now)
  return await db
    .insertInto('workspace_budget')
    .values({
      id: newUuid(),
      organization_id: budget.organizationId,
      workspace_id: budget.workspaceId,
      interval: budget.interval,
      limit_nano: budget.limit,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'interval']).doUpdateSet({ limit_nano: budget.limit, updated_at: now }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteWorkspaceBudgetRow(db: Db, workspaceId: string, interval: Interval): Promise<void> {
  await db
    .deleteFrom('workspace_budget')
    .where('workspace_id', '=', workspaceId)
    .where('interval', '=', interval)
    .execute()
}

export async function deleteBudgetsOfWorkspace(db: Db, workspaceId: string): Promise<void> {
  await db.deleteFrom('workspace_budget').where('workspace_id', '=', workspaceId).execute()
}
