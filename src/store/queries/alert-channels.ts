import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import type { AlertChannelTable } from '../tables/alerts.ts'
import type { AlertPlace } from './alert-rules.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'
import { type Visibility, visibleRows } from './visibility.ts'

export type AlertChannelRow = Selectable<AlertChannelTable>

/** Oldest first. `workspaceId`: only those of this workspace. */
export async function listAlertChannelRows(
  db: Db,
  wanted: { organizationId: string; visible: Visibility; workspaceId: string | undefined },
  page: OffsetPage,
): Promise<CountedRows<AlertChannelRow>> {
  let channels = livingChannels(db, wanted.organizationId)
  if (wanted.workspaceId !== undefined) channels = channels.where('workspace_id', '=', wanted.workspaceId)
  const visible = visibleRows(wanted.visible)
  if (visible !== undefined) channels = channels.where(visible)
  return await readOffsetPage(channels, channels.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Undefined also for one of another organization or a deleted one. */
export async function findAlertChannelRow(
  db: Db,
  organizationId: string,
  id: string,
): Promise<AlertChannelRow | undefined> {
  return await livingChannels(db, organizationId).selectAll().where('id', '=', id).executeTakeFirst()
}

/** Throws `not_found`, also for one of another organization or a deleted one. */
export async function getAlertChannelRow(db: Db, organizationId: string, id: string): Promise<AlertChannelRow> {
  const row = await findAlertChannelRow(db, organizationId, id)
  if (!row) throw new AppError('not_found', 'Alert channel not found', { id })
  return row
}

/** Those of the ids that lie in exactly this place. */
export async function findAlertChannelsIn(db: Db, place: AlertPlace, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await livingChannels(db, place.organizationId)
    .select('id')
    .where('id', 'in', [...ids])
    .where('workspace_id', 'is not distinct from', place.workspaceId)
    .where('user_id', 'is not distinct from', place.userId)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** How many there are in one place, whoever's own they are. */
export async function countAlertChannels(db: Db, { organizationId, workspaceId }: AlertPlace): Promise<number> {
  const { total } = await livingChannels(db, organizationId)
    .select(({ fn }) => fn.countAll<bigint>().as('total'))
    .where('workspace_id', 'is not distinct from', workspaceId)
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** How many rules send there. */
export async function countRulesOfChannel(db: Db, organizationId: string, id: string): Promise<number> {
  const { total } = await db
    .selectFrom('alert_rule')
    .select(({ fn }) => fn.countAll<bigint>().as('total'))
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where(sql<boolean>`${id}::uuid = ANY (channel_ids)`)
    .executeTakeFirstOrThrow()
  return Number(total)
}

export async function insertAlertChannel(db: Db, row: Insertable<AlertChannelTable>): Promise<AlertChannelRow> {
  return await db.insertInto('alert_channel').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateAlertChannelRow(
  db: Db,
  id: string,
  changes: Updateable<AlertChannelTable>,
): Promise<AlertChannelRow> {
  return await db
    .updateTable('alert_channel')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Of a workspace that goes, with their secrets. */
export async function deleteAlertChannelsOfWorkspace(db: Db, workspaceId: string, now: number): Promise<void> {
  await db
    .updateTable('alert_channel')
    .set({ enabled: false, sealed_target: null, deleted_at: toIso(now) })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .execute()
}

/** What was sent there has arrived. */
export async function noteAlertDelivered(db: Db, id: string, now: number): Promise<void> {
  const fine = { failures: 0, failing_since: null, last_error: null, last_delivered_at: toIso(now) }
  await db.updateTable('alert_channel').set(fine).where('id', '=', id).execute()
}

/** What was sent there has not arrived. `isCounted`: it is a reason to send nothing more there, if it goes on. */
export async function noteAlertFailed(
  db: Db,
  id: string,
  failure: { message: string; isCounted: boolean; now: number },
): Promise<AlertChannelRow | undefined> {
  const { isCounted, message, now } = failure
  const counted = {
    failures: sql<number>`failures + 1`,
    failing_since: sql<string>`coalesce(failing_since, ${toIso(now)})`,
  }
  return await db
    .updateTable('alert_channel')
    .set({ last_error: message, ...(isCounted ? counted : {}) })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

function livingChannels(db: Db, organizationId: string) {
  return db.selectFrom('alert_channel').where('organization_id', '=', organizationId).where('deleted_at', 'is', null)
}
