import type { Insertable, Selectable, Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import type { DestinationTable } from '../tables/destinations.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type DestinationRow = Selectable<DestinationTable>

export async function listDestinationRows(
  db: Db,
  workspaceId: string,
  page: OffsetPage,
): Promise<CountedRows<DestinationRow>> {
  const live = db
    .selectFrom('observability_destination')
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
  return await readOffsetPage(live, live.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `not_found`, also for one of another organization or a deleted one. */
export async function getDestinationRow(db: Db, organizationId: string, id: string): Promise<DestinationRow> {
  const row = await db
    .selectFrom('observability_destination')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Destination not found', { id })
  return row
}

export async function countDestinations(db: Db, workspaceId: string, type: DestinationRow['type']): Promise<number> {
  const { total } = await db
    .selectFrom('observability_destination')
    .select((e) => e.fn.countAll<bigint>().as('total'))
    .where('workspace_id', '=', workspaceId)
    .where('type', '=', type)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(total)
}

export async function insertDestination(db: Db, row: Insertable<DestinationTable>): Promise<DestinationRow> {
  return await db.insertInto('observability_destination').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateDestinationRow(
  db: Db,
  id: string,
  changes: Updateable<DestinationTable>,
): Promise<DestinationRow> {
  return await db
    .updateTable('observability_destination')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Nothing is sent for a workspace that is gone. */
export async function disableDestinations(db: Db, workspaceId: string, now: number): Promise<void> {
  await db
    .updateTable('observability_destination')
    .set({ enabled: false, updated_at: toIso(now) })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .where('enabled', '=', true)
    .execute()
}

/** Those of `hashes` that no living key of the workspace has. */
export async function findForeignHashes(db: Db, workspaceId: string, hashes: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('api_key')
    .select('hash')
    .where('workspace_id', '=', workspaceId)
    .where('hash', 'in', [...hashes])
    .where('deleted_at', 'is', null)
    .execute()
  const known = new Set(rows.map(({ hash }) => hash))
  return hashes.filter((hash) => !known.has(hash))
}
