import { sql } from 'kysely'
import {
  answerLeaseRequest,
  type CounterRow,
  type LeaseRow,
  type LeaseRows,
  type ReplicaRow,
  releaseLease as releaseRow,
  rowsOf,
} from '../domain/lease-authority.ts'
import {
  type CounterKey,
  counterAddressOf,
  counterKeyOf,
  type LeaseAnswer,
  type LeaseRequest,
} from '../domain/lease-protocol.ts'
import { idleBound, LEASES_IDLE_SECONDS } from './idle-bound.ts'
import type { Db, Tx } from './schema.ts'
import { tryAgain } from './try-again.ts'

/*
 * Leases in the database: reads and locks the rows that a request concerns, lets `domain/lease-authority.ts` decide, and writes
 * what has changed, in one transaction. Counters are locked before leases, both in one fixed order, as `post-generations.ts`
 * does, so that two transactions seldom wait for each other; where they do, one is tried again.
 */

/** A replica that was seen within this time shares the counters. */
const PRESENT_SECONDS = 120
const COUNTER_COLUMNS = sql`scope_kind, scope_id, kind, interval, window_start`
/** The same order on every database, whatever its collation. */
const COUNTER_ORDER = sql`scope_kind COLLATE "C", scope_id COLLATE "C", kind COLLATE "C", interval COLLATE "C", window_start`

/** Names the counters, one a notification, of which replicas are to give back what they don't use. */
export const SCARCE_CHANNEL = 'switchyard_scarce'

/** Answers a request of a replica. When it is known to have failed, nothing has changed; it may be sent again. */
export async function answerLease(db: Db, request: LeaseRequest): Promise<LeaseAnswer> {
  const [answer] = await answerLeases(db, [request])
  if (answer === undefined) throw new Error('a request has an answer')
  return answer
}

/** Answers requests of one replica in their order, all or none. */
export async function answerLeases(db: Db, requests: readonly LeaseRequest[]): Promise<LeaseAnswer[]> {
  return await tryAgain(() => db.transaction().execute((tx) => answerIn(tx, requests)))
}

async function answerIn(tx: Tx, requests: readonly LeaseRequest[]): Promise<LeaseAnswer[]> {
  const replica = requests[0]?.replica ?? ''
  if (requests.some(({ type }) => type === 'register')) {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`replica ${replica}`}, 0))`.execute(tx)
  }
  const rows = { ...(await readReplica(tx, replica)), ...(await readRows(tx, replica, requests)) }
  const before = structuredClone(rows)
  const answers = requests.map((request) => answerLeaseRequest(request, rows))
  await writeChanges(tx, { replica, before, rows })
  if (rows.replicaCount > 1) await notifyScarce(tx, scarceIn(answers))
  return answers
}

/** What one asks for in vain may lie idle with another. */
function scarceIn(answers: readonly LeaseAnswer[]): CounterKey[] {
  const denied = answers.flatMap((answer) => (answer.type === 'denied' ? [...answer.counters] : []))
  return denied.flatMap(([key, { leased }]) => (leased > 0n ? [key] : []))
}

/** Asks every replica to give back what it doesn't use of these counters. */
export async function notifyScarce(db: Db, counters: readonly CounterKey[]): Promise<void> {
  if (counters.length === 0) return
  await sql`SELECT pg_notify(${SCARCE_CHANNEL}, key) FROM unnest(${[...new Set(counters)]}::text[]) AS key`.execute(db)
}

/** Leases of replicas that were last heard of more than `seconds` ago: nobody can tell what they have spent. Returns how many. */
export async function suspendLeases(db: Db, seconds: number): Promise<bigint> {
  const { numAffectedRows } = await sql`
    UPDATE lease SET state = 'unconfirmed', changed_at = now() FROM replica
    WHERE lease.state = 'open' AND replica.id = replica_id AND seen_at < now() - make_interval(secs => ${seconds}::integer)
  `.execute(db)
  return numAffectedRows ?? 0n
}

/**
 * Gives back what is left of unconfirmed leases, and tells of each that was one. Nothing is posted meanwhile: a statement that
 * posts reads leases as they were when it began, and would take a charge of these out of what is leased a second time. Those
 * that run are waited for; others wait before they begin.
 */
export async function releaseLeases(
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, { before: LeaseRow; after: LeaseRow }>> {
  await sql`SELECT ${idleBound(LEASES_IDLE_SECONDS)}`.execute(tx)
  await sql`LOCK TABLE generation IN SHARE MODE`.execute(tx)
  const named = sql`id = ANY (${[...ids]}::text[]) AND state = 'unconfirmed'`
  const counters = await lockCounters(
    tx,
    [...(await readLeases(tx, named)).values()].map(({ counter }) => counter),
  )
  const leases = await readLeases(tx, sql`${named} ORDER BY id COLLATE "C" FOR UPDATE`)
  const before = structuredClone({ counters, leases })
  const released = [...leases].flatMap(([id, after]) => {
    const counter = counters.get(after.counter)
    const was = before.leases.get(id)
    return counter && was && releaseRow(after, counter) ? [[id, { before: was, after }] as const] : []
  })
  await writeCounters(tx, changedIn(before.counters, counters))
  await writeLeases(tx, changedIn(before.leases, leases))
  return new Map(released)
}

async function readReplica(
  tx: Tx,
  id: string,
): Promise<{ replica: ReplicaRow | undefined; replicaCount: number; now: number }> {
  const { rows } = await sql<{ replica: ReplicaRow | null; count: bigint; now: bigint }>`
    SELECT (SELECT jsonb_build_object('generation', generation, 'process', process, 'journal', journal, 'seenAt',
        floor(extract(epoch FROM seen_at) * 1000)) FROM replica WHERE id = ${id}) AS replica,
      (SELECT count(*) FROM replica WHERE seen_at > now() - make_interval(secs => ${PRESENT_SECONDS})) AS count,
      floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, ${idleBound(LEASES_IDLE_SECONDS)}`.execute(tx)
  const [row] = rows
  if (row === undefined) throw new Error('the database has no clock')
  // Against a process that begins meanwhile.
  if (row.replica !== null) await sql`SELECT FROM replica WHERE id = ${id} FOR SHARE`.execute(tx)
  return { replica: row.replica ?? undefined, replicaCount: Number(row.count), now: Number(row.now) }
}

async function readRows(
  tx: Tx,
  replica: string,
  requests: readonly LeaseRequest[],
): Promise<Pick<LeaseRows, 'counters' | 'leases'>> {
  const mine = sql`replica_id = ${replica} AND state <> 'ended'`
  const [first] = requests
  if (requests.length === 1 && first?.type === 'list')
    return { counters: new Map(), leases: await readLeases(tx, mine) }
  if (requests.length === 1 && first?.type === 'heartbeat') return await readForHeartbeat(tx, mine)
  const concerned = requests.map(rowsOf)
  const named = concerned.flatMap(({ leases }) => (typeof leases === 'string' ? [] : leases))
  const isAll = concerned.some(({ leases }) => typeof leases === 'string')
  const condition = sql`(id = ANY (${named}::text[]) ${isAll ? sql`OR (${mine})` : sql``})`
  // Which counter a lease is on never changes, so that can be read before anything is locked.
  const known = await readLeases(tx, condition)
  const asked = concerned.flatMap(({ counters }) => counters)
  const keys = new Set([...asked, ...[...known.values()].map(({ counter }) => counter)])
  if (asked.length > 0) await insertCounters(tx, asked)
  const isRegister = requests.every(({ type }) => type === 'register')
  const counters = isRegister ? new Map() : await lockCounters(tx, [...keys])
  return { counters, leases: await readLeases(tx, sql`${condition} ORDER BY id COLLATE "C" FOR UPDATE`) }
}

/** Of a replica's many leases only those about which there may be something to say. */
async function readForHeartbeat(tx: Tx, mine: ReturnType<typeof sql>): Promise<Pick<LeaseRows, 'counters' | 'leases'>> {
  const leases = await readLeases(
    tx,
    sql`${mine} AND (state <> 'open' OR EXISTS (SELECT FROM counter WHERE is_scarce AND counter.scope_kind = lease.scope_kind
      AND counter.scope_id = lease.scope_id AND counter.kind = lease.kind AND counter.interval = lease.interval
      AND counter.window_start = lease.window_start)) ORDER BY id COLLATE "C" FOR UPDATE`,
  )
  const keys = [...leases.values()].map(({ counter }) => counter)
  return { counters: await readCounters(tx, keys, sql``), leases }
}

async function readLeases(tx: Tx, condition: ReturnType<typeof sql>): Promise<Map<string, LeaseRow>> {
  const { rows } = await sql<LeaseRecord>`
    SELECT id, organization_id, ${COUNTER_COLUMNS}, replica_id, generation, journal, granted_nano, charged_nano, state
    FROM lease WHERE ${condition}`.execute(tx)
  return new Map(
    rows.map((row) => [
      row.id,
      {
        organization: row.organization_id,
        counter: keyOf(row),
        replica: row.replica_id,
        generation: row.generation,
        journal: row.journal,
        granted: row.granted_nano,
        charged: row.charged_nano,
        state: row.state,
      },
    ]),
  )
}

function lockCounters(tx: Tx, keys: readonly CounterKey[]): Promise<Map<CounterKey, CounterRow>> {
  return readCounters(tx, keys, sql`ORDER BY ${COUNTER_ORDER} FOR UPDATE`)
}

async function readCounters(
  tx: Tx,
  keys: readonly CounterKey[],
  locking: ReturnType<typeof sql>,
): Promise<Map<CounterKey, CounterRow>> {
  if (keys.length === 0) return new Map()
  const { rows } = await sql<CounterRecord>`
    SELECT ${COUNTER_COLUMNS}, settled_nano, leased_nano, limit_nano, limit_version, ceiling_nano, is_scarce
    FROM counter WHERE (${COUNTER_COLUMNS}) IN (SELECT ${COUNTER_COLUMNS} FROM ${addresses(keys)}) ${locking}`.execute(
    tx,
  )
  return new Map(
    rows.map((row) => [
      keyOf(row),
      {
        settled: row.settled_nano,
        leased: row.leased_nano,
        limit: row.limit_nano,
        limitVersion: row.limit_version,
        ceiling: row.ceiling_nano,
        isScarce: row.is_scarce,
      },
    ]),
  )
}

async function insertCounters(tx: Tx, keys: readonly CounterKey[]): Promise<void> {
  await sql`
    INSERT INTO counter (${COUNTER_COLUMNS}) SELECT ${COUNTER_COLUMNS} FROM ${addresses(keys)} ORDER BY ${COUNTER_ORDER}
    ON CONFLICT DO NOTHING`.execute(tx)
}

function addresses(keys: readonly CounterKey[]) {
  const json = JSON.stringify([...new Set(keys)].map((key) => toRecord(key)))
  return sql`jsonb_to_recordset(${json}::text::jsonb) AS address (scope_kind text, scope_id text, kind text, interval text,
    window_start date)`
}

async function writeChanges(
  tx: Tx,
  { replica: id, before, rows }: { replica: string; before: LeaseRows; rows: LeaseRows },
): Promise<void> {
  const { replica } = rows
  if (replica && (replica.generation !== before.replica?.generation || replica.seenAt !== before.replica.seenAt)) {
    const { generation, process, journal, seenAt } = replica
    await sql`
      INSERT INTO replica (id, generation, process, journal, seen_at)
      VALUES (${id}, ${generation}, ${process}, ${journal}, to_timestamp(${seenAt}::double precision / 1000))
      ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, process = excluded.process,
        journal = excluded.journal, seen_at = excluded.seen_at`.execute(tx)
  }
  await writeCounters(tx, changedIn(before.counters, rows.counters))
  await writeLeases(tx, changedIn(before.leases, rows.leases))
}

async function writeCounters(tx: Tx, changed: readonly [CounterKey, CounterRow][]): Promise<void> {
  if (changed.length === 0) return
  const records = changed.map(([key, counter]) => ({
    ...toRecord(key),
    leased_nano: String(counter.leased),
    limit_nano: counter.limit?.toString() ?? null,
    limit_version: String(counter.limitVersion),
    ceiling_nano: counter.ceiling?.toString() ?? null,
    is_scarce: counter.isScarce,
  }))
  await sql`
    UPDATE counter SET leased_nano = row.leased_nano, limit_nano = row.limit_nano, limit_version = row.limit_version,
      ceiling_nano = row.ceiling_nano, is_scarce = row.is_scarce
    FROM jsonb_to_recordset(${JSON.stringify(records)}::text::jsonb) AS row (scope_kind text, scope_id text, kind text,
      interval text, window_start date, leased_nano bigint, limit_nano bigint, limit_version bigint, ceiling_nano bigint,
      is_scarce boolean)
    WHERE counter.scope_kind = row.scope_kind AND counter.scope_id = row.scope_id AND counter.kind = row.kind
      AND counter.interval = row.interval AND counter.window_start = row.window_start`.execute(tx)
}

async function writeLeases(tx: Tx, changed: readonly [string, LeaseRow][]): Promise<void> {
  if (changed.length === 0) return
  const records = changed.map(([id, lease]) => ({
    id,
    ...toRecord(lease.counter),
    organization_id: lease.organization,
    replica_id: lease.replica,
    generation: lease.generation,
    journal: lease.journal,
    granted_nano: String(lease.granted),
    charged_nano: String(lease.charged),
    state: lease.state,
  }))
  await sql`
    INSERT INTO lease (id, organization_id, ${COUNTER_COLUMNS}, replica_id, generation, journal, granted_nano, charged_nano,
      state, changed_at)
    SELECT id, organization_id, ${COUNTER_COLUMNS}, replica_id, generation, journal, granted_nano, charged_nano, state, now()
    FROM jsonb_to_recordset(${JSON.stringify(records)}::text::jsonb) AS row (id text, organization_id text, scope_kind text,
      scope_id text, kind text, interval text, window_start date, replica_id text, generation integer, journal text,
      granted_nano bigint, charged_nano bigint, state text)
    ON CONFLICT (id) DO UPDATE SET granted_nano = excluded.granted_nano, state = excluded.state,
      changed_at = excluded.changed_at`.execute(tx)
}

function changedIn<Row extends object>(before: ReadonlyMap<string, Row>, rows: ReadonlyMap<string, Row>) {
  return [...rows].filter(([key, row]) => {
    const was = before.get(key)
    return was === undefined || (Object.keys(row) as (keyof Row)[]).some((field) => row[field] !== was[field])
  })
}

interface AddressRecord {
  scope_kind: string
  scope_id: string
  kind: 'credit' | 'byok'
  interval: 'daily' | 'weekly' | 'monthly' | 'lifetime'
  window_start: string
}

interface CounterRecord extends AddressRecord {
  settled_nano: bigint
  leased_nano: bigint
  limit_nano: bigint | null
  limit_version: bigint
  ceiling_nano: bigint | null
  is_scarce: boolean
}

interface LeaseRecord extends AddressRecord {
  id: string
  organization_id: string
  replica_id: string
  generation: number
  journal: string
  granted_nano: bigint
  charged_nano: bigint
  state: LeaseRow['state']
}

function keyOf({ scope_kind, scope_id, kind, interval, window_start }: AddressRecord): CounterKey {
  return counterKeyOf({ scopeKind: scope_kind, scopeId: scope_id, kind, interval, windowStart: window_start })
}

function toRecord(key: CounterKey): AddressRecord {
  const { scopeKind, scopeId, kind, interval, windowStart } = counterAddressOf(key)
  return { scope_kind: scopeKind, scope_id: scopeId, kind, interval, window_start: windowStart }
}
