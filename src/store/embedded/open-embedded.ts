import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, PostgresDialect } from 'kysely'
import { Pool, type PoolClient } from 'pg'
import { type Clock, systemClock } from '../../platform/clock.ts'
import { ChannelListeners, type NotificationListener } from '../notifications.ts'
import { PooledClient } from '../pooled-client.ts'
import { typeParsers } from '../type-parsers.ts'
import { acquireDirectoryLock, type DirectoryLock } from './directory-lock.ts'
import { EmbeddedEngine } from './engine.ts'
import { readMachine } from './machine.ts'
import { markRunning, type Recovered, type RecoveryResult, recover } from './recovery.ts'
import { requireSessionFree, singleSessionKysely } from './session-guard.ts'
import { SnapshotStore } from './snapshot-store.ts'
import { WireStream } from './wire-stream.ts'
import type { SnapshotOutcome } from './worker-messages.ts'

export interface EmbeddedOptions {
  dataDirectory: string
  /** Instead of the system's, so that a test can pretend the machine was restarted. */
  bootId?: string | undefined
  forceUnlock?: boolean | undefined
  clock?: Clock | undefined
  /** Something an operator should know while it runs. */
  onWarning: (message: string) => void
  /** The directory was forced away by another process: stop at once. */
  onLockLost: (message: string) => void
}

/** The caller's journal may forget what is before `oldestMark`. */
export interface SnapshotResult extends SnapshotOutcome {
  tookMs: number
}

export interface EmbeddedDatabase<Schema> {
  kysely: Kysely<Schema>
  recovered: Recovered
  journalReplayFrom: string
  notes: readonly string[]
  listen: (channel: string, listener: NotificationListener) => Promise<() => Promise<void>>
  snapshot: (mark: string) => Promise<SnapshotResult>
  close: (mark: string) => Promise<void>
}

/** Whether there is anything that a database could be opened from. */
export function isEmbeddedHere(dataDirectory: string): boolean {
  return ['db', 'snapshots'].some((name) => existsSync(join(dataDirectory, name)))
}

/** Opens the embedded database in `<dataDirectory>/db`, for this process alone. Throws DirectoryLocked or DataUnreadable. */
export async function openEmbedded<Schema>(options: EmbeddedOptions): Promise<EmbeddedDatabase<Schema>> {
  const machine = readMachine(options.bootId)
  const lock = await acquireDirectoryLock({
    directory: options.dataDirectory,
    machine,
    isForced: options.forceUnlock ?? false,
    onLost: options.onLockLost,
    onWait: options.onWarning,
    ...(options.clock ? { clock: options.clock } : {}),
  })
  try {
    const snapshots = new SnapshotStore(options.dataDirectory)
    const recovery = await recover({
      dataDirectory: options.dataDirectory,
      bootId: machine.bootId,
      snapshots,
      createEngine: (directory) =>
        new EmbeddedEngine({ directory, dataDirectory: options.dataDirectory, onFailure: options.onWarning }),
    })
    const open = new OpenEmbedded<Schema>({ options, lock, recovery, bootId: machine.bootId })
    return await open.toDatabase()
  } catch (error) {
    await lock.release()
    throw error
  }
}

interface Parts {
  options: EmbeddedOptions
  lock: DirectoryLock
  recovery: RecoveryResult
  bootId: string
}

class OpenEmbedded<Schema> {
  readonly #parts: Parts
  readonly #pool: Pool
  readonly #listeners = new ChannelListeners()
  #isFirstSession = true
  #snapshotting: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#pool = this.#createPool()
  }

  async toDatabase(): Promise<EmbeddedDatabase<Schema>> {
    const { options, recovery, bootId } = this.#parts
    await markRunning(options.dataDirectory, bootId, false)
    return {
      kysely: await singleSessionKysely<Schema>(new PostgresDialect({ pool: this.#pool })),
      recovered: recovery.recovered,
      journalReplayFrom: recovery.journalReplayFrom,
      notes: recovery.notes,
      listen: (channel, listener) => this.#listen(channel, listener),
      snapshot: (mark) => this.#snapshot(mark),
      close: (mark) => this.#close(mark),
    }
  }

  #createPool(): Pool {
    const { engine } = this.#parts.recovery
    const pool = new Pool({
      // Everything the client would otherwise take from the environment.
      ...{ host: 'embedded', port: 5432, user: 'postgres', database: 'postgres', password: '', ssl: false },
      Client: PooledClient,
      max: 1,
      idleTimeoutMillis: 0,
      types: typeParsers,
      stream: () => new WireStream(engine),
      onConnect: (client) => this.#beginSession(client as PoolClient),
    })
    pool.on('error', () => {})
    return pool
  }

  async #beginSession(client: PoolClient): Promise<void> {
    // The failing query reports it; without a listener it would end the process.
    client.on('error', () => {})
    client.on('notification', ({ channel, payload }) => this.#listeners.notify(channel, payload ?? ''))
    for (const channel of this.#listeners.channels()) await client.query(`LISTEN ${channel}`)
    if (!this.#isFirstSession) this.#listeners.reconnected()
    this.#isFirstSession = false
  }

  async #listen(channel: string, listener: NotificationListener): Promise<() => Promise<void>> {
    requireSessionFree()
    const isNew = this.#listeners.add(channel, listener)
    if (isNew) await this.#pool.query(`LISTEN ${channel}`)
    return async () => {
      this.#listeners.remove(channel, listener)
    }
  }

  /** One at a time: a second one takes what happened since the first began. */
  #snapshot(mark: string): Promise<SnapshotResult> {
    const result = this.#snapshotting.then(() => this.#takeSnapshot(mark))
    this.#snapshotting = result.catch(() => {})
    return result
  }

  async #takeSnapshot(mark: string): Promise<SnapshotResult> {
    const { options, recovery, bootId } = this.#parts
    const clock = options.clock ?? systemClock
    const startedAt = clock.monotonic()
    const createdAt = new Date(clock.now()).toISOString()
    const outcome = await recovery.engine.snapshot({ mark, bootId, createdAt })
    return { ...outcome, tookMs: clock.monotonic() - startedAt }
  }

  /** Waits for the session, so for a running transaction. Whatever fails, the lock is released; only a stop with a snapshot
   *  of the last state counts as clean. */
  async #close(mark: string): Promise<void> {
    const { options, lock, recovery, bootId } = this.#parts
    try {
      await this.#pool.end()
      await this.#snapshot(mark)
      await recovery.engine.close()
      await markRunning(options.dataDirectory, bootId, true)
    } finally {
      await recovery.engine.close()
      await lock.release()
    }
  }
}
