/**
 * What each released version left in a database: a backup of it in `test/fixtures/released/`, with rows in every table, made by
 * `npm run record:release`. It is loaded under the schema of its version, or of an earlier one as far as that goes.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { type Database, openDatabase } from '../../src/store/database.ts'
import type { AppliedMigration } from '../../src/store/migrate.ts'
import { ensureGenerationPartitions } from '../../src/store/partitions.ts'
import type { Db, Tx } from '../../src/store/schema.ts'
import type { TransferHeader, TransferSequence } from '../../src/store/transfer/read-transfer.ts'
import {
  listTransferTables,
  setTransferSession,
  type TransferTable,
  valuesOf,
} from '../../src/store/transfer/tables.ts'
import { type BackupHeader, readTransferFile } from '../../src/store/transfer/transfer-file.ts'

/** Of the installations that were recorded. */
export const RELEASED_SECRET = 'the secret of installations that were recorded'
/** Any valid one. */
export const RELEASED_KEY = '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'
const RELEASED = join(import.meta.dirname, '../fixtures/released')
const SUFFIX = '.backup'
/** What stood in columns that are gone since, as SQL. */
const GONE: Readonly<Record<string, Readonly<Record<string, string>>>> = { workspace_member: { role: `'admin'` } }

export interface Place {
  dataDir: string
  databaseUrl?: string | undefined
}

export interface Release {
  version: string
  path: string
}

export function listReleased(): Release[] {
  const files = readdirSync(RELEASED).filter((name) => name.endsWith(SUFFIX))
  return files.sort().map((name) => ({ version: name.slice(0, -SUFFIX.length), path: join(RELEASED, name) }))
}

/** When it was recorded, in milliseconds. */
export function madeAt(release: Release): number {
  return Date.parse(headerOf(release).made_at)
}

/** What had been applied to its schema. */
export function migrationsOf(release: Release): readonly AppliedMigration[] {
  return headerOf(release).migrations
}

function headerOf({ path }: Release): BackupHeader {
  const [header = ''] = gunzipSync(readFileSync(path)).toString().split('\n', 1)
  return JSON.parse(header) as BackupHeader
}

export function pathOfRelease(version: string): string {
  return join(RELEASED, `${version}${SUFFIX}`)
}

/** What is in the database at a place, with the schema no newer than the migration of number `schemaUpTo`. */
export async function withDatabase<T>(
  { dataDir, databaseUrl }: Place,
  schemaUpTo: number | undefined,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const quiet = { onWarning: () => {}, onLockLost: () => {} }
  const database = await openDatabase({ databaseUrl, dataDir, schemaUpTo, poolMax: 2, ...quiet })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/**
 * Puts what was released into a new database with the first `upTo` migrations: each row with the columns that its table had
 * then, but for rows that could not be there then. Returns what is in it.
 */
export async function loadReleased(release: Release, place: Place, upTo?: number): Promise<RowsByTable> {
  const released = await readRelease(release)
  return await withDatabase(place, upTo ?? released.header.migrations.length, ({ kysely }) =>
    kysely.transaction().execute(async (tx) => {
      await setTransferSession(tx)
      const guarded = await guardedTables(tx)
      for (const name of guarded) await sql`ALTER TABLE ${sql.table(name)} DISABLE TRIGGER USER`.execute(tx)
      await insertRelease(tx, released)
      for (const name of guarded) await sql`ALTER TABLE ${sql.table(name)} ENABLE TRIGGER USER`.execute(tx)
      return await readRows(tx)
    }),
  )
}

interface ReleasedData {
  header: TransferHeader
  rows: ReadonlyMap<string, readonly string[]>
}

async function insertRelease(tx: Tx, { header, rows }: ReleasedData): Promise<void> {
  const then = await listTransferTables(tx)
  for (const month of header.months) await ensureGenerationPartitions(tx, Date.parse(month), 0)
  await sql`CREATE TEMPORARY TABLE line (line json NOT NULL) ON COMMIT DROP`.execute(tx)
  for (const { name, columns } of header.tables) {
    const table = then.find((one) => one.name === name)
    if (table !== undefined) await insertLines(tx, rows.get(name) ?? [], insertInto(table, columns))
  }
  for (const sequence of header.sequences) await setSequence(tx, sequence, then)
}

async function readRelease({ path }: Release): Promise<ReleasedData> {
  let header: TransferHeader | undefined
  const rows = new Map<string, string[]>()
  let into: string[] = []
  await readTransferFile(path, {
    begin: async (found) => {
      header = found
    },
    table: async (name) => {
      into = []
      rows.set(name, into)
    },
    rows: async (lines) => void into.push(...lines),
  })
  if (header === undefined) throw new Error(`${path} says nothing of itself`)
  return { header, rows }
}

/** SQL that inserts `line`, whose values are those of `columns`, into a table as it was. */
function insertInto({ name, columns: then }: TransferTable, columns: readonly string[]): string {
  const known = then.filter((column) => columns.includes(column.name))
  const gone = Object.entries(GONE[name] ?? {}).filter(([column]) => then.some((one) => one.name === column))
  const names = [...known.map((column) => column.name), ...gone.map(([column]) => column)]
  const values = known.map((column) => `(line ->> ${columns.indexOf(column.name)})::${column.type}`)
  return `INSERT INTO "${name}" (${names.map((column) => `"${column}"`).join(', ')})
    OVERRIDING SYSTEM VALUE VALUES (${[...values, ...gone.map(([, value]) => value)].join(', ')})`
}

async function setSequence(tx: Tx, sequence: TransferSequence, then: readonly TransferTable[]): Promise<void> {
  const { table, column, last, isCalled } = sequence
  if (!then.some(({ name, columns }) => name === table && columns.some((one) => one.name === column))) return
  await sql`SELECT setval(pg_get_serial_sequence(${table}, ${column}), ${last}::bigint, ${isCalled})`.execute(tx)
}

/** Those rows that the constraints of the table let in. */
async function insertLines(tx: Tx, lines: readonly string[], insert: string): Promise<void> {
  await sql`DELETE FROM line`.execute(tx)
  await sql`INSERT INTO line SELECT json_array_elements(${`[${lines.join(',')}]`}::json)`.execute(tx)
  await sql
    .raw(`DO $load$ DECLARE line json; BEGIN
      FOR line IN SELECT one.line FROM line AS one LOOP
        BEGIN ${insert};
        EXCEPTION WHEN check_violation OR not_null_violation OR foreign_key_violation THEN NULL; END;
      END LOOP; END $load$`)
    .execute(tx)
}

async function guardedTables(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT relname AS name FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND NOT relispartition`.execute(tx)
  return rows.map(({ name }) => name)
}

/** Of each table the columns and, as text and in an order of their own, the rows. */
export type RowsByTable = ReadonlyMap<string, { columns: readonly string[]; rows: readonly string[] }>

/** Every row of the database; with `as`, of its tables and columns alone. */
export async function readRows(db: Db, as?: RowsByTable): Promise<RowsByTable> {
  const found = new Map<string, { columns: string[]; rows: string[] }>()
  for (const table of await listTransferTables(db)) {
    const wanted = as === undefined ? undefined : as.get(table.name)
    if (as !== undefined && wanted === undefined) continue
    const columns = table.columns.filter(({ name }) => wanted?.columns.includes(name) ?? true)
    const { rows } = await sql<{ row: string }>`
      SELECT ${valuesOf(columns)}::text AS row FROM ${sql.table(table.name)} ORDER BY 1`.execute(db)
    found.set(table.name, { columns: columns.map(({ name }) => name), rows: rows.map(({ row }) => row) })
  }
  return found
}
