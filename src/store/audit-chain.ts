import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Db, Schema } from './schema.ts'

/*
 * The audit log of an organization is a chain: each row's hash covers the row and the hash before it, keyed with a key that
 * isn't in the database. A chain alone doesn't tell that its end was cut off; heads noted elsewhere do.
 */

/** Few enough that hashing a page doesn't keep the event loop for long. */
const BATCH_ROWS = 500

/** The columns that a row's hash covers, in the order they are hashed in, as their text in the database. */
export interface HashedAuditRow {
  organization_id: string
  sequence: string
  id: string
  created_at: string
  actor_kind: string
  actor_id: string | null
  user_id: string | null
  surface: string
  ip: string | null
  user_agent: string | null
  request_id: string | null
  action: string
  resource_type: string
  resource_id: string
  workspace_id: string | null
  before: string | null
  after: string | null
  previous_hash: string
}

/** HMAC-SHA256 over the row and the hash of the row before it, 64 hex digits: nothing can be changed, taken out or put in
 *  without the key. */
export function hashAuditRow(key: Buffer, row: HashedAuditRow): string {
  const fields = [
    row.organization_id,
    row.sequence,
    row.id,
    row.created_at,
    row.actor_kind,
    row.actor_id,
    row.user_id,
    row.surface,
    row.ip,
    row.user_agent,
    row.request_id,
    row.action,
    row.resource_type,
    row.resource_id,
    row.workspace_id,
    row.before,
    row.after,
    row.previous_hash,
  ]
  return createHmac('sha256', key).update(JSON.stringify(fields)).digest('hex')
}

/** How long an organization's log was at a moment, and the hash of its last row: what is kept elsewhere to show that the end
 *  is still there. */
export interface AuditHead {
  organization_id: string
  /** How many rows there were. */
  sequence: number
  /** '' for an empty log. */
  hash: string
  /** ISO 8601. */
  created_at: string
  /** HMAC-SHA256 over the rest, 64 hex digits. */
  signature: string
}

function signAuditHead(key: Buffer, head: Omit<AuditHead, 'signature'>): AuditHead {
  const { organization_id, sequence, hash, created_at } = head
  const text = JSON.stringify(['head', organization_id, sequence, hash, created_at])
  return { ...head, signature: createHmac('sha256', key).update(text).digest('hex') }
}

function isAuthentic(key: Buffer, head: AuditHead): boolean {
  const [given, wanted] = [head.signature, signAuditHead(key, head).signature].map((text) => Buffer.from(text))
  return given !== undefined && wanted !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted)
}

export type AuditFaultReason =
  | 'missing_row'
  | 'row_changed'
  | 'chain_broken'
  | 'surplus_row'
  | 'head_differs'
  | 'truncated'
  | 'head_not_authentic'

/** What is wrong first, in the order of the log. */
export interface AuditFault {
  reason: AuditFaultReason
  /** Which row is bad, or the first that is missing. */
  sequence: number
  /** Null when the row isn't there. */
  id: string | null
  message: string
}

export interface AuditVerdict {
  rowsChecked: number
  headsChecked: number
  fault: AuditFault | null
}

/** Runs one reading in a session of its own. */
export type ReadPage = <T>(read: (db: Db) => Promise<T>) => Promise<T>

/** Which log, and against which heads beside that in the database; those of other organizations are left out. */
export interface AuditWalkOptions {
  organizationId: string
  heads: readonly AuditHead[]
  batchRows?: number
}

/**
 * A check of the whole log of an organization. `advance` walks what there is, page by page, while others write on; `finish`
 * walks the few rows that came since, in a transaction that has locked the organization, and compares the end with its head
 * row and the heads given. Holds one row and the hashes that the heads ask for, however long the log is.
 */
export class AuditWalk {
  readonly #chain: ChainWalk
  readonly #organizationId: string
  readonly #batchRows: number

  constructor(key: Buffer, { organizationId, heads, batchRows = BATCH_ROWS }: AuditWalkOptions) {
    const own = heads.filter((head) => head.organization_id === organizationId)
    this.#chain = new ChainWalk(key, own)
    this.#organizationId = organizationId
    this.#batchRows = batchRows
  }

  async advance(readPage: ReadPage): Promise<void> {
    let rows: StoredAuditRow[]
    do {
      const page = { after: this.#chain.last, limit: this.#batchRows }
      rows = await readPage((db) => readBatch(db, this.#organizationId, page))
      for (const row of rows) if (!this.#chain.step(row)) return
    } while (rows.length === this.#batchRows)
  }

  async finish(tx: Db): Promise<AuditVerdict> {
    if (!this.#chain.isOver()) await this.advance((read) => read(tx))
    if (!this.#chain.isOver()) this.#chain.finish(await readHeadRow(tx, this.#organizationId))
    return this.#chain.verdict()
  }
}

/** The whole check in one session, of a log that nobody writes to meanwhile. */
export async function verifyAuditLog(db: Db, key: Buffer, of: AuditWalkOptions): Promise<AuditVerdict> {
  return await new AuditWalk(key, of).finish(db)
}

type StoredAuditRow = HashedAuditRow & { hash: string }
interface HeadRow {
  audit_sequence: bigint
  audit_hash: string
}

class ChainWalk {
  /** Where the next batch goes on. */
  last: StoredAuditRow | undefined
  #rowsChecked = 0
  #fault: AuditFault | null = null
  readonly #key: Buffer
  readonly #heads: readonly AuditHead[]
  readonly #hashAt = new Map<number, string>([[0, '']])

  constructor(key: Buffer, heads: readonly AuditHead[]) {
    this.#key = key
    this.#heads = heads
    for (const { sequence } of heads) if (sequence !== 0) this.#hashAt.set(sequence, '')
  }

  /** False when the row is bad, and the walk is over. */
  step(row: StoredAuditRow): boolean {
    const expected = this.#rowsChecked + 1
    const { sequence, id } = row
    if (BigInt(sequence) > BigInt(expected)) {
      this.#fail('missing_row', { sequence: expected, id: null }, `Row ${expected} is missing`)
    } else if (BigInt(sequence) < BigInt(expected)) {
      this.#fail('surplus_row', { sequence: Number(sequence), id }, `Row ${sequence} is there twice or was put in`)
    } else if (hashAuditRow(this.#key, row) !== row.hash) {
      this.#fail('row_changed', { sequence: expected, id }, `Row ${expected} is not as it was written`)
    } else if (row.previous_hash !== (this.last?.hash ?? '')) {
      this.#fail('chain_broken', { sequence: expected, id }, `Row ${expected} does not follow the row before it`)
    } else {
      this.#rowsChecked = expected
      this.last = row
      if (this.#hashAt.has(expected)) this.#hashAt.set(expected, row.hash)
    }
    return this.#fault === null
  }

  /** Whether a row was bad. */
  isOver(): boolean {
    return this.#fault !== null
  }

  finish(head: HeadRow | undefined): void {
    this.#compareWithHeads()
    if (this.#fault !== null) return
    const count = this.#rowsChecked
    if (head === undefined) {
      this.#fail('head_differs', { sequence: count, id: null }, 'The row with the head of the log is missing')
    } else if (head.audit_sequence > BigInt(count)) {
      const message = `The log ends at row ${count}, but its head says ${head.audit_sequence}`
      this.#fail('truncated', { sequence: count + 1, id: null }, message)
    } else if (head.audit_sequence !== BigInt(count) || head.audit_hash !== (this.last?.hash ?? '')) {
      const message = `Row ${count} is not the one that the head of the log names (${head.audit_sequence})`
      this.#fail('head_differs', { sequence: count, id: this.last?.id ?? null }, message)
    }
  }

  /** The shortest head that doesn't fit tells of the first bad row. */
  #compareWithHeads(): void {
    for (const head of this.#heads.toSorted((a, b) => a.sequence - b.sequence)) {
      const { sequence, created_at } = head
      const at = { sequence, id: null }
      if (!isAuthentic(this.#key, head)) {
        this.#fail('head_not_authentic', at, `The head noted at ${created_at} was not signed by this installation`)
      } else if (sequence > this.#rowsChecked) {
        const message = `The log ends at row ${this.#rowsChecked}, but at ${created_at} it had ${sequence}`
        this.#fail('truncated', { sequence: this.#rowsChecked + 1, id: null }, message)
      } else if (this.#hashAt.get(sequence) !== head.hash) {
        this.#fail('head_differs', at, `Row ${sequence} is not the one that was noted at ${created_at}`)
      }
      if (this.#fault !== null) return
    }
  }

  #fail(reason: AuditFaultReason, row: { sequence: number; id: string | null }, message: string): void {
    this.#fault = { reason, ...row, message }
  }

  verdict(): AuditVerdict {
    return { rowsChecked: this.#rowsChecked, headsChecked: this.#heads.length, fault: this.#fault }
  }
}

/** The next rows in the order of the log. By sequence and id, and beginning with the last row itself, which is left out, so
 *  that not even an exact copy of it is skipped. */
async function readBatch(
  db: Db,
  organizationId: string,
  { after, limit }: { after: StoredAuditRow | undefined; limit: number },
): Promise<StoredAuditRow[]> {
  const query = (db as Kysely<Schema>)
    .selectFrom('audit_log')
    .select([
      'organization_id',
      'actor_kind',
      'actor_id',
      'user_id',
      'surface',
      'ip',
      'user_agent',
      'request_id',
      'action',
      'resource_type',
      'resource_id',
      'workspace_id',
      'previous_hash',
      'hash',
      'id',
      sql<string>`sequence::text`.as('sequence'),
      sql<string>`to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US BC')`.as('created_at'),
      sql<string | null>`before::text`.as('before'),
      sql<string | null>`after::text`.as('after'),
    ])
    .where('organization_id', '=', organizationId)
    .orderBy('audit_log.sequence')
    .orderBy('audit_log.id')
    .limit(limit)
  const rows =
    after === undefined
      ? await query.execute()
      : await query
          .where(sql<boolean>`(audit_log.sequence, audit_log.id) >= (${after.sequence}::bigint, ${after.id}::uuid)`)
          .offset(1)
          .execute()
  return rows.map((row) => ({ ...row, created_at: asWritten(row.created_at) }))
}

/** The instant as it was hashed. One that isn't a whole millisecond after Christ was not written by us and stays as it is. */
function asWritten(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})000 AD$/, '$1Z')
}

async function readHeadRow(db: Db, organizationId: string): Promise<HeadRow | undefined> {
  return await db
    .selectFrom('organization_head')
    .select(['audit_sequence', 'audit_hash'])
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
}

/** Where the logs of organizations end now: of all, or of one. */
export async function readAuditHeads(
  db: Db,
  key: Buffer,
  at: { now: string; organizationId?: string },
): Promise<AuditHead[]> {
  let query = db.selectFrom('organization_head').select(['organization_id', 'audit_sequence', 'audit_hash'])
  if (at.organizationId !== undefined) query = query.where('organization_id', '=', at.organizationId)
  const rows = await query.orderBy('organization_id').execute()
  return rows.map(({ organization_id, audit_sequence, audit_hash }) =>
    signAuditHead(key, {
      organization_id,
      sequence: Number(audit_sequence),
      hash: audit_hash,
      created_at: at.now,
    }),
  )
}
