import { Client } from 'pg'
import { DatabaseUnreachable, requirePostgres } from './open-postgres.ts'

/** Any constant: the advisory lock that the one process that charges on a database holds. */
const GATEWAY_LOCK = 7_283_910_465
const RETRY_MS = 1_000

export interface GatewayLock {
  /** Whether this process may charge now. */
  isHeld(): boolean
  release(): Promise<void>
}

/**
 * Holds the right to charge on this database for as long as its own connection lives; when that breaks, charging stops until
 * the lock is taken again. Throws DatabaseUnreachable when there is no database, or when another process holds the lock at the
 * start, since two would overspend.
 */
export async function acquireGatewayLock(
  connectionString: string,
  onLost: (message: string) => void,
): Promise<GatewayLock> {
  let client: Client | undefined
  let isReleased = false
  const take = async (): Promise<boolean> => {
    const candidate = new Client({ connectionString, application_name: 'switchyard gateway lock', keepAlive: true })
    candidate.on('error', () => {})
    try {
      await candidate.connect()
      const { rows } = await candidate.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
        GATEWAY_LOCK,
      ])
      if (rows[0]?.taken !== true) {
        await candidate.end()
        return false
      }
    } catch (error) {
      await candidate.end().catch(() => {})
      throw error
    }
    candidate.once('end', onEnd)
    client = candidate
    return true
  }
  const onEnd = (): void => {
    client = undefined
    if (isReleased) return
    onLost('the connection that holds the right to charge was lost')
    retry()
  }
  const retry = (): void => {
    if (isReleased) return
    setTimeout(() => void take().then((taken) => taken || retry(), retry), RETRY_MS).unref()
  }
  await requirePostgres(connectionString)
  if (!(await take())) {
    throw new DatabaseUnreachable(
      'another Switchyard process serves this database already; one at a time may',
      undefined,
    )
  }
  return {
    isHeld: () => client !== undefined,
    release: async () => {
      isReleased = true
      await client?.end().catch(() => {})
    },
  }
}
