import { type Selectable, sql } from 'kysely'
import { newUuid } from '../../platform/ids.ts'
import { SealBroken } from '../../platform/sealing.ts'
import { type Db, type Tx, toIso } from '../schema.ts'
import type { Sealer } from '../sealer.ts'
import type { OutboxTable } from '../tables/audit.ts'

export interface NewDelivery {
  organizationId: string
  workspaceId: string | null
  kind: string
  payload: Readonly<Record<string, unknown>>
  now: number
  notBefore?: number
}

/** A delivery whose turn has come, opened. */
export interface DueDelivery {
  /** The same at each attempt, so that the receiver can tell a repetition. */
  id: string
  organizationId: string
  workspaceId: string | null
  kind: string
  payload: Record<string, unknown>
  createdAt: number
  /** Failed attempts so far. */
  attempts: number
}

/** Writes a delivery with the change it belongs to. Returns its id. */
export async function insertDelivery(tx: Tx, sealer: Sealer, delivery: NewDelivery): Promise<string> {
  const id = newUuid()
  const { kind, now, notBefore, organizationId, payload, workspaceId } = delivery
  await tx
    .insertInto('outbox')
    .values({
      id,
      organization_id: organizationId,
      workspace_id: workspaceId,
      kind,
      payload: await sealer.seal(tx, organizationId, placeOf(id), JSON.stringify(payload)),
      created_at: toIso(now),
      next_attempt_at: toIso(notBefore ?? now),
      last_error: null,
    })
    .execute()
  return id
}

/**
 * Takes the oldest due delivery of the kinds, if any, and puts its next attempt off until `leaseMs` from now, so that no
 * other process takes it meanwhile and a crash costs only that wait.
 */
export async function takeDueDelivery(
  db: Db,
  sealer: Sealer,
  wanted: { kinds: readonly string[]; now: number; leaseMs: number },
): Promise<DueDelivery | undefined> {
  if (wanted.kinds.length === 0) return undefined
  const row = await db
    .updateTable('outbox')
    .set({ next_attempt_at: toIso(wanted.now + wanted.leaseMs) })
    .where('id', '=', (of) =>
      of
        .selectFrom('outbox')
        .select('id')
        .where('kind', 'in', [...wanted.kinds])
        .where('done_at', 'is', null)
        .where('dead_at', 'is', null)
        .where('next_attempt_at', '<=', toIso(wanted.now) as never)
        .orderBy('next_attempt_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .executeTakeFirst()
  if (!row) return undefined
  const text = await openOrGiveUp(db, sealer, row, wanted.now)
  if (text === undefined) return await takeDueDelivery(db, sealer, wanted)
  return {
    id: row.id,
    organizationId: row.organization_id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    payload: JSON.parse(text) as Record<string, unknown>,
    createdAt: row.created_at,
    attempts: row.attempts,
  }
}

/** The payload; one that doesn't open never will, and must not stand before all others for ever. */
async function openOrGiveUp(
  db: Db,
  sealer: Sealer,
  row: Selectable<OutboxTable>,
  now: number,
): Promise<string | undefined> {
  try {
    return await sealer.unseal(db, row.organization_id, placeOf(row.id), row.payload)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    await failDelivery(db, row.id, { message: error.message, nextAttemptAt: null, now })
    return undefined
  }
}

/** Delivered: the payload, which may hold secrets, goes. */
export async function finishDelivery(db: Db, id: string, now: number): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ done_at: toIso(now), payload: '', last_error: null })
    .where('id', '=', id)
    .execute()
}

/** Not delivered: again at `nextAttemptAt`, or never more when that is null. */
export async function failDelivery(
  db: Db,
  id: string,
  failure: { message: string; nextAttemptAt: number | null; now: number },
): Promise<void> {
  const { message, nextAttemptAt, now } = failure
  await db
    .updateTable('outbox')
    .set({ attempts: sql`attempts + 1`, last_error: message })
    .set(nextAttemptAt === null ? { dead_at: toIso(now) } : { next_attempt_at: toIso(nextAttemptAt) })
    .where('id', '=', id)
    .execute()
}

function placeOf(id: string) {
  return { table: 'outbox', row: id, column: 'payload' }
}
