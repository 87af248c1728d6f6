import { type Selectable, sql, type Updateable } from 'kysely'
import { generationIdTime } from '../../platform/ids.ts'
import { type Db, type GenerationTable, type Tx, toIso } from '../schema.ts'
import type { BroadcastContentTable, BroadcastDeliveryTable, BroadcastStateTable } from '../tables/broadcast.ts'
import type { DestinationTable } from '../tables/destinations.ts'

export type DeliveryRow = Selectable<BroadcastDeliveryTable>

/** A destination that this process alone sends to for now. */
export interface ClaimedDestination extends Selectable<DestinationTable> {
  lease_id: string
  /** Failed in a row. */
  attempts: number
}

/**
 * Takes destinations that have something to be sent and that nobody else sends to, until `leaseMs` from now, so that a crash
 * costs only that wait. What ended less than `settleMs` ago is left, because another process may yet post what ended before.
 */
export async function claimDestinations(
  db: Db,
  wanted: { leaseId: string; now: number; leaseMs: number; settleMs: number; limit: number },
): Promise<ClaimedDestination[]> {
  const { leaseId, leaseMs, limit, settleMs } = wanted
  const now = toIso(wanted.now)
  const { rows } = await sql<{ destination_id: string; attempts: number }>`
    UPDATE broadcast_state SET lease_id = ${leaseId}::uuid, leased_until = ${toIso(wanted.now + leaseMs)}::timestamptz
    WHERE destination_id IN (
      SELECT state.destination_id
      FROM broadcast_state AS state
        JOIN observability_destination AS destination ON destination.id = state.destination_id
        JOIN workspace ON workspace.id = destination.workspace_id
      WHERE destination.enabled AND destination.deleted_at IS NULL AND workspace.deleted_at IS NULL
        AND workspace.is_observability_broadcast_enabled
        AND coalesce(state.next_attempt_at <= ${now}::timestamptz, true)
        AND coalesce(state.leased_until <= ${now}::timestamptz, true)
        AND EXISTS (SELECT FROM broadcast_delivery AS delivery WHERE delivery.destination_id = state.destination_id
          AND delivery.dead_at IS NULL AND delivery.ended_at <= ${toIso(wanted.now - settleMs)}::timestamptz)
      ORDER BY state.last_delivered_at NULLS FIRST
      LIMIT ${limit} FOR UPDATE OF state SKIP LOCKED)
    RETURNING destination_id, attempts`.execute(db)
  if (rows.length === 0) return []
  const ids = rows.map(({ destination_id }) => destination_id)
  const destinations = await db.selectFrom('observability_destination').selectAll().where('id', 'in', ids).execute()
  const attempts = new Map(rows.map((row) => [row.destination_id, row.attempts]))
  return destinations.map((row) => ({ ...row, lease_id: leaseId, attempts: attempts.get(row.id) ?? 0 }))
}

/** What waits for a destination and ended until `until`, in the order of the ends. */
export async function listWaiting(
  db: Db,
  destinationId: string,
  { limit, until }: { limit: number; until: number },
): Promise<DeliveryRow[]> {
  return await db
    .selectFrom('broadcast_delivery')
    .selectAll()
    .where('destination_id', '=', destinationId)
    .where('dead_at', 'is', null)
    .where('ended_at', '<=', toIso(until) as never)
    .orderBy('ended_at')
    .orderBy('generation_id')
    .limit(limit)
    .execute()
}

/** A generation with the key that asked for it. */
export interface BroadcastGeneration extends Selectable<GenerationTable> {
  key_name: string | null
  key_hash: string | null
}

/** Those of the ids that there are. */
export async function findBroadcastGenerations(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, BroadcastGeneration>> {
  if (ids.length === 0) return new Map()
  const times = [...new Set(ids.map((id) => toIso(generationIdTime(id) ?? 0)))]
  const rows = await db
    .selectFrom('generation')
    .leftJoin('api_key', 'api_key.id', 'generation.key_id')
    .selectAll('generation')
    .select(['api_key.name as key_name', 'api_key.hash as key_hash'])
    .where('generation.id', 'in', ids)
    .where('generation.created_at', 'in', times as never)
    .where('generation.organization_id', '=', organizationId)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

export async function findBroadcastContents(
  db: Db,
  ids: readonly string[],
): Promise<Map<string, Pick<Selectable<BroadcastContentTable>, 'content'>>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('broadcast_content')
    .select(['generation_id', 'content'])
    .where('generation_id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.generation_id, row]))
}

/** What came of sending a batch. */
export interface BroadcastOutcome {
  delivered: readonly string[]
  /** What rules leave out, or there is no generation for any more. */
  leftOut: readonly string[]
  dead: readonly string[]
  now: number
  /** Null where all went well. `nextAttemptAt`: null for at once. */
  failure: { message: string; nextAttemptAt: number | null; isRetried: boolean } | null
}

/** Notes it, and lets the destination go, unless somebody else has it by now. */
export async function settleBroadcast(
  db: Db,
  { id, lease_id }: Pick<ClaimedDestination, 'id' | 'lease_id'>,
  outcome: BroadcastOutcome,
): Promise<void> {
  const { dead, delivered, failure, leftOut, now } = outcome
  await db.transaction().execute(async (tx) => {
    await deleteDeliveries(tx, id, [...delivered, ...leftOut])
    if (dead.length > 0) {
      await tx
        .updateTable('broadcast_delivery')
        .set({ dead_at: toIso(now), dead_reason: failure?.message ?? '' })
        .where('destination_id', '=', id)
        .where('generation_id', 'in', [...dead])
        .execute()
    }
    await tx
      .updateTable('broadcast_state')
      .set({ lease_id: null, leased_until: null, delivered: sql`delivered + ${delivered.length}::integer` })
      .set({
        ...(delivered.length > 0 ? wellState(now) : {}),
        ...(failure === null ? NO_WAIT : failedState(failure, outcome)),
      })
      .where('destination_id', '=', id)
      .where('lease_id', '=', lease_id)
      .execute()
  })
}

const NO_WAIT = { attempts: 0, next_attempt_at: null }

function wellState(now: number): Updateable<BroadcastStateTable> {
  return { last_delivered_at: toIso(now), failing_since: null, last_error: null }
}

function failedState(
  { isRetried, message, nextAttemptAt }: NonNullable<BroadcastOutcome['failure']>,
  { delivered, now }: BroadcastOutcome,
): Updateable<BroadcastStateTable> {
  const since = toIso(now)
  return {
    attempts: isRetried ? sql`attempts + 1` : 0,
    next_attempt_at: nextAttemptAt === null ? null : toIso(nextAttemptAt),
    failing_since: delivered.length > 0 ? since : sql`coalesce(failing_since, ${since}::timestamptz)`,
    last_error: message,
  } as Updateable<BroadcastStateTable>
}

async function deleteDeliveries(tx: Tx, destinationId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .deleteFrom('broadcast_delivery')
    .where('destination_id', '=', destinationId)
    .where('generation_id', 'in', [...ids])
    .execute()
  await sql`DELETE FROM broadcast_content AS content WHERE generation_id IN (${sql.join(ids)}) AND ${UNWAITED}`.execute(
    tx,
  )
}

const UNWAITED = sql`NOT EXISTS (
  SELECT FROM broadcast_delivery AS delivery WHERE delivery.generation_id = content.generation_id)`

/** Prompts and answers of before then that no delivery waits for: of what sampling or rules leave out. */
export async function deleteUnwaitedContents(db: Db, before: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM broadcast_content AS content WHERE created_at < ${toIso(before)}::timestamptz AND ${UNWAITED}`.execute(
    db,
  )
  return Number(numAffectedRows)
}
