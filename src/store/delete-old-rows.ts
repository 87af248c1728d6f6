import { sql } from 'kysely'
import { type Db, toIso } from './schema.ts'

const DELETE_MAX = 5_000

/** The tables whose rows are kept for a time, by what names a row and what its age counts from. */
const TABLES = {
  refused_request: { id: 'id', since: 'created_at' },
  generation_content: { id: 'generation_id', since: 'created_at' },
  session: { id: 'id', since: 'expires_at' },
  auth_code: { id: 'code_hash', since: 'expires_at' },
  // The id of a change is that of what was changed.
  change: { id: 'ctid', since: 'created_at' },
} as const

/** Deletes what is older, a bounded number at a time so that no lock is held for long. Returns how many. */
export async function deleteRowsBefore(db: Db, table: keyof typeof TABLES, before: number): Promise<number> {
  const [id, since] = [sql.ref(TABLES[table].id), sql.ref(TABLES[table].since)]
  let total = 0
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM ${sql.table(table)} WHERE ${id} IN (
        SELECT ${id} FROM ${sql.table(table)} WHERE ${since} < ${toIso(before)} LIMIT ${DELETE_MAX})`.execute(db)
    total += Number(numAffectedRows)
    if (numAffectedRows < DELETE_MAX) return total
  }
}
