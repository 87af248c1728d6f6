import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { type AuditFault, verifyAuditLog } from '../store/audit-chain.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { acquireDirectoryLock, DirectoryLocked } from '../store/embedded/directory-lock.ts'
import { syncDirectory } from '../store/embedded/durable-file.ts'
import { readAuditKey, type Secrets } from '../store/installation.ts'
import { migrate, readAppliedMigrations } from '../store/migrate.ts'
import { DatabaseUnreachable } from '../store/postgres/open-postgres.ts'
import { acquireProcessLock } from '../store/postgres/process-lock.ts'
import { toIso } from '../store/schema.ts'
import { loadTransfer, TransferRefused } from '../store/transfer/load-transfer.ts'
import type { HeadOfLog, LedgerTotal, TransferHeader, TransferSink } from '../store/transfer/read-transfer.ts'
import { Unreachable } from './api-client.ts'
import { type OpenedDatabase, stopAtOnce } from './store-source.ts'

/** What makes a data directory an installation's; its secret and its name stay where they are. */
const REPLACED = ['db', 'snapshots', 'journal', 'running.json', 'audit-head.log', 'db.damaged', 'moved.json']

export interface TargetOptions {
  isReplacing: boolean
  /** The schema that the data has; the newest when absent. */
  migrations?: TransferHeader['migrations'] | undefined
  onWarning: (message: string) => void
}

/** What came over, and what was found when it was looked at again. */
export interface MoveReport {
  tables: number
  rows: number
  ledger: readonly LedgerTotal[]
  audit: readonly (HeadOfLog & { is_intact: boolean; fault: AuditFault | null })[]
}

/**
 * Opens the database that is to be filled, for this process alone and with the schema of the data. `abandon` leaves a
 * directory as it was found. Throws Unreachable when somebody works with it, TransferRefused when it may not be filled.
 */
export async function openTarget(
  config: Config,
  options: TargetOptions,
): Promise<OpenedDatabase & { abandon: () => Promise<void> }> {
  try {
    return config.databaseUrl === null
      ? await openDirectory(config, options)
      : await openPostgresTarget(config, config.databaseUrl, options)
  } catch (error) {
    if (error instanceof DatabaseUnreachable || error instanceof DirectoryLocked)
      throw new Unreachable(error.message, error)
    throw error
  }
}

async function openPostgresTarget(config: Config, databaseUrl: string, { migrations, onWarning }: TargetOptions) {
  const connectionString = config.databaseUrlDirect ?? databaseUrl
  const lock = await acquireProcessLock({ connectionString, instanceId: randomUUID(), isAlone: true })
  const open = async (): Promise<Database> => {
    const database = await openDatabase({
      databaseUrl,
      databaseUrlDirect: config.databaseUrlDirect ?? undefined,
      dataDir: config.dataDir,
      schemaUpTo: migrations?.length,
      onWarning,
      onLockLost: stopAtOnce,
    })
    const { length } = await readAppliedMigrations(database.kysely)
    if (length === (migrations?.length ?? length)) return database
    await database.close()
    throw new TransferRefused(
      `the database has the schema of a later version (${length} migrations) than the data (${migrations?.length}): make an ` +
        'empty database for it',
    )
  }
  const database = await open().catch(async (error: unknown) => {
    await lock.release()
    throw error
  })
  const close = () => database.close().finally(() => lock.release())
  return { database, close, abandon: close }
}

async function openDirectory({ dataDir, bootId }: Config, { isReplacing, migrations, onWarning }: TargetOptions) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const found = REPLACED.filter((name) => existsSync(join(dataDir, name)))
  if (found.length > 0 && !isReplacing)
    throw new TransferRefused(`${dataDir} is not empty: there is ${found.join(', ')}; --replace sets it aside`)
  const aside = join(dataDir, `replaced-${toIso(clock.now()).replaceAll(/[:.]/g, '-')}`)
  if (found.length > 0) await setAside(dataDir, aside, onWarning)
  const putBack = () => putBackFrom(aside, dataDir)
  try {
    const database = await openDatabase({
      dataDir,
      bootId: bootId ?? undefined,
      schemaUpTo: migrations?.length,
      onWarning,
      onLockLost: stopAtOnce,
    })
    return { database, close: () => database.close(), abandon: () => database.close().finally(putBack) }
  } catch (error) {
    await putBack()
    throw error
  }
}

async function setAside(directory: string, aside: string, onWarning: (message: string) => void): Promise<void> {
  const lock = await acquireDirectoryLock({ directory, onWait: onWarning })
  try {
    await mkdir(aside, { mode: 0o700 })
    for (const name of REPLACED)
      if (existsSync(join(directory, name))) await rename(join(directory, name), join(aside, name))
    await syncDirectory(directory)
    onWarning(`what was in ${directory} is in ${aside} now`)
  } finally {
    await lock.release()
  }
}

/** Leaves a directory as it was before something was set aside in it, if anything was. */
async function putBackFrom(aside: string, directory: string): Promise<void> {
  for (const name of REPLACED) await rm(join(directory, name), { recursive: true, force: true })
  if (!existsSync(aside)) return
  for (const name of await readdir(aside)) await rename(join(aside, name), join(directory, name))
  await rm(aside, { recursive: true })
}

/**
 * Fills a database with what `feed` gives, compares every table and the money with what was read, verifies the audit logs, and
 * brings the schema up to date. Throws TransferRefused and, for a wrong secret, StartRefused; then nothing has changed.
 */
export async function fill(
  { kysely }: Database,
  feed: (sink: TransferSink) => Promise<unknown>,
  { isReplacing, secrets }: { isReplacing: boolean; secrets: Secrets },
): Promise<MoveReport> {
  let report: MoveReport | undefined
  await loadTransfer(kysely, feed, {
    isReplacing,
    check: async (tx, { tables, ledger, audit }) => {
      const key = await readAuditKey(tx, secrets)
      const verified: MoveReport['audit'][number][] = []
      for (const head of audit) {
        const of = { organizationId: head.organization_id, heads: [] }
        const { fault } = await verifyAuditLog(tx, key, of)
        verified.push({ ...head, is_intact: fault === null, fault })
      }
      const rows = tables.reduce((sum, table) => sum + Number(table.rows), 0)
      report = { tables: tables.length, rows, ledger, audit: verified }
    },
  })
  await migrate(kysely)
  if (report === undefined) throw new Error('a transfer was loaded without a look at it')
  return report
}
