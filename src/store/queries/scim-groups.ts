import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { ScimGroupMappingTable, ScimGroupTable, ScimSyncJobTable } from '../tables/scim.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type ScimGroupRow = Selectable<ScimGroupTable>
export type ScimGroupMappingRow = Selectable<ScimGroupMappingTable>
export type ScimSyncJobRow = Selectable<ScimSyncJobTable>

export interface ScimGroupFilter {
  id?: string | undefined
  displayName?: string | undefined
  externalId?: string | undefined
}

export async function listScimGroupRows(
  db: Db,
  organizationId: string,
  page: { offset: number; limit: number; filter?: ScimGroupFilter },
): Promise<CountedRows<ScimGroupRow>> {
  const { id, displayName, externalId } = page.filter ?? {}
  let groups = db.selectFrom('scim_group').where('organization_id', '=', organizationId)
  if (id !== undefined) groups = groups.where(sql<string>`id::text`, '=', id.toLowerCase())
  if (displayName !== undefined) groups = groups.where(sql<string>`lower(display_name)`, '=', displayName.toLowerCase())
  if (externalId !== undefined) groups = groups.where('external_id', '=', externalId)
  return await readOffsetPage(groups, groups.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `not_found`, also for a group of another organization. */
export async function getScimGroupRow(db: Db, organizationId: string, id: string): Promise<ScimGroupRow> {
  const row = await db
    .selectFrom('scim_group')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Group not found', { id })
  return row
}

export async function isGroupNameTaken(
  db: Db,
  organizationId: string,
  by: { displayName: string; exceptId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('scim_group')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '<>', by.exceptId)
    .where(sql<string>`lower(display_name)`, '=', by.displayName.toLowerCase())
    .executeTakeFirst()
  return row !== undefined
}

export async function insertScimGroup(db: Db, row: Insertable<ScimGroupTable>): Promise<ScimGroupRow> {
  return await db.insertInto('scim_group').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateScimGroupRow(
  db: Db,
  id: string,
  changes: Updateable<ScimGroupTable>,
): Promise<ScimGroupRow> {
  return await db.updateTable('scim_group').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

export async function deleteScimGroupRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('scim_group').where('id', '=', id).execute()
}

/** The users in groups, by group, with how they are called. */
export async function listScimGroupMembers(
  db: Db,
  groupIds: readonly string[],
): Promise<Map<string, { value: string; display: string }[]>> {
  const members = new Map<string, { value: string; display: string }[]>(groupIds.map((id) => [id, []]))
  if (groupIds.length === 0) return members
  const rows = await db
    .selectFrom('scim_group_member as member')
    .innerJoin('scim_user as user', 'user.id', 'member.scim_user_id')
    .select(['member.scim_group_id', 'user.id', 'user.user_name'])
    .where('member.scim_group_id', 'in', [...groupIds])
    .orderBy('user.user_name')
    .execute()
  for (const { scim_group_id, id, user_name } of rows)
    members.get(scim_group_id)?.push({ value: id, display: user_name })
  return members
}

/** Those of `ids` who are users of the organization. */
export async function findScimUserIds(db: Db, organizationId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('scim_user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...ids])
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export async function replaceScimGroupMembers(
  db: Db,
  group: ScimGroupRow,
  change: { added: readonly string[]; removed: readonly string[] },
): Promise<void> {
  if (change.removed.length > 0) {
    await db
      .deleteFrom('scim_group_member')
      .where('scim_group_id', '=', group.id)
      .where('scim_user_id', 'in', [...change.removed])
      .execute()
  }
  const { organization_id } = group
  if (change.added.length > 0) {
    await db
      .insertInto('scim_group_member')
      .values(change.added.map((scim_user_id) => ({ organization_id, scim_group_id: group.id, scim_user_id })))
      .execute()
  }
}

export async function listMappingRows(
  db: Db,
  organizationId: string,
  page: OffsetPage,
): Promise<CountedRows<ScimGroupMappingRow>> {
  const mappings = db.selectFrom('scim_group_mapping').where('organization_id', '=', organizationId)
  return await readOffsetPage(mappings, mappings.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `not_found`, also for a mapping of another organization. */
export async function getMappingRow(db: Db, organizationId: string, id: string): Promise<ScimGroupMappingRow> {
  const row = await db
    .selectFrom('scim_group_mapping')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Group mapping not found', { id })
  return row
}

/** Throws `conflict` when the group is mapped to the workspace already. */
export async function insertMapping(db: Db, row: Insertable<ScimGroupMappingTable>): Promise<ScimGroupMappingRow> {
  const inserted = await db
    .insertInto('scim_group_mapping')
    .values(row)
    .onConflict((conflict) => conflict.columns(['scim_group_id', 'workspace_id']).doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!inserted) throw new AppError('conflict', 'This group is mapped to this workspace already')
  return inserted
}

export async function updateMappingRow(
  db: Db,
  id: string,
  changes: Updateable<ScimGroupMappingTable>,
): Promise<ScimGroupMappingRow> {
  return await db
    .updateTable('scim_group_mapping')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteMappingRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('scim_group_mapping').where('id', '=', id).execute()
}

/** Of a workspace that goes. */
export async function deleteMappingsOfWorkspace(db: Db, workspaceId: string): Promise<void> {
  await db.deleteFrom('scim_group_mapping').where('workspace_id', '=', workspaceId).execute()
}

export async function insertSyncJob(db: Db, row: Insertable<ScimSyncJobTable>): Promise<ScimSyncJobRow> {
  return await db.insertInto('scim_sync_job').values(row).returningAll().executeTakeFirstOrThrow()
}

/** Throws `not_found`, also for a job of another organization. */
export async function getSyncJobRow(db: Db, organizationId: string, id: string): Promise<ScimSyncJobRow> {
  const row = await db
    .selectFrom('scim_sync_job')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Sync job not found', { id })
  return row
}
