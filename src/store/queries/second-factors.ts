import type { Selectable } from 'kysely'
import type { Db } from '../schema.ts'
import type { IdentityTables } from '../tables/identity.ts'

/** Both encrypted. */
export type SealedFactor = Pick<Selectable<IdentityTables['two_factor']>, 'id' | 'secret' | 'backup_codes'>

export async function listSecondFactors(db: Db): Promise<SealedFactor[]> {
  return await db.selectFrom('two_factor').select(['id', 'secret', 'backup_codes']).execute()
}

/** Not one that has changed meanwhile. */
export async function replaceSecondFactor(
  db: Db,
  { id, secret, backup_codes }: SealedFactor,
  next: Omit<SealedFactor, 'id'>,
): Promise<void> {
  await db
    .updateTable('two_factor')
    .set({ secret: next.secret, backup_codes: next.backup_codes })
    .where('id', '=', id)
    .where('secret', '=', secret)
    .where('backup_codes', '=', backup_codes)
    .execute()
}
