import type { Insertable, Selectable, Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { ProjectTable } from '../tables/projects.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type ProjectRow = Selectable<ProjectTable>

/** Throws `not_found`, also for a deleted one. */
export async function getLiveProject(db: Db, workspaceId: string, slug: string): Promise<ProjectRow> {
  const row = await findLiveProject(db, workspaceId, slug)
  if (!row) throw new AppError('not_found', 'Project not found', { slug })
  return row
}

/** Whether the workspace has a project with this id that isn't deleted. */
export async function isLiveProject(db: Db, workspaceId: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('project')
    .select('id')
    .where('id', '=', id)
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Oldest first. */
export async function listProjectRows(db: Db, workspaceId: string, page: OffsetPage): Promise<CountedRows<ProjectRow>> {
  const live = db.selectFrom('project').where('workspace_id', '=', workspaceId).where('deleted_at', 'is', null)
  return await readOffsetPage(live, live.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `invalid_request` when the slug is taken in the workspace. */
export async function insertProject(db: Db, row: Insertable<ProjectTable>): Promise<ProjectRow> {
  if (await findLiveProject(db, row.workspace_id, row.slug)) {
    throw new AppError('invalid_request', `slug: the slug "${row.slug}" is already in use in this workspace`)
  }
  return await db.insertInto('project').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateProjectRow(db: Db, id: string, changes: Updateable<ProjectTable>): Promise<ProjectRow> {
  return await db.updateTable('project').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Of a workspace that goes. */
export async function deleteProjectsOfWorkspace(db: Db, workspaceId: string, deletedAt: string): Promise<void> {
  await db.deleteFrom('project_budget').where('workspace_id', '=', workspaceId).execute()
  await db
    .updateTable('project')
    .set({ deleted_at: deletedAt })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .execute()
}

async function findLiveProject(db: Db, workspaceId: string, slug: string): Promise<ProjectRow | undefined> {
  return await db
    .selectFrom('project')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('slug', '=', slug)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}
