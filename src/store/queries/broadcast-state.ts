import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../schema.ts'
import type { BroadcastStateTable } from '../tables/broadcast.ts'
import type { DeliveryRow } from './broadcast.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export async function insertBroadcastState(
  tx: Tx,
  destination: { id: string; organization_id: string; workspace_id: string },
): Promise<void> {
  const { id, organization_id, workspace_id } = destination
  await tx.insertInto('broadcast_state').values({ destination_id: id, organization_id, workspace_id }).execute()
}

/** Another configuration gets a try at once, whatever became of the one before. */
export async function resetBroadcastState(tx: Tx, destinationId: string): Promise<void> {
  await tx
    .updateTable('broadcast_state')
    .set({ attempts: 0, next_attempt_at: null, failing_since: null, last_error: null })
    .where('destination_id', '=', destinationId)
    .execute()
}

/** Everything that waits for a destination, dead or not. */
export async function deleteBroadcastsOf(tx: Tx, destinationId: string): Promise<void> {
  await tx.deleteFrom('broadcast_delivery').where('destination_id', '=', destinationId).execute()
  await tx.deleteFrom('broadcast_state').where('destination_id', '=', destinationId).execute()
}

export async function deleteBroadcastsOfWorkspace(tx: Tx, workspaceId: string): Promise<void> {
  await tx.deleteFrom('broadcast_delivery').where('workspace_id', '=', workspaceId).execute()
  await tx.deleteFrom('broadcast_content').where('workspace_id', '=', workspaceId).execute()
}

export interface BroadcastStanding extends Selectable<BroadcastStateTable> {
  waiting: number
  dead: number
  oldest_waiting_at: number | null
}

/** How sending to a destination fares. */
export async function getBroadcastStanding(db: Db, destinationId: string): Promise<BroadcastStanding> {
  const { rows } = await sql<BroadcastStanding>`
    SELECT state.*, counts.waiting::integer AS waiting, counts.dead::integer AS dead, counts.oldest_waiting_at
    FROM broadcast_state AS state CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
        min(ended_at) FILTER (WHERE dead_at IS NULL) AS oldest_waiting_at
      FROM broadcast_delivery AS delivery WHERE delivery.destination_id = state.destination_id) AS counts
    WHERE state.destination_id = ${destinationId}`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error(`destination ${destinationId} has no state`)
  return row
}

/** Those of the destinations that did not take what was sent to them last. */
export async function findFailingDestinations(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('broadcast_state')
    .select('destination_id')
    .where('destination_id', 'in', ids)
    .where('failing_since', 'is not', null)
    .execute()
  return new Set(rows.map(({ destination_id }) => destination_id))
}

/** Newest first. */
export async function listDeadRows(db: Db, destinationId: string, page: OffsetPage): Promise<CountedRows<DeliveryRow>> {
  const dead = db
    .selectFrom('broadcast_delivery')
    .where('destination_id', '=', destinationId)
    .where('dead_at', 'is not', null)
  return await readOffsetPage(dead, dead.selectAll().orderBy('dead_at', 'desc').orderBy('generation_id', 'desc'), page)
}

/** Dead letters wait again: those that are named, or all. Returns how many. */
export async function reviveDeliveries(
  tx: Tx,
  destinationId: string,
  generationIds: readonly string[] | undefined,
): Promise<number> {
  let query = tx
    .updateTable('broadcast_delivery')
    .set({ dead_at: null, dead_reason: null })
    .where('destination_id', '=', destinationId)
    .where('dead_at', 'is not', null)
  if (generationIds !== undefined) query = query.where('generation_id', 'in', [...generationIds])
  const { numUpdatedRows } = await query.executeTakeFirst()
  return Number(numUpdatedRows)
}

/** Drops all dead letters for good. Returns how many. */
export async function dropDeadRows(tx: Tx, destinationId: string): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('broadcast_delivery')
    .where('destination_id', '=', destinationId)
    .where('dead_at', 'is not', null)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
