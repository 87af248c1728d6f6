import { sql } from 'kysely'
import { type Db, toIso } from './schema.ts'

const DELETE_MAX = 5_000

/** The tables that grow with requests, by what names a row. */
const ID_COLUMNS = { refused_request: 'id', generation_content: 'generation_id' } as const

/** Deletes what is older, a bounded number at a time so that no lock is held for long. Returns how many. */
export async function deleteRowsBefore(db: Db, table: keyof typeof ID_COLUMNS, before: number): Promise<number> {
  const id = sql.ref(ID_COLUMNS[table])
  let total = 0
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM ${sql.table(table)} WHERE ${id} IN (
        SELECT ${id} FROM ${sql.table(table)} WHERE created_at < ${toIso(before)} LIMIT ${DELETE_MAX})`.execute(db)
    total += Number(numAffectedRows)
    if (numAffectedRows < DELETE_MAX) return total
  }
}
