import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Kysely, sql, type Transaction } from 'kysely'

const MIGRATIONS = fileURLToPath(new URL('./migrations/', import.meta.url))
const FILE = /^(\d{4})_([a-z0-9_]+)\.sql$/
/** Any number that no other use of advisory locks in the database takes. */
const ADVISORY_LOCK = 7_301_994_120_001n
/** While a migration waits for a table, everybody else who wants it waits behind the migration: so it waits often, not long, and
 *  gives up before PostgreSQL (`deadlock_timeout`, a second) looks for somebody else who should. */
const TABLE_LOCK_TIMEOUT = '300ms'
const TABLE_LOCK_PAUSE_MS = 1_000
const TABLE_LOCK_ATTEMPTS = 230
/** Lock not available, deadlock detected: of what others do with the tables at the moment. */
const IN_USE_CODES = ['55P03', '40P01']

interface Migration {
  number: number
  name: string
  checksum: string
  text: string
}

export interface AppliedMigration {
  number: number
  name: string
  checksum: string
}

export interface MigrateOptions {
  directory?: string
  /** Runs before the first change to a database that already holds data. */
  beforeChange?: () => Promise<void>
  /** Throws MigrationRefused where the schema isn't the newest, and changes nothing. */
  asItIs?: boolean | undefined
  /** No further than to the migration of this number, for data that was written under it. */
  upTo?: number | undefined
  /** How often a migration is tried whose tables are in use. */
  lockAttempts?: number | undefined
}

/** The database and this program don't belong together, so it must not serve. */
export class MigrationRefused extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'MigrationRefused'
  }
}

/**
 * Brings the schema to the newest `NNNN_name.sql`, each in a transaction of its own, and returns the names of those it
 * applied. Of several that run at once one works and the others wait. Throws MigrationRefused when an applied file was
 * changed afterwards or the database is newer than the program, and when a file fails; then nothing of that file remains.
 * A file whose tables are in use is tried again for five minutes.
 */
export async function migrate<Schema>(db: Kysely<Schema>, options: MigrateOptions = {}): Promise<readonly string[]> {
  const migrations = readMigrations(options.directory ?? MIGRATIONS)
  const before = await db.transaction().execute((tx) => readAppliedMigrations(tx))
  const pending = pendingOf(migrations, before).filter(({ number }) => number <= (options.upTo ?? number))
  if (pending.length > 0 && options.asItIs) {
    throw new MigrationRefused(
      `the database lacks ${pending.length} of the migrations of this version; a start of the gateway applies them`,
    )
  }
  if (pending.length > 0 && before.length > 0) await options.beforeChange?.()
  const applied: string[] = []
  for (const migration of pending) {
    const apply = () => db.transaction().execute((tx) => applyUnlessDone(tx, migrations, migration))
    if (await whenTablesAreFree(apply, options.lockAttempts ?? TABLE_LOCK_ATTEMPTS)) applied.push(fullName(migration))
  }
  return applied
}

/** Throws MigrationRefused unless this version knows all of them, as they were. */
export function requireKnownMigrations(applied: readonly AppliedMigration[]): void {
  pendingOf(readMigrations(MIGRATIONS), applied)
}

async function whenTablesAreFree<T>(apply: () => Promise<T>, attempts: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await apply()
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string }
      if (attempt >= attempts || code === undefined || !IN_USE_CODES.includes(code)) throw error
      await sleep(TABLE_LOCK_PAUSE_MS)
    }
  }
}

/** False when another runner has applied it meanwhile. */
async function applyUnlessDone<Schema>(
  tx: Transaction<Schema>,
  migrations: readonly Migration[],
  migration: Migration,
): Promise<boolean> {
  await sql`SET LOCAL statement_timeout = 0`.execute(tx)
  await sql`SET LOCAL lock_timeout = 0`.execute(tx)
  await sql`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(tx)
  const next = pendingOf(migrations, await readAppliedMigrations(tx))[0]
  if (next?.number !== migration.number) return false
  await sql`SET LOCAL lock_timeout = ${sql.lit(TABLE_LOCK_TIMEOUT)}`.execute(tx)
  await sql`CREATE TABLE IF NOT EXISTS schema_migration (
    number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`.execute(
    tx,
  )
  try {
    await sql.raw(migration.text).execute(tx)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new MigrationRefused(`migration ${fullName(migration)} failed and was rolled back: ${message}`, error)
  }
  const { number, name, checksum } = migration
  await sql`INSERT INTO schema_migration (number, name, checksum) VALUES (${number}, ${name}, ${checksum})`.execute(tx)
  return true
}

/** What a database has, oldest first. */
export async function readAppliedMigrations<Schema>(db: Kysely<Schema>): Promise<AppliedMigration[]> {
  // Not to_regclass: in a transaction that has waited for another runner it still remembers that there was no such table.
  const found = await sql<{ exists: boolean }>`SELECT EXISTS (
    SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_migration') AS exists`.execute(db)
  if (found.rows[0]?.exists !== true) return []
  return (await sql<AppliedMigration>`SELECT number, name, checksum FROM schema_migration ORDER BY number`.execute(db))
    .rows
}

function pendingOf(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  for (const row of applied) {
    const migration = migrations.find(({ number }) => number === row.number)
    if (!migration) {
      throw new MigrationRefused(
        `the database has migration ${fullName(row)}, which this version does not know: it was written by a newer version. ` +
          'Start that version or a newer one.',
      )
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationRefused(
        `migration ${fullName(migration)} is not the file that was applied to this database (its checksum differs). ` +
          'Restore the original file; a change to the schema needs a new migration.',
      )
    }
  }
  const highest = applied.at(-1)?.number ?? 0
  const isComplete = applied.length === highest
  if (!isComplete) throw new MigrationRefused(`the database lacks a migration below number ${highest}`)
  return migrations.filter(({ number }) => number > highest)
}

function readMigrations(directory: string): Migration[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  return names.map((file, index) => {
    const match = FILE.exec(file)
    if (!match || Number(match[1]) !== index + 1) {
      throw new MigrationRefused(
        `${file} is not the next migration: names are NNNN_name.sql, numbered from 0001 without gaps`,
      )
    }
    // A checkout with other line endings is the same migration.
    const text = readFileSync(`${directory}/${file}`, 'utf8').replaceAll('\r\n', '\n')
    return { number: index + 1, name: match[2] ?? '', checksum: createHash('sha256').update(text).digest('hex'), text }
  })
}

function fullName({ number, name }: { number: number; name: string }): string {
  return `${String(number).padStart(4, '0')}_${name}`
}
