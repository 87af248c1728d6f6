import { sql } from 'kysely'
import type { DestinationType } from '../../contract/management/destination-types.ts'
import { type Db, toIso } from '../schema.ts'

/** How many of each type of destination. */
export type CountByType = ReadonlyMap<DestinationType, number>

/** Makes one row of what was counted for a destination, of at most `limit` rows, the oldest first. */
export async function foldBroadcastCounts(db: Db, limit: number): Promise<void> {
  await sql`
    WITH gone AS (
      DELETE FROM broadcast_count
      WHERE id IN (SELECT id FROM broadcast_count ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING destination_id, organization_id, workspace_id, waiting, dead)
    INSERT INTO broadcast_count (destination_id, organization_id, workspace_id, waiting, dead)
    SELECT destination_id, organization_id, workspace_id, sum(waiting), sum(dead)
    FROM gone GROUP BY destination_id, organization_id, workspace_id HAVING sum(waiting) <> 0 OR sum(dead) <> 0`.execute(
    db,
  )
}

/** Keeps what waits and what is dead of each destination within `waitingMax` and `deadMax`: the oldest that wait die, and the
 *  oldest dead are dropped and counted; of each destination at most `changeMax` of both. Reads only what is beyond. */
export async function boundDeliveries(
  db: Db,
  bounds: { waitingMax: number; deadMax: number; now: number; changeMax: number },
): Promise<{ died: CountByType; dropped: CountByType }> {
  const { changeMax, deadMax, now, waitingMax } = bounds
  const reason = `more than ${waitingMax} were waiting`
  const died = await sql<Counted>`
    WITH died AS (
      UPDATE broadcast_delivery SET dead_at = ${toIso(now)}::timestamptz, dead_reason = ${reason}
      WHERE dead_at IS NULL AND ctid = ANY (ARRAY(
        SELECT oldest.ctid FROM (${surplusOf('waiting', waitingMax)}) AS over CROSS JOIN LATERAL (
          SELECT ctid FROM broadcast_delivery AS delivery
          WHERE delivery.destination_id = over.destination_id AND delivery.dead_at IS NULL
          ORDER BY delivery.ended_at, delivery.generation_id LIMIT least(over.surplus, ${changeMax})) AS oldest))
      RETURNING destination_id)
    SELECT destination.type, count(*)::integer AS count
    FROM died JOIN observability_destination AS destination ON destination.id = died.destination_id
    GROUP BY destination.type`.execute(db)
  const dropped = await sql<Counted>`
    WITH gone AS (
      DELETE FROM broadcast_delivery WHERE dead_at IS NOT NULL AND ctid = ANY (ARRAY(
        SELECT oldest.ctid FROM (${surplusOf('dead', deadMax)}) AS over CROSS JOIN LATERAL (
          SELECT ctid FROM broadcast_delivery AS delivery
          WHERE delivery.destination_id = over.destination_id AND delivery.dead_at IS NOT NULL
          ORDER BY delivery.dead_at, delivery.generation_id LIMIT least(over.surplus, ${changeMax})) AS oldest))
      RETURNING destination_id
    ), counted AS (SELECT destination_id, count(*) AS count FROM gone GROUP BY destination_id
    ), noted AS (
      UPDATE broadcast_state SET dropped = dropped + counted.count FROM counted
      WHERE broadcast_state.destination_id = counted.destination_id)
    SELECT destination.type, sum(counted.count)::integer AS count
    FROM counted JOIN observability_destination AS destination ON destination.id = counted.destination_id
    GROUP BY destination.type`.execute(db)
  return { died: byType(died.rows), dropped: byType(dropped.rows) }
}

interface Counted {
  type: DestinationType
  count: number
}

function byType(rows: readonly Counted[]): CountByType {
  return new Map(rows.map(({ type, count }) => [type, count]))
}

/** Destinations with more than `max`, and by how many. */
function surplusOf(what: 'waiting' | 'dead', max: number) {
  const total = sql`sum(${sql.ref(what)})`
  return sql`SELECT destination_id, ${total} - ${max}::bigint AS surplus FROM broadcast_count
    GROUP BY destination_id HAVING ${total} > ${max}::bigint`
}

/** How sending to all destinations of a type fares. */
export interface BroadcastTypeStanding {
  type: DestinationType
  waiting: number
  dead: number
  /** Destinations that are sent to and did not take the last traces. */
  failing: number
  /** The end of the oldest that waits for a destination that is sent to, in epoch milliseconds; null where none does. */
  oldest_waiting_at: number | null
}

/** Of each type that there is a destination of. Counts no delivery. */
export async function listBroadcastStandings(db: Db): Promise<BroadcastTypeStanding[]> {
  const { rows } = await sql<BroadcastTypeStanding>`
    WITH counts AS (
      SELECT destination_id, sum(waiting) AS waiting, sum(dead) AS dead FROM broadcast_count GROUP BY destination_id)
    SELECT destination.type, coalesce(sum(counts.waiting), 0)::integer AS waiting,
      coalesce(sum(counts.dead), 0)::integer AS dead,
      (count(*) FILTER (WHERE is_sent_to AND state.failing_since IS NOT NULL))::integer AS failing,
      min(CASE WHEN is_sent_to AND counts.waiting > 0 THEN (
        SELECT ended_at FROM broadcast_delivery AS delivery
        WHERE delivery.destination_id = state.destination_id AND delivery.dead_at IS NULL
        ORDER BY ended_at, generation_id LIMIT 1) END) AS oldest_waiting_at
    FROM broadcast_state AS state
      JOIN observability_destination AS destination ON destination.id = state.destination_id
      JOIN workspace ON workspace.id = destination.workspace_id
      CROSS JOIN LATERAL (SELECT destination.enabled AND destination.deleted_at IS NULL AND workspace.deleted_at IS NULL
        AND workspace.is_observability_broadcast_enabled AS is_sent_to) AS sight
      LEFT JOIN counts ON counts.destination_id = state.destination_id
    GROUP BY destination.type ORDER BY destination.type`.execute(db)
  return rows
}
