import { type Kysely, sql } from 'kysely'
import type { Db, Schema, Tx } from './schema.ts'

/** Any number that no other use of advisory locks in the database takes. */
const PARTITIONS_LOCK = 7_301_994_120_002n

/** Makes the monthly partitions of `generation` for the month of `nowMs` and the `ahead` months after it, where missing. Rows of
 *  any other month go to the default partition, and from there to that of their month when it is made. */
export async function ensureGenerationPartitions(db: Db, nowMs: number, ahead = 2): Promise<void> {
  const now = new Date(nowMs)
  const make = async (tx: Tx) => {
    await sql`SELECT pg_advisory_xact_lock(${PARTITIONS_LOCK})`.execute(tx)
    for (let offset = 0; offset <= ahead; offset += 1) {
      const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1))
      const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset + 1, 1))
      await ensurePartition(tx, from, to)
    }
  }
  if (db.isTransaction) await make(db as Tx)
  else await db.transaction().execute(make)
}

/** PostgreSQL makes no partition for rows that are in the default one: a clock that ran ahead, or a month at whose beginning
 *  nothing could be made, would keep the program from starting. */
async function ensurePartition(tx: Tx, from: Date, to: Date): Promise<void> {
  const name = partitionOf(from)
  const isOfMonth = sql`created_at >= ${sql.lit(from.toISOString())} AND created_at < ${sql.lit(to.toISOString())}`
  const { rows } = await sql<{ exists: boolean; isInDefault: boolean }>`
    SELECT to_regclass(${name}) IS NOT NULL AS exists,
      EXISTS (SELECT FROM generation_default WHERE ${isOfMonth}) AS "isInDefault"`.execute(tx)
  if (rows[0]?.exists === true) return
  const isInDefault = rows[0]?.isInDefault === true
  if (isInDefault) {
    // With the table itself first, as who writes takes them.
    await sql`LOCK TABLE generation IN ACCESS EXCLUSIVE MODE`.execute(tx)
    await sql`CREATE TEMPORARY TABLE generation_moved ON COMMIT DROP AS
      SELECT * FROM generation_default WHERE ${isOfMonth}`.execute(tx)
    await sql`DELETE FROM generation_default WHERE ${isOfMonth}`.execute(tx)
  }
  await sql`CREATE TABLE IF NOT EXISTS ${sql.table(name)} PARTITION OF generation
    FOR VALUES FROM (${sql.lit(from.toISOString())}) TO (${sql.lit(to.toISOString())})`.execute(tx)
  if (!isInDefault) return
  await sql`INSERT INTO generation SELECT * FROM generation_moved`.execute(tx)
  await sql`DROP TABLE generation_moved`.execute(tx)
}

function partitionOf(month: Date): string {
  return `generation_${month.toISOString().slice(0, 7).replace('-', '_')}`
}

/** When the oldest month begins of which single requests are kept: so many whole ones and the running one. */
export function beginOfGenerations(now: number, months: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1)
}

/** How long a partition waits for those who read or write generations, while others wait behind it. */
const LOCK_TIMEOUT = '2s'

/** Drops the partitions of the months before that of `before`, each with all its generations. Returns how many. Throws when
 *  somebody is in the way for too long; what was dropped until then stays dropped. */
export async function dropGenerationPartitions(db: Kysely<Schema>, before: number): Promise<number> {
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'generation'::regclass AND relname ~ '^generation_[0-9]{4}_[0-9]{2}$'
      AND relname < ${partitionOf(new Date(before))} ORDER BY relname`.execute(db)
  for (const { name } of rows) {
    await db.transaction().execute(async (tx) => {
      await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`.execute(tx)
      await sql`DROP TABLE ${sql.table(name)}`.execute(tx)
    })
  }
  return rows.length
}
