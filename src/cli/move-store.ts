import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, readConfig } from '../config/config.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { markMoved } from '../store/embedded/moved.ts'
import { requireKnownMigrations } from '../store/migrate.ts'
import { readSecrets } from '../store/open-store.ts'
import { toIso } from '../store/schema.ts'
import { TransferRefused } from '../store/transfer/load-transfer.ts'
import { type HeadOfLog, type LedgerTotal, readTransfer, type TransferSink } from '../store/transfer/read-transfer.ts'
import { readTransferFile, readTransferHeader, writeTransferFile } from '../store/transfer/transfer-file.ts'
import { openEmbeddedSource, openSource } from './store-source.ts'
import { fill, type MoveReport, openTarget } from './store-target.ts'

export interface StoreCommandOptions {
  env: Readonly<Record<string, string | undefined>>
  onWarning: (message: string) => void
}

export interface BackupReport {
  file: string
  bytes: number
  made_at: string
  tables: number
  rows: number
  ledger: readonly LedgerTotal[]
  audit: readonly HeadOfLog[]
}

/** Writes everything that the database holds into a new file, while the installation serves or while it is stopped. */
export async function backUp(file: string, { env, onWarning }: StoreCommandOptions): Promise<BackupReport> {
  const { config } = readConfig(env)
  if (existsSync(file)) throw new TransferRefused(`${file} is there already`)
  const madeAt = toIso(clock.now())
  const { database, close } = await openSource(config, { onWarning, scratch: file })
  try {
    const { tables, ledger, audit } = await writeTransferFile(file, madeAt, (sink) =>
      readTransfer(database.kysely, sink),
    )
    const rows = tables.reduce((sum, table) => sum + Number(table.rows), 0)
    onWarning(whatToKeep(config))
    return { file, bytes: statSync(file).size, made_at: madeAt, tables: tables.length, rows, ledger, audit }
  } finally {
    await close()
  }
}

/** Said each time, because without it a backup opens nothing. */
function whatToKeep({ secret, dataDir, providerFile }: Config): string {
  const root = secret === null ? `a copy of ${join(dataDir, 'secret')}` : 'the value of SWITCHYARD_SECRET'
  const providers = providerFile === null ? '' : `, and ${providerFile} with the settings of the gateway beside it`
  return `keep ${root} apart from this file: each is worth nothing without the other${providers}`
}

/** Fills an empty installation with a backup, or replaces what is in one. */
export async function restoreBackup(
  file: string,
  { env, onWarning, isReplacing }: StoreCommandOptions & { isReplacing: boolean },
): Promise<MoveReport & { made_at: string }> {
  const { config } = readConfig(env)
  const { made_at, migrations } = await readTransferHeader(file)
  requireKnownMigrations(migrations)
  // Before anything is touched: most files that can't be restored are cut off.
  await readTransferFile(file, { begin: nothing, table: nothing, rows: nothing })
  const report = await moveInto(config, {
    ...{ isReplacing, migrations, onWarning },
    feed: (sink) => readTransferFile(file, sink),
  })
  return { made_at, ...report }
}

async function nothing(): Promise<void> {}

/** Moves a stopped embedded database into an empty PostgreSQL, after which the directory's own database doesn't open again. */
export async function migrateStore(
  to: string | undefined,
  { env, onWarning }: StoreCommandOptions,
): Promise<MoveReport & { to: string }> {
  const { config } = readConfig(to === undefined ? env : { ...env, DATABASE_URL: to })
  const { dataDir, databaseUrl } = config
  if (databaseUrl === null) throw new TransferRefused('where to? Set DATABASE_URL, or give --to')
  const { host, pathname } = new URL(databaseUrl)
  const source = await openEmbeddedSource(config, dataDir, onWarning)
  try {
    const db = source.database.kysely
    const report = await moveInto(config, {
      ...{ isReplacing: false, onWarning },
      feed: (sink) => readTransfer(db, sink),
    })
    await markMoved(dataDir, { to: `PostgreSQL at ${host}${pathname}`, at: toIso(clock.now()) })
    return { to: `${host}${pathname}`, ...report }
  } finally {
    await source.close()
  }
}

interface Move {
  isReplacing: boolean
  /** The newest when absent. */
  migrations?: Parameters<typeof requireKnownMigrations>[0]
  onWarning: (message: string) => void
  feed: (sink: TransferSink) => Promise<unknown>
}

async function moveInto(config: Config, { feed, migrations, isReplacing, onWarning }: Move): Promise<MoveReport> {
  const secrets = readSecrets(config)
  const target = await openTarget(config, { isReplacing, migrations, onWarning })
  try {
    const report = await fill(target.database, feed, { isReplacing, secrets })
    await target.close()
    return report
  } catch (error) {
    await target.abandon()
    throw error
  }
}
