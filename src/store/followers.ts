import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Replicas } from '../gateway/ports.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from './schema.ts'

/*
 * Processes that share a database tell each other through it how far they have followed its changes. Each keeps a row that it
 * renews, and writes down the version of an organization that it acts on. Whoever revokes something waits until the others are
 * as far. One that doesn't say so within the wait is away or slow: it stops serving by itself once it has had no contact for
 * `staleMs`, so from then on the revocation holds whatever became of it.
 */

const WAIT_MS = 10_000
const POLL_MS_MIN = 10
const POLL_MS_MAX = 250
/** Rows of processes that are long gone. */
const SILENT_AFTER = sql.raw("interval '15 seconds'")
const FORGET_AFTER = sql.raw("interval '1 hour'")

/** How many processes follow, with this one, and its place among them. Those that were silent for 15 s aren't counted. */
export async function placeAmongFollowers(db: Db, id: string): Promise<Replicas> {
  const { rows } = await sql<{ others: number; before: number }>`
    SELECT count(*)::int AS others, count(*) FILTER (WHERE id < ${id}::uuid)::int AS before
    FROM follower WHERE id <> ${id}::uuid AND heard_at > clock_timestamp() - ${SILENT_AFTER}`.execute(db)
  const { before = 0, others = 0 } = rows[0] ?? {}
  return { count: others + 1, rank: before }
}

export interface FollowersOptions {
  db: Db
  clock: Clock
  /** This process. */
  id: string
  /** How long one may go on without contact. */
  staleMs: number
}

interface Laggard {
  /** From now on, by which it doesn't act on anything old any more. */
  trusted_ms: number
}

export class Followers {
  readonly #options: FollowersOptions
  /** What this process acts on, as far as the others haven't been told. */
  readonly #untold = new Map<string, bigint>()
  #telling: Promise<void> | undefined
  #hasOthers = true

  constructor(options: FollowersOptions) {
    this.#options = options
  }

  /** Notes that this process acts on a version now, and tells the others, if there are any. Never waits, never throws. */
  acknowledge(organizationId: string, version: bigint): void {
    this.#untold.set(organizationId, version)
    if (this.#hasOthers) this.#tellSoon()
  }

  /** Says that this process is in contact. Throws what the database throws. */
  async renew(): Promise<void> {
    const { db, id } = this.#options
    await sql`INSERT INTO follower (id, heard_at) VALUES (${id}, clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET heard_at = clock_timestamp()`.execute(db)
    await sql`DELETE FROM follower WHERE heard_at < clock_timestamp() - ${FORGET_AFTER}`.execute(db)
    if (await this.findOthers()) this.#tellSoon()
  }

  /** Whether other processes are on the database now. Throws what the database throws. */
  async findOthers(): Promise<boolean> {
    const { rows } = await this.#others()
    this.#hasOthers = rows.length > 0
    return this.#hasOthers
  }

  /** Nobody needs to wait for this process any more. */
  async leave(): Promise<void> {
    await this.#telling
    await this.#options.db.deleteFrom('follower').where('id', '=', this.#options.id).execute()
  }

  /** Resolves when every other process acts on the version, or after ten seconds: to the time from which all do, in epoch
   *  milliseconds, which is to come only for those that didn't say so. */
  async whenFelt(organizationId: string, version: bigint): Promise<number> {
    const { clock } = this.#options
    const end = clock.monotonic() + WAIT_MS
    for (let pauseMs = POLL_MS_MIN; ; pauseMs = Math.min(POLL_MS_MAX, pauseMs * 2)) {
      const { rows } = await this.#others({ organizationId, version })
      const now = clock.now()
      if (rows.length === 0) return now
      if (clock.monotonic() >= end) return now + Math.max(...rows.map(({ trusted_ms }) => Math.ceil(trusted_ms)))
      await sleep(pauseMs)
    }
  }

  /** The others that may be alive; of an organization those that aren't known to be as far. */
  #others(behind?: { organizationId: string; version: bigint }) {
    const { db, id, staleMs } = this.#options
    const isBehind =
      behind === undefined
        ? sql`true`
        : sql`NOT EXISTS (SELECT FROM follower_version v WHERE v.follower_id = follower.id
            AND v.organization_id = ${behind.organizationId} AND v.version >= ${behind.version})`
    return sql<Laggard>`
      SELECT extract(epoch FROM heard_at - clock_timestamp())::float8 * 1000 + ${staleMs}::float8 AS trusted_ms
      FROM follower
      WHERE id <> ${id} AND heard_at > clock_timestamp() - make_interval(secs => ${staleMs / 1_000}::float8) AND ${isBehind}`.execute(
      db,
    )
  }

  #tellSoon(): void {
    if (this.#telling !== undefined || this.#untold.size === 0) return
    this.#telling = this.#tell()
      .catch(() => {})
      .finally(() => {
        this.#telling = undefined
      })
  }

  /** What can't be told now is told with the next renewal. */
  async #tell(): Promise<void> {
    const { db, id: follower_id } = this.#options
    while (this.#untold.size > 0) {
      const told = [...this.#untold]
      await db
        .insertInto('follower_version')
        .values(told.map(([organization_id, version]) => ({ organization_id, follower_id, version })))
        .onConflict((conflict) =>
          conflict
            .columns(['organization_id', 'follower_id'])
            .doUpdateSet({ version: (row) => row.ref('excluded.version') }),
        )
        .execute()
      for (const [organizationId, version] of told) {
        if (this.#untold.get(organizationId) === version) this.#untold.delete(organizationId)
      }
    }
  }
}
