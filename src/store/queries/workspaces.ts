import type { Insertable, Selectable, Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { isUuid } from '../../platform/ids.ts'
import type { Db, WorkspaceTable } from '../schema.ts'
import { type CountedRows, readOffsetPage } from './offset-page.ts'

/** An id that no row has. */
const NO_ID = '00000000-0000-0000-0000-000000000000'

export type WorkspaceRow = Selectable<WorkspaceTable>

/** `ref` is an id or a slug. Throws `not_found`, also for a workspace of another organization or a deleted one. */
export async function getLiveWorkspace(db: Db, organizationId: string, ref: string): Promise<WorkspaceRow> {
  const row = await db
    .selectFrom('workspace')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where(isUuid(ref) ? 'id' : 'slug', '=', isUuid(ref) ? ref.toLowerCase() : ref)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Workspace not found', { ref })
  return row
}

/** Those of the ids that are living workspaces of the organization. */
export async function findLiveWorkspaces(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<WorkspaceRow[]> {
  if (ids.length === 0) return []
  return await db
    .selectFrom('workspace')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where('id', 'in', [...ids])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** The Default workspace. Throws `invalid_request` when it was deleted: then the caller must name one. */
export async function getDefaultWorkspace(db: Db, organizationId: string): Promise<WorkspaceRow> {
  const row = await db
    .selectFrom('workspace')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('is_default', '=', true)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new AppError('invalid_request', 'workspace_id: required, because the default workspace was deleted')
  return row
}

export async function listWorkspaceRows(
  db: Db,
  organizationId: string,
  page: { offset: number; limit: number; visible: 'all' | readonly string[] },
): Promise<CountedRows<WorkspaceRow>> {
  let live = db.selectFrom('workspace').where('organization_id', '=', organizationId).where('deleted_at', 'is', null)
  if (page.visible !== 'all') live = live.where('id', 'in', page.visible.length > 0 ? [...page.visible] : [NO_ID])
  return await readOffsetPage(live, live.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `invalid_request` when the slug is taken. */
export async function insertWorkspace(db: Db, row: Insertable<WorkspaceTable>): Promise<WorkspaceRow> {
  await requireFreeSlug(db, row.organization_id, row.slug)
  return await db.insertInto('workspace').values(row).returningAll().executeTakeFirstOrThrow()
}

/** Throws `invalid_request` when the new slug is taken. */
export async function updateWorkspaceRow(
  db: Db,
  current: WorkspaceRow,
  changes: Updateable<WorkspaceTable>,
): Promise<WorkspaceRow> {
  if (changes.slug !== undefined && changes.slug !== current.slug) {
    await requireFreeSlug(db, current.organization_id, changes.slug)
  }
  return await db
    .updateTable('workspace')
    .set(changes)
    .where('id', '=', current.id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function isWorkspaceAlive(db: Db, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('workspace')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

export async function countLiveKeys(db: Db, workspaceId: string): Promise<number> {
  const { total } = await db
    .selectFrom('api_key')
    .select((e) => e.fn.countAll<bigint>().as('total'))
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** The caller holds the organization's lock, so a free slug stays free. */
async function requireFreeSlug(db: Db, organizationId: string, slug: string): Promise<void> {
  const taken = await db
    .selectFrom('workspace')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('slug', '=', slug)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (taken) throw new AppError('invalid_request', `slug: the slug "${slug}" is already in use`)
}
