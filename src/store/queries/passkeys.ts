import type { Selectable } from 'kysely'
import { type Db, toIso } from '../schema.ts'
import type { PasskeyTable } from '../tables/identity.ts'

export type PasskeyRow = Selectable<PasskeyTable>

/** Oldest first; at most 100. */
export async function listPasskeys(db: Db, userId: string): Promise<PasskeyRow[]> {
  return await db
    .selectFrom('passkey')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(100)
    .execute()
}

export async function findPasskey(db: Db, id: string): Promise<PasskeyRow | undefined> {
  return await db.selectFrom('passkey').selectAll().where('id', '=', id).executeTakeFirst()
}

/** False when there is one with this id already, whoever has it. */
export async function insertPasskey(
  db: Db,
  passkey: Omit<PasskeyRow, 'created_at' | 'last_used_at'>,
  now: number,
): Promise<boolean> {
  const row = await db
    .insertInto('passkey')
    .values({ ...passkey, created_at: toIso(now), last_used_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** What its device has counted grows; false when another use was faster and the count is no longer larger. */
export async function noteUse(
  db: Db,
  id: string,
  { counter, now }: { counter: number; now: number },
): Promise<boolean> {
  const row = await db
    .updateTable('passkey')
    .set({ counter: BigInt(counter), last_used_at: toIso(now) })
    .where('id', '=', id)
    .where((where) => where.or([where('counter', '<', BigInt(counter)), where('counter', '=', 0n)]))
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function deletePasskey(db: Db, userId: string, id: string): Promise<boolean> {
  const row = await db
    .deleteFrom('passkey')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
