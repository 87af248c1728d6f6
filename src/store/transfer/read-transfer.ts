import { type Kysely, sql } from 'kysely'
import { type AppliedMigration, readAppliedMigrations } from '../migrate.ts'
import type { Db, Schema } from '../schema.ts'
import {
  listTransferTables,
  readTableSum,
  setTransferSession,
  type TableSum,
  type TransferTable,
  valuesOf,
} from './tables.ts'

/** Few enough that rows of a mebibyte each fit in memory. */
const ROWS_AT_ONCE = 200

/** Where an automatic number has come to. */
export interface TransferSequence {
  table: string
  column: string
  last: string
  isCalled: boolean
}

export interface LedgerTotal {
  organization_id: string
  entries: string
  amount_nano: string
}

export interface HeadOfLog {
  organization_id: string
  sequence: string
  hash: string
}

/** What a transfer says of itself before its rows: the schema that they have, and what must come out of them. */
export interface TransferHeader {
  migrations: readonly AppliedMigration[]
  tables: readonly (TableSum & { columns: readonly string[] })[]
  sequences: readonly TransferSequence[]
  /** First days of the months that have a partition of `generation`. */
  months: readonly string[]
  ledger: readonly LedgerTotal[]
  audit: readonly HeadOfLog[]
}

/** Takes a transfer: first what it is, then each table's name before its rows, a row being a JSON array of texts and nulls. */
export interface TransferSink {
  begin(header: TransferHeader): Promise<void>
  table(name: string): Promise<void>
  rows(lines: readonly string[]): Promise<void>
}

/** Reads a whole database as it is at one moment, while others write on (PostgreSQL) or wait (embedded). */
export async function readTransfer(db: Kysely<Schema>, sink: TransferSink): Promise<TransferHeader> {
  return await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await setTransferSession(tx)
      const tables = await listTransferTables(tx)
      const header = await readHeader(tx, tables)
      await sink.begin(header)
      for (const table of tables) {
        await sink.table(table.name)
        await readRows(tx, table, sink)
      }
      return header
    })
}

async function readHeader(tx: Db, tables: readonly TransferTable[]): Promise<TransferHeader> {
  const sums = []
  for (const table of tables) {
    const columns = table.columns.map(({ name }) => name)
    sums.push({ ...(await readTableSum(tx, table)), columns })
  }
  return {
    migrations: await readAppliedMigrations(tx),
    tables: sums,
    sequences: await readSequences(tx),
    months: await readMonths(tx),
    ...(await readMoneyAndLog(tx)),
  }
}

async function readRows(tx: Db, { name, columns }: TransferTable, sink: TransferSink): Promise<void> {
  await sql`DECLARE transfer NO SCROLL CURSOR FOR
    SELECT to_json(${valuesOf(columns)})::text AS line FROM ${sql.table(name)}`.execute(tx)
  for (;;) {
    const { rows } = await sql<{ line: string }>`FETCH ${sql.raw(String(ROWS_AT_ONCE))} FROM transfer`.execute(tx)
    if (rows.length > 0) await sink.rows(rows.map(({ line }) => line))
    if (rows.length < ROWS_AT_ONCE) break
  }
  await sql`CLOSE transfer`.execute(tx)
}

/** What people look at after a move: the money of each organization, and where its audit log ends. */
async function readMoneyAndLog(db: Db): Promise<Pick<TransferHeader, 'ledger' | 'audit'>> {
  const ledger = await sql<LedgerTotal>`
    SELECT organization_id, count(*)::text AS entries, sum(amount_nano)::text AS amount_nano
    FROM ledger_entry GROUP BY organization_id ORDER BY organization_id`.execute(db)
  const audit = await sql<HeadOfLog>`
    SELECT organization_id, audit_sequence::text AS sequence, audit_hash AS hash
    FROM organization_head ORDER BY organization_id`.execute(db)
  return { ledger: ledger.rows, audit: audit.rows }
}

async function readSequences(db: Db): Promise<TransferSequence[]> {
  const { rows } = await sql<{ table: string; column: string; sequence: string }>`
    SELECT "table"."relname" AS "table", attname AS "column", sequence.oid::regclass::text AS sequence
    FROM pg_class AS sequence
    JOIN pg_depend ON pg_depend.classid = 'pg_class'::regclass AND pg_depend.objid = sequence.oid AND deptype IN ('a', 'i')
    JOIN pg_class AS "table" ON "table".oid = pg_depend.refobjid
    JOIN pg_attribute ON attrelid = "table".oid AND attnum = pg_depend.refobjsubid
    WHERE sequence.relkind = 'S'
      AND "table".relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    ORDER BY 1, 2`.execute(db)
  const found: TransferSequence[] = []
  for (const { table, column, sequence } of rows) {
    // Quoted by the database where it needs to be.
    const at = await sql<{ last: string; is_called: boolean }>`
      SELECT last_value::text AS last, is_called FROM ${sql.raw(sequence)}`.execute(db)
    const [row] = at.rows
    if (row !== undefined) found.push({ table, column, last: row.last, isCalled: row.is_called })
  }
  return found
}

async function readMonths(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'generation'::regclass AND relname ~ '^generation_[0-9]{4}_[0-9]{2}$' ORDER BY relname`.execute(
    db,
  )
  return rows.map(({ name }) => `${name.slice(-7).replace('_', '-')}-01`)
}
