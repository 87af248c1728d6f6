import { sql } from 'kysely'
import type { Db } from './schema.ts'

/** Makes the monthly partitions of `generation` for the month of `nowMs` and the `ahead` months after it, where missing. Rows of
 *  any other month go to the default partition. */
export async function ensureGenerationPartitions(db: Db, nowMs: number, ahead = 2): Promise<void> {
  const now = new Date(nowMs)
  for (let offset = 0; offset <= ahead; offset += 1) {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1))
    const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset + 1, 1))
    const name = `generation_${from.toISOString().slice(0, 7).replace('-', '_')}`
    await sql`CREATE TABLE IF NOT EXISTS ${sql.table(name)} PARTITION OF generation
      FOR VALUES FROM (${sql.lit(from.toISOString())}) TO (${sql.lit(to.toISOString())})`.execute(db)
  }
}
