import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { DatabaseUnreachable, requirePostgres } from './open-postgres.ts'

/** Any constant: the advisory lock that the one process that charges on a database holds. */
const GATEWAY_LOCK = 7_283_910_465
/** Another: its pairs with a data directory are the locks of those. */
const DIRECTORY_LOCK = 728_391_046
const RETRY_MS = 1_000
/** A process that was killed may be alive in the database's eyes for a moment. */
const DIRECTORY_ATTEMPTS_MAX = 30
const DIRECTORY_RETRY_MS = 100

export interface GatewayLock {
  /** Whether this process may charge now. */
  isHeld(): boolean
  release(): Promise<void>
}

export interface GatewayLockOptions {
  connectionString: string
  /** Stands for the data directory, wherever it is mounted: two processes would write one journal. */
  instanceId: string
  /** Refuses to start beside a process that charges. */
  isAlone: boolean
  /** Told what an operator should know. */
  onWarning: (message: string) => void
}

/**
 * Holds the right to charge on this database for as long as its own connection lives; when that breaks, charging stops until
 * the lock is taken again. A process that finds the right with another one serves everything but what costs money, and goes on
 * so until it is started again: what it knows of money grows old meanwhile. Throws DatabaseUnreachable when there is no
 * database, or when another process works with the same data directory.
 */
export async function acquireGatewayLock(options: GatewayLockOptions): Promise<GatewayLock> {
  await requirePostgres(options.connectionString)
  const lock = new ConnectionLock(options)
  await lock.take()
  return lock
}

class ConnectionLock implements GatewayLock {
  readonly #options: GatewayLockOptions
  #client: Client | undefined
  #isCharging = false
  #mayCharge = true
  #isReleased = false

  constructor(options: GatewayLockOptions) {
    this.#options = options
  }

  isHeld(): boolean {
    return this.#isCharging
  }

  async release(): Promise<void> {
    this.#isReleased = true
    await this.#client?.end().catch(() => {})
  }

  async take(): Promise<void> {
    const { connectionString, instanceId } = this.#options
    const client = new Client({ connectionString, application_name: 'switchyard gateway lock', keepAlive: true })
    client.on('error', () => {})
    try {
      await client.connect()
      // First, because an earlier connection of this process that still counts as alive holds both.
      await takeDirectory(client, instanceId)
      if (this.#mayCharge) await this.#takeCharge(client)
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    client.once('end', () => this.#onEnd())
    this.#client = client
  }

  async #takeCharge(client: Client): Promise<void> {
    this.#isCharging = await tryLock(client, 'pg_try_advisory_lock($1)', [GATEWAY_LOCK])
    if (this.#isCharging) return
    if (this.#options.isAlone)
      throw new DatabaseUnreachable('another Switchyard process serves this database; stop it first')
    this.#mayCharge = false
    this.#options.onWarning('another process charges on this database: this one serves all but what costs money')
  }

  #onEnd(): void {
    this.#client = undefined
    if (this.#isReleased) return
    if (this.#isCharging) this.#options.onWarning('the connection that holds the right to charge was lost')
    this.#isCharging = false
    this.#retry()
  }

  #retry(): void {
    if (this.#isReleased) return
    setTimeout(() => void this.take().catch(() => this.#retry()), RETRY_MS).unref()
  }
}

async function takeDirectory(client: Client, instanceId: string): Promise<void> {
  const directory = createHash('sha256').update(instanceId).digest().readInt32BE()
  for (let attempt = 1; attempt <= DIRECTORY_ATTEMPTS_MAX; attempt += 1) {
    if (await tryLock(client, 'pg_try_advisory_lock($1, $2)', [DIRECTORY_LOCK, directory])) return
    await sleep(DIRECTORY_RETRY_MS)
  }
  throw new DatabaseUnreachable('another Switchyard process works with this data directory; one at a time may')
}

async function tryLock(client: Client, call: string, values: number[]): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`SELECT ${call} AS taken`, values)
  return rows[0]?.taken === true
}
