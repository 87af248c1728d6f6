import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { CustomProviderTable } from '../tables/custom-providers.ts'

export type CustomProviderRow = Selectable<CustomProviderTable>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** `ref` is an id or a slug. Throws `not_found`, also for one of another organization or a deleted one. */
export async function getCustomProviderRow(db: Db, organizationId: string, ref: string): Promise<CustomProviderRow> {
  const column = UUID.test(ref) ? 'id' : 'slug'
  const row = await liveProviders(db, organizationId).selectAll().where(column, '=', ref).executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Custom provider not found', { ref })
  return row
}

/** By slug. */
export async function listCustomProviderRows(
  db: Db,
  organizationId: string,
  page: { offset: number; limit: number },
): Promise<{ rows: CustomProviderRow[]; total: number }> {
  const rows = await liveProviders(db, organizationId)
    .selectAll()
    .orderBy('slug')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  return { rows, total: await countCustomProviders(db, organizationId) }
}

export async function countCustomProviders(db: Db, organizationId: string): Promise<number> {
  const live = liveProviders(db, organizationId)
  const { total } = await live.select((e) => e.fn.countAll<bigint>().as('total')).executeTakeFirstOrThrow()
  return Number(total)
}

/** What all are called, but for the one of the id. */
export async function listProviderNames(
  db: Db,
  organizationId: string,
  exceptId: string | null,
): Promise<{ slug: string; name: string }[]> {
  const live = liveProviders(db, organizationId).select(['slug', 'name'])
  return await live.where('id', 'is distinct from', exceptId).execute()
}

export async function insertCustomProvider(db: Db, row: Insertable<CustomProviderTable>): Promise<CustomProviderRow> {
  return await db.insertInto('custom_provider').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateCustomProviderRow(
  db: Db,
  id: string,
  changes: Updateable<CustomProviderTable>,
): Promise<CustomProviderRow> {
  const update = db.updateTable('custom_provider').set(changes).where('id', '=', id)
  return await update.returningAll().executeTakeFirstOrThrow()
}

/** A workspace that goes is named no more. Who was seen there alone is seen nowhere then, not everywhere. */
export async function removeWorkspaceFromProviders(db: Db, organizationId: string, workspaceId: string): Promise<void> {
  await db
    .updateTable('custom_provider')
    .set({ workspace_ids: sql`array_remove(workspace_ids, ${workspaceId}::uuid)` })
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`${workspaceId}::uuid = ANY (workspace_ids)`)
    .execute()
}

/** All of an organization, for those who keep them in memory. */
export async function allCustomProviderRows(db: Db, organizationId: string): Promise<CustomProviderRow[]> {
  return await liveProviders(db, organizationId).selectAll().orderBy('slug').execute()
}

/** The organizations that have any. */
export async function listOwnersOfProviders(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('custom_provider')
    .select('organization_id')
    .distinct()
    .where('deleted_at', 'is', null)
    .execute()
  return rows.map((row) => row.organization_id)
}

function liveProviders(db: Db, organizationId: string) {
  return db.selectFrom('custom_provider').where('organization_id', '=', organizationId).where('deleted_at', 'is', null)
}
