import { sql } from 'kysely'
import type { Db } from '../schema.ts'

/*
 * The counters of credit pools. A pool is one side of the ledger; what is in it is the limit of its counter, kept by the
 * database itself, so that nothing is taken out of it that a replica has leased.
 */

/** `organization:<id>` and `workspace:<id>` are pools; all other sides of the ledger are not. */
const POOL = /^(organization|workspace):/

/** What the sides of the ledger named in `sides` have: all that was put in, less what was taken out by anything but charges. */
const creditsIn = (sides: readonly string[]) => sql`(
  SELECT side, coalesce(sum(amount), 0)::bigint AS credits
  FROM unnest(${sides}::text[]) AS side LEFT JOIN (
    SELECT credit_account AS side, amount_nano AS amount FROM ledger_entry WHERE credit_account = ANY (${sides}::text[])
    UNION ALL
    SELECT debit_account, -amount_nano FROM ledger_entry WHERE kind <> 'charge' AND debit_account = ANY (${sides}::text[])
  ) AS movement USING (side)
  GROUP BY side) AS pool`

/** Keeps others from leasing or charging of these pools until the transaction ends; returns what is leased of each. */
export async function lockPools(db: Db, sides: readonly string[]): Promise<Map<string, bigint>> {
  const pools = sides.filter((side) => POOL.test(side))
  await sql`
    INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start)
    SELECT 'pool', side, 'credit', 'lifetime', '1970-01-01' FROM unnest(${pools}::text[]) AS side
    ORDER BY side COLLATE "C" ON CONFLICT DO NOTHING`.execute(db)
  const { rows } = await sql<{ side: string; leased: bigint }>`
    SELECT scope_id AS side, leased_nano AS leased FROM counter
    WHERE scope_kind = 'pool' AND kind = 'credit' AND interval = 'lifetime' AND scope_id = ANY (${pools}::text[])
    ORDER BY scope_id COLLATE "C" FOR UPDATE`.execute(db)
  return new Map(rows.map(({ side, leased }) => [side, leased]))
}

/** Sets what is in the pools from their entries. */
export async function refreshPools(db: Db, sides: readonly string[]): Promise<void> {
  await lockPools(db, sides)
  await sql`
    UPDATE counter SET limit_nano = greatest(pool.credits, 0),
      ceiling_nano = greatest(pool.credits, settled_nano + leased_nano)
    FROM ${creditsIn(sides)}
    WHERE scope_kind = 'pool' AND scope_id = pool.side AND kind = 'credit' AND interval = 'lifetime'`.execute(db)
}

/** As `refreshPools`, of every pool that limits something. */
export async function refreshAllPools(db: Db, which: { isPrepaid: boolean }): Promise<void> {
  const sides = await listPools(db, which)
  if (sides.length > 0) await db.transaction().execute((tx) => refreshPools(tx, sides))
}

/** What is in every pool that limits something, by its side of the ledger. */
export async function loadPoolCredits(db: Db, which: { isPrepaid: boolean }): Promise<Map<string, bigint>> {
  const sides = await listPools(db, which)
  const { rows } = await sql<{ side: string; credits: bigint }>`SELECT side, credits FROM ${creditsIn(sides)}`.execute(
    db,
  )
  return new Map(rows.map(({ side, credits }) => [side, credits]))
}

/** Those of workspaces that have one and, where credits are paid in advance, those of organizations. */
async function listPools(db: Db, { isPrepaid }: { isPrepaid: boolean }): Promise<string[]> {
  const { rows } = await sql<{ side: string }>`
    SELECT 'workspace:' || id AS side FROM workspace WHERE credit_pool = 'dedicated' AND deleted_at IS NULL
    UNION ALL SELECT 'organization:' || id FROM organization WHERE ${isPrepaid}::boolean`.execute(db)
  return rows.map(({ side }) => side)
}
