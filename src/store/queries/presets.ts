import type { Insertable, Selectable, Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { PresetTable, PresetVersionTable } from '../tables/presets.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type PresetRow = Selectable<PresetTable>
export type PresetVersionRow = Selectable<PresetVersionTable>

interface Where {
  organizationId: string
  workspaceIds: 'all' | readonly string[]
}

function livePresets(db: Db, { organizationId, workspaceIds }: Where) {
  const live = db.selectFrom('preset').where('organization_id', '=', organizationId).where('deleted_at', 'is', null)
  if (workspaceIds === 'all') return live
  // No list of values may be empty.
  return workspaceIds.length === 0
    ? live.where('workspace_id', 'is', null)
    : live.where('workspace_id', 'in', [...workspaceIds])
}

/** The last changed first. */
export async function listPresetRows(db: Db, where: Where, page: OffsetPage): Promise<CountedRows<PresetRow>> {
  const live = livePresets(db, where)
  return await readOffsetPage(live, live.selectAll().orderBy('updated_at', 'desc').orderBy('id'), page)
}

/** Those of the name, at most one a workspace; the first two are enough to know that a name is ambiguous. */
export async function findPresetsBySlug(db: Db, where: Where, slug: string): Promise<PresetRow[]> {
  return await livePresets(db, where).selectAll().where('slug', '=', slug).orderBy('id').limit(2).execute()
}

export async function insertPreset(db: Db, row: Insertable<PresetTable>): Promise<PresetRow> {
  return await db.insertInto('preset').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updatePresetRow(db: Db, id: string, changes: Updateable<PresetTable>): Promise<PresetRow> {
  return await db.updateTable('preset').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Of a workspace that goes. */
export async function deletePresetsOfWorkspace(db: Db, workspaceId: string, deletedAt: string): Promise<void> {
  await db
    .updateTable('preset')
    .set({ deleted_at: deletedAt })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .execute()
}

/** The first one first. */
export async function listPresetVersionRows(
  db: Db,
  presetId: string,
  page: OffsetPage,
): Promise<CountedRows<PresetVersionRow>> {
  const versions = db.selectFrom('preset_version').where('preset_id', '=', presetId)
  return await readOffsetPage(versions, versions.selectAll().orderBy('version'), page)
}

/** By its number or its id. Throws `not_found`. */
export async function getPresetVersionRow(
  db: Db,
  presetId: string,
  of: { version: number } | { id: string },
): Promise<PresetVersionRow> {
  const versions = db.selectFrom('preset_version').selectAll().where('preset_id', '=', presetId)
  const wanted = 'id' in of ? versions.where('id', '=', of.id) : versions.where('version', '=', of.version)
  const row = await wanted.executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Preset version not found', of)
  return row
}

/** Numbered after the last one; the organization's lock keeps two from getting one number. */
export async function insertPresetVersion(
  db: Db,
  row: Omit<Insertable<PresetVersionTable>, 'version'>,
): Promise<PresetVersionRow> {
  const { last } = await db
    .selectFrom('preset_version')
    .select((e) => e.fn.max('version').as('last'))
    .where('preset_id', '=', row.preset_id)
    .executeTakeFirstOrThrow()
  return await db
    .insertInto('preset_version')
    .values({ ...row, version: (last ?? 0) + 1 })
    .returningAll()
    .executeTakeFirstOrThrow()
}
