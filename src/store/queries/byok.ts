import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import type { ByokKeyTable } from '../tables/byok.ts'
import { type CountedRows, readOffsetPage } from './offset-page.ts'

export type ByokKeyRow = Selectable<ByokKeyTable>

/** Throws `not_found`, also for one of another organization or a deleted one. */
export async function getByokKeyRow(db: Db, organizationId: string, id: string): Promise<ByokKeyRow> {
  const row = await db
    .selectFrom('byok_key')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'BYOK key not found', { id })
  return row
}

/** Those of a workspace and those of the whole organization, in the order in which they are tried for each provider. */
export async function listByokKeyRows(
  db: Db,
  organizationId: string,
  filter: { workspaceId: string; provider: string | undefined; offset: number; limit: number },
): Promise<CountedRows<ByokKeyRow>> {
  let live = db
    .selectFrom('byok_key')
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where((where) => where.or([where('workspace_id', '=', filter.workspaceId), where('workspace_id', 'is', null)]))
  if (filter.provider !== undefined) live = live.where('provider', '=', filter.provider)
  return await readOffsetPage(live, live.selectAll().orderBy('provider').orderBy('sort_order').orderBy('id'), filter)
}

/** How many there are for a provider, switched off ones among them. */
export async function countByokKeysFor(db: Db, organizationId: string, provider: string): Promise<number> {
  const { count } = await db
    .selectFrom('byok_key')
    .select((e) => e.fn.countAll<bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('provider', '=', provider)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Those that are switched on, in the order in which they are tried for each provider: a workspace's own before those of the
 *  whole organization. */
export async function enabledByokKeyRows(db: Db, organizationId: string): Promise<ByokKeyRow[]> {
  return await db
    .selectFrom('byok_key')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where('disabled', '=', false)
    .orderBy('provider')
    .orderBy(sql`workspace_id IS NULL`)
    .orderBy('sort_order')
    .orderBy('id')
    .execute()
}

/** The organizations that have such. */
export async function listOwnersOfByokKeys(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('byok_key')
    .select('organization_id')
    .distinct()
    .where('deleted_at', 'is', null)
    .where('disabled', '=', false)
    .execute()
  return rows.map(({ organization_id }) => organization_id)
}

/** The place behind all others of the provider in the workspace, or of the whole organization. */
export async function nextByokSortOrder(
  db: Db,
  of: { organizationId: string; workspaceId: string | null; provider: string },
): Promise<number> {
  const { next } = await db
    .selectFrom('byok_key')
    .select(sql<number>`coalesce(max(sort_order) + 1, 0)`.as('next'))
    .where('organization_id', '=', of.organizationId)
    .where('provider', '=', of.provider)
    .where('workspace_id', 'is not distinct from', of.workspaceId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return next
}

export async function insertByokKey(db: Db, row: Insertable<ByokKeyTable>): Promise<ByokKeyRow> {
  return await db.insertInto('byok_key').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateByokKeyRow(db: Db, id: string, changes: Updateable<ByokKeyTable>): Promise<ByokKeyRow> {
  return await db.updateTable('byok_key').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Deletes those of a workspace that goes, secrets first of all. Returns their ids. */
export async function deleteByokKeysOfWorkspace(db: Db, workspaceId: string, now: number): Promise<string[]> {
  const rows = await db
    .updateTable('byok_key')
    .set({ deleted_at: toIso(now), sealed_key: null })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}
