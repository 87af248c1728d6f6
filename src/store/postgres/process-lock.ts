import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { DatabaseUnreachable, requirePostgres } from './open-postgres.ts'

/** Any constant: the advisory lock that processes which serve a database share, and who wants it alone takes alone. */
const SERVING_LOCK = 7_283_910_465
/** Another: its pairs with a data directory are the locks of those. */
const DIRECTORY_LOCK = 728_391_046
const RETRY_MS = 1_000
/** A server that went away without an end is noticed some seconds after this. */
const KEEP_ALIVE_MS = 10_000
const END_MS_MAX = 1_000
/** A process that was killed may be alive in the database's eyes for a moment. */
const ATTEMPTS_MAX = 30
const ATTEMPT_MS = 100

export interface ProcessLock {
  release(): Promise<void>
}

export interface ProcessLockOptions {
  connectionString: string
  /** Stands for the data directory, wherever it is mounted: two processes would write one journal. */
  instanceId: string
  /** Refuses to work beside a process that serves the database. */
  isAlone: boolean
}

/**
 * Says, for as long as its own connection lives, that this process works on the database, and that nobody else may with its
 * data directory. When the connection breaks it is made again; a process that took over meanwhile is told apart by its
 * leases' generation. Throws DatabaseUnreachable when there is no database, or when another process is in the way.
 */
export async function acquireProcessLock(options: ProcessLockOptions): Promise<ProcessLock> {
  await requirePostgres(options.connectionString)
  const lock = new ConnectionLock(options)
  await lock.take()
  return lock
}

class ConnectionLock implements ProcessLock {
  readonly #options: ProcessLockOptions
  #client: Client | undefined
  #isReleased = false

  constructor(options: ProcessLockOptions) {
    this.#options = options
  }

  async release(): Promise<void> {
    this.#isReleased = true
    const client = this.#client
    // Of a dead connection no end is heard.
    const giveUp = setTimeout(() => client?.connection.stream.destroy(), END_MS_MAX)
    await client?.end().catch(() => {})
    clearTimeout(giveUp)
  }

  async take(): Promise<void> {
    const { connectionString, instanceId, isAlone } = this.#options
    const client = new Client({
      connectionString,
      application_name: 'switchyard process lock',
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      const directory = createHash('sha256').update(instanceId).digest().readInt32BE()
      if (!(await takeLock(client, 'pg_try_advisory_lock($1, $2)', [DIRECTORY_LOCK, directory])))
        throw new DatabaseUnreachable('another Switchyard process works with this data directory; one at a time may')
      const serving = isAlone ? 'pg_try_advisory_lock($1)' : 'pg_try_advisory_lock_shared($1)'
      if (!(await takeLock(client, serving, [SERVING_LOCK])))
        throw new DatabaseUnreachable(isAlone ? SERVED : WORKED_ON)
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    client.once('end', () => this.#retry())
    this.#client = client
  }

  #retry(): void {
    this.#client = undefined
    if (this.#isReleased) return
    setTimeout(() => void this.take().catch(() => this.#retry()), RETRY_MS).unref()
  }
}

const SERVED = 'a Switchyard process serves this database; stop it first'
const WORKED_ON = 'a command works on this database alone; start again when it is done'

async function takeLock(client: Client, call: string, values: number[]): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const { rows } = await client.query<{ taken: boolean }>(`SELECT ${call} AS taken`, values)
    if (rows[0]?.taken === true) return true
    await sleep(ATTEMPT_MS)
  }
  return false
}
