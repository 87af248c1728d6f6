import { type RawBuilder, sql } from 'kysely'
import { type Db, toIso } from './schema.ts'

const BATCH_ROWS = 5_000

/** Requests are many: each table with what its ids begin with before their Unix time, by which they sort. */
const REQUESTS = { generation: 'gen', refused_request: 'req' } as const

/** Rows that are few, with what their age counts from, whether they have an address, and what is left of it. */
const OTHERS = {
  alert: {
    since: 'created_at',
    hasAddress: sql`details ->> 'ip' IS NOT NULL`,
    without: sql`message = replace(message, details ->> 'ip', 'a forgotten address'), details = details || '{"ip": null}'`,
  },
  key_network: { since: 'first_seen_at', hasAddress: sql`ip IS NOT NULL`, without: sql`ip = NULL` },
} as const satisfies Record<string, { since: string; hasAddress: RawBuilder<unknown>; without: RawBuilder<unknown> }>

/** What is kept for longer than the address it came from. */
export type AddressTable = keyof typeof REQUESTS | keyof typeof OTHERS
export const ADDRESS_TABLES = [...Object.keys(REQUESTS), ...Object.keys(OTHERS)] as AddressTable[]

/**
 * Takes the addresses out of the rows of a period, `since` included and `before` not, in epoch milliseconds; a bounded number
 * at a time, so that no lock is held for long. Returns how many there were.
 */
export async function forgetAddresses(
  db: Db,
  table: AddressTable,
  { since, before }: { since: number; before: number },
): Promise<number> {
  if (table === 'alert' || table === 'key_network') return await forgetInOthers(db, table, before)
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
function firstIdOf(table: keyof typeof REQUESTS, at: number): string {
  return `${REQUESTS[table]}-${String(Math.floor(at / 1_000)).padStart(10, '0')}`
}

async function forgetInOthers(db: Db, name: keyof typeof OTHERS, before: number): Promise<number> {
  const { hasAddress, since, without } = OTHERS[name]
  const table = sql.table(name)
  let total = 0
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      UPDATE ${table} SET ${without} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${table} WHERE ${sql.ref(since)} < ${toIso(before)} AND ${hasAddress} LIMIT ${BATCH_ROWS}))
        AND ${hasAddress}`.execute(db)
    total += Number(numAffectedRows)
    if (numAffectedRows < BATCH_ROWS) return total
  }
}
