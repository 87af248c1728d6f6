import { type RawBuilder, sql } from 'kysely'
import { type Db, toIso } from './schema.ts'

const DELETE_MAX = 5_000

/** What is kept for a time, by what its age counts from. */
const KEPT_FOR_A_TIME = {
  refused_request: { table: 'refused_request', since: 'created_at' },
  idempotent_request: { table: 'idempotent_request', since: 'created_at' },
  generation_content: { table: 'generation_content', since: 'created_at' },
  // Waiting or dead.
  broadcast_delivery: { table: 'broadcast_delivery', since: 'ended_at' },
  // Those of months that have no partition of their own.
  generation: { table: 'generation_default', since: 'created_at' },
  generation_feedback: { table: 'generation_feedback', since: 'created_at' },
  false_positive: { table: 'false_positive', since: 'requested_at', only: sql`NOT refused` },
  refused_false_positive: { table: 'false_positive', since: 'requested_at', only: sql`refused` },
  session: { table: 'session', since: 'expires_at' },
  auth_code: { table: 'auth_code', since: 'expires_at' },
  verification: { table: 'verification', since: 'expires_at' },
  delivered: { table: 'outbox', since: 'done_at' },
  undeliverable: { table: 'outbox', since: 'dead_at' },
  change: { table: 'change', since: 'created_at' },
  // A day, to which nothing later than its beginning is known.
  rules_in_force: { table: 'rules_in_force', since: 'last_met' },
  security_event: { table: 'security_event', since: 'minute' },
  scim_sync_job: { table: 'scim_sync_job', since: 'created_at' },
  payment_event: { table: 'payment_event', since: 'received_at' },
  // Of a lifetime there is one window, and it never ends.
  counter: { table: 'counter', since: 'window_start', only: sql`interval <> 'lifetime' AND leased_nano = 0` },
  endpoint_health: { table: 'endpoint_health', since: 'minute' },
  key_network: { table: 'key_network', since: 'last_seen_at' },
  alert: { table: 'alert', since: 'created_at' },
  ended_lease: { table: 'lease', since: 'changed_at', only: sql`state = 'ended'` },
} as const satisfies Record<string, { table: string; since: string; only?: RawBuilder<unknown> }>
export type KeptForATime = keyof typeof KEPT_FOR_A_TIME

/** Deletes what is older, a bounded number at a time so that no lock is held for long. Returns how many. */
export async function deleteRowsBefore(db: Db, what: KeptForATime, before: number): Promise<number> {
  const kept: { table: string; since: string; only?: RawBuilder<unknown> } = KEPT_FOR_A_TIME[what]
  const [table, since] = [sql.table(kept.table), sql.ref(kept.since)]
  const only = kept.only ?? sql`true`
  let total = 0
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${table} WHERE ${since} < ${toIso(before)} AND ${only} LIMIT ${DELETE_MAX})) AND ${since} < ${toIso(before)}`.execute(
      db,
    )
    total += Number(numAffectedRows)
    if (numAffectedRows < DELETE_MAX) return total
  }
}
