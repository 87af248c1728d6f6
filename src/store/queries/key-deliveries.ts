import type { Selectable } from 'kysely'
import { type Db, type Tx, toIso } from '../schema.ts'
import type { KeyDeliveryTable } from '../tables/key-rotation.ts'
import type { KeyRow } from './keys.ts'

export type KeyDeliveryRow = Selectable<KeyDeliveryTable>

export type NewKeyDelivery = Pick<
  KeyDeliveryRow,
  'id' | 'organization_id' | 'workspace_id' | 'key_id' | 'hash' | 'type' | 'destination' | 'overlap_seconds' | 'set_by'
>

/** Notes a delivery of a key's present secret. The secrets before it that are good yet wait for it. */
export async function insertKeyDelivery(tx: Tx, delivery: NewKeyDelivery, now: number): Promise<void> {
  await tx
    .insertInto('key_delivery')
    .values({ ...delivery, created_at: toIso(now) })
    .execute()
  await tx
    .updateTable('retired_secret')
    .set({ delivery_id: delivery.id })
    .where('key_id', '=', delivery.key_id)
    .where('valid_until', '>', toIso(now) as never)
    .execute()
}

/** A delivery, with what the outbox knows of its attempts. */
export interface KeyDeliveryState extends KeyDeliveryRow {
  attempts: number
  lastError: string | null
  nextAttemptAt: number | null
}

/** The newest delivery of a key. One whose payload no longer opens has failed, too. */
export async function findNewestDelivery(db: Db, keyId: bigint): Promise<KeyDeliveryState | undefined> {
  const row = await db
    .selectFrom('key_delivery')
    .leftJoin('outbox', 'outbox.id', 'key_delivery.id')
    .selectAll('key_delivery')
    .select(['outbox.attempts', 'outbox.last_error', 'outbox.next_attempt_at', 'outbox.dead_at'])
    .where('key_delivery.key_id', '=', keyId)
    .orderBy('key_delivery.created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { attempts, dead_at, last_error, next_attempt_at, ...delivery } = row
  const isDead = delivery.status === 'pending' && dead_at !== null
  const state = isDead ? { status: 'failed' as const, ended_at: dead_at } : {}
  return {
    ...delivery,
    ...state,
    attempts: attempts ?? 0,
    // The outbox hears of the success a moment later.
    lastError: delivery.status === 'delivered' ? null : (delivery.failure ?? last_error),
    nextAttemptAt: delivery.status === 'pending' && !isDead ? next_attempt_at : null,
  }
}

/** A delivery that is under way and its key, if what is delivered is the present secret of a key that is there. */
export async function findWantedDelivery(
  db: Db,
  id: string,
): Promise<{ delivery: KeyDeliveryRow; key: KeyRow } | undefined> {
  const delivery = await db
    .selectFrom('key_delivery')
    .selectAll()
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .executeTakeFirst()
  if (delivery === undefined) return undefined
  const key = await db
    .selectFrom('api_key')
    .selectAll()
    .where('id', '=', delivery.key_id)
    .where('hash', '=', delivery.hash)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return key && { delivery, key }
}

/** Ends a delivery that is under way; undefined when it has ended already. */
export async function endDelivery(
  tx: Tx,
  id: string,
  { failure = null, status }: { status: 'delivered' | 'failed'; failure?: string | null },
  now: number,
): Promise<KeyDeliveryRow | undefined> {
  const row = await tx
    .updateTable('key_delivery')
    .set({ status, failure, ended_at: toIso(now) })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .returningAll()
    .executeTakeFirst()
  if (row === undefined || status === 'delivered') return row
  // Nobody tries again, so nothing of it is kept; the secrets before go on, and no use of the new one ends them.
  await tx.updateTable('outbox').set({ payload: '' }).where('id', '=', id).execute()
  await tx.updateTable('retired_secret').set({ delivery_id: null }).where('delivery_id', '=', id).execute()
  return row
}

/** Calls off what is under way for a key. */
export async function supersedeDeliveries(tx: Tx, keyId: bigint, now: number): Promise<void> {
  const rows = await tx
    .updateTable('key_delivery')
    .set({ status: 'superseded', ended_at: toIso(now) })
    .where('key_id', '=', keyId)
    .where('status', '=', 'pending')
    .returning('id')
    .execute()
  if (rows.length === 0) return
  await tx
    .updateTable('outbox')
    .set({ done_at: toIso(now), payload: '' })
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute()
}

/** Those of the secrets with these hashes that are present ones and were delivered or are on their way. */
export async function findDeliveriesOf(
  db: Db,
  hashes: readonly string[],
): Promise<Pick<KeyDeliveryRow, 'hash' | 'status'>[]> {
  if (hashes.length === 0) return []
  return await db
    .selectFrom('key_delivery')
    .innerJoin('api_key', 'api_key.hash', 'key_delivery.hash')
    .select(['key_delivery.hash', 'key_delivery.status'])
    .where('key_delivery.hash', 'in', [...hashes])
    .where('key_delivery.status', 'in', ['pending', 'delivered'])
    .execute()
}
