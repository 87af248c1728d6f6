import type { Insertable, Selectable } from 'kysely'
import { type Db, type Tx, toIso } from '../schema.ts'
import type { AuthCodeTable } from '../tables/auth-codes.ts'

export type AuthCodeRow = Selectable<AuthCodeTable>

export async function insertAuthCode(tx: Tx, row: Insertable<AuthCodeTable>): Promise<void> {
  await tx.insertInto('auth_code').values(row).execute()
}

/** Undefined for a code that never was or has been used. Nobody else gets it until the transaction ends. */
export async function lockUnusedAuthCode(tx: Tx, codeHash: string): Promise<AuthCodeRow | undefined> {
  return await tx
    .selectFrom('auth_code')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .where('used_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
}

export async function markAuthCodeUsed(db: Db, codeHash: string, now: number): Promise<void> {
  await db
    .updateTable('auth_code')
    .set({ used_at: toIso(now) })
    .where('code_hash', '=', codeHash)
    .execute()
}
