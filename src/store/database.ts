import type { Kysely } from 'kysely'
import type { Clock } from '../platform/clock.ts'
import { requireNotMoved } from './embedded/moved.ts'
import { isEmbeddedHere, openEmbedded, type SnapshotResult } from './embedded/open-embedded.ts'
import type { Recovered } from './embedded/recovery.ts'
import { migrate } from './migrate.ts'
import type { NotificationListener } from './notifications.ts'
import { DatabaseUnreachable, openPostgres } from './postgres/open-postgres.ts'
import type { Schema } from './schema.ts'

export interface DatabaseOptions {
  /** PostgreSQL; without it the embedded database in `dataDir`. */
  databaseUrl?: string | undefined
  /** See PostgresOptions. */
  databaseUrlDirect?: string | undefined
  poolMax?: number | undefined
  dataDir: string
  /** Instead of the system's boot id, for tests. */
  bootId?: string | undefined
  forceUnlock?: boolean | undefined
  /** Neither makes a database nor changes the schema of one. */
  asItIs?: boolean | undefined
  /** Brings the schema no further than to this migration. */
  schemaUpTo?: number | undefined
  clock?: Clock | undefined
  /** Something an operator should know while it runs. */
  onWarning: (message: string) => void
  /** The data directory was forced away by another process: stop at once. */
  onLockLost: (message: string) => void
}

export interface Database {
  readonly kysely: Kysely<Schema>
  readonly mode: 'embedded' | 'postgres'
  /** Names of the migrations that this start applied. */
  readonly migrated: readonly string[]
  /** Calls the listener at each NOTIFY on the channel; returns what ends it. */
  listen(channel: string, listener: NotificationListener): Promise<() => Promise<void>>
  /** Whether notifications can arrive at the moment. */
  isListening(): boolean
  /** Makes its connections anew, breaking what runs on them. */
  reconnect(): void
  /** `mark` as for `embedded.snapshot`, for the snapshot of a clean stop; without it the last known one. */
  close(mark?: string): Promise<void>
  readonly embedded: EmbeddedState | undefined
}

/** What only the embedded database has, because it doesn't make its own commits durable. */
export interface EmbeddedState {
  readonly recovered: Recovered
  /** The mark from which the caller's journal must be replayed; '' for all of it. */
  readonly journalReplayFrom: string
  /** What was done to open the directory, for the operator. */
  readonly notes: readonly string[]
  /** Makes everything committed so far survive a power loss. `mark` is the caller's word for what is certainly committed. */
  snapshot(mark: string): Promise<SnapshotResult>
}

/** Opens the database and brings its schema up to date. Throws DatabaseUnreachable, DirectoryLocked, DataUnreadable or
 *  MigrationRefused, each with a message for the operator. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.databaseUrl === undefined
    ? openEmbeddedDatabase(options)
    : openPostgresDatabase(options, options.databaseUrl)
}

async function openPostgresDatabase(options: DatabaseOptions, databaseUrl: string): Promise<Database> {
  const { asItIs, databaseUrlDirect, poolMax, onWarning, schemaUpTo } = options
  const { close, kysely, ...open } = await openPostgres<Schema>({
    databaseUrl,
    databaseUrlDirect,
    poolMax,
    onWarning,
  })
  const migrated = await orClose(migrate(kysely, { asItIs, upTo: schemaUpTo }), close)
  return { ...open, kysely, mode: 'postgres', migrated, close: () => close(), embedded: undefined }
}

async function openEmbeddedDatabase(options: DatabaseOptions): Promise<Database> {
  const { asItIs, dataDir, bootId, forceUnlock, clock, onWarning, onLockLost, schemaUpTo } = options
  if (asItIs && !isEmbeddedHere(dataDir)) throw new DatabaseUnreachable(`there is no database in ${dataDir}`)
  requireNotMoved(dataDir)
  const open = await openEmbedded<Schema>({ dataDirectory: dataDir, bootId, forceUnlock, clock, onWarning, onLockLost })
  let lastMark = open.journalReplayFrom
  const snapshot = (mark: string): Promise<SnapshotResult> => {
    lastMark = mark
    return open.snapshot(mark)
  }
  const close = (mark?: string): Promise<void> => open.close(mark ?? lastMark)
  const prepare = async (): Promise<readonly string[]> => {
    const migrated = await migrate(open.kysely, {
      asItIs,
      upTo: schemaUpTo,
      beforeChange: async () => void (await snapshot(lastMark)),
    })
    // From the first minute on there is something to rebuild from.
    if (migrated.length > 0) await snapshot(lastMark)
    return migrated
  }
  const migrated = await orClose(prepare(), close)
  const { recovered, journalReplayFrom, notes } = open
  return {
    kysely: open.kysely,
    mode: 'embedded',
    migrated,
    listen: open.listen,
    isListening: () => true,
    reconnect: () => {},
    close,
    embedded: { recovered, journalReplayFrom, notes, snapshot },
  }
}

async function orClose<T>(work: Promise<T>, close: () => Promise<void>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}
