import { sql } from 'kysely'
import type { Db } from './schema.ts'

const BATCH_ROWS = 5_000

/** What is kept for longer than the address it came from, with what its ids begin with before their Unix time. */
const ID_PREFIXES = { generation: 'gen', refused_request: 'req' } as const
export type AddressTable = keyof typeof ID_PREFIXES
export const ADDRESS_TABLES = Object.keys(ID_PREFIXES) as AddressTable[]

/**
 * Takes the addresses out of the rows of a period, `since` included and `before` not, in epoch milliseconds; a bounded number
 * at a time, oldest first, so that no lock is held for long and nothing is looked at twice. Returns how many there were.
 */
export async function forgetAddresses(
  db: Db,
  table: AddressTable,
  { since, before }: { since: number; before: number },
): Promise<number> {
  const end = firstIdOf(table, before)
  let last = firstIdOf(table, since)
  let total = 0
  for (;;) {
    const { rows } = await sql<{ count: number; last: string | null }>`
      WITH old AS (
        SELECT id, created_at FROM ${sql.table(table)}
        WHERE id > ${last} AND id < ${end} AND ip IS NOT NULL ORDER BY id LIMIT ${BATCH_ROWS}
      ), forgotten AS (
        UPDATE ${sql.table(table)} AS kept SET ip = NULL FROM old
        WHERE kept.id = old.id AND kept.created_at = old.created_at
      )
      SELECT count(*)::integer AS count, max(id) AS last FROM old`.execute(db)
    const found = rows[0]
    if (found === undefined || found.last === null) return total
    total += found.count
    if (found.count < BATCH_ROWS) return total
    last = found.last
  }
}

/** Ids sort by their time, and below all of those of a second is what has nothing behind it. */
function firstIdOf(table: AddressTable, at: number): string {
  return `${ID_PREFIXES[table]}-${String(Math.floor(at / 1_000)).padStart(10, '0')}`
}
