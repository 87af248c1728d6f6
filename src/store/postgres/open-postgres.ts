import { Kysely, PostgresDialect } from 'kysely'
import { Client, type ClientConfig, Pool } from 'pg'
import type { NotificationListener } from '../notifications.ts'
import { PooledClient } from '../pooled-client.ts'
import { typeParsers } from '../type-parsers.ts'
import { NotificationClient } from './notification-client.ts'

const MAJOR_MIN = 15
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
const LOCK_TIMEOUT_MS = 10_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
const POOL_MAX = 10
/** A new connection takes tens of milliseconds, and its first queries too: it isn't given up between two bursts. */
const CONNECTION_IDLE_MS = 600_000

export interface PostgresOptions {
  databaseUrl: string
  /** A way around a transaction pooler, for LISTEN. When it is given, time-outs aren't sent with each connection, because
   *  such a pooler refuses them: set them on the role instead. */
  databaseUrlDirect?: string | undefined
  poolMax?: number | undefined
  onWarning: (message: string) => void
}

export interface PostgresDatabase<Schema> {
  kysely: Kysely<Schema>
  listen: (channel: string, listener: NotificationListener) => Promise<() => Promise<void>>
  isListening: () => boolean
  /** Breaks all connections, which are made anew when they are needed: for when nothing comes through them any more. */
  reconnect: () => void
  close: () => Promise<void>
}

/** The database can't be used from here, with the reason in words and never the password. */
export class DatabaseUnreachable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'DatabaseUnreachable'
  }
}

/** Throws DatabaseUnreachable when there is no usable PostgreSQL at the address. */
export async function requirePostgres(databaseUrl: string): Promise<void> {
  await requireUsable(clientConfig(databaseUrl))
}

/** Throws DatabaseUnreachable when there is no usable PostgreSQL at the address. */
export async function openPostgres<Schema>(options: PostgresOptions): Promise<PostgresDatabase<Schema>> {
  const config = clientConfig(options.databaseUrl)
  await requireUsable(config)
  const pool = new Pool({
    ...config,
    Client: PooledClient,
    ...(options.databaseUrlDirect === undefined ? TIMEOUTS : {}),
    max: options.poolMax ?? POOL_MAX,
    idleTimeoutMillis: CONNECTION_IDLE_MS,
    onConnect: (client) => void client.on('error', () => {}),
  })
  // A lost idle connection is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {})
  const clients = new Set<Client>()
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  const direct = options.databaseUrlDirect === undefined ? config : clientConfig(options.databaseUrlDirect)
  const notifications = new NotificationClient(direct, options.onWarning)
  const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  // Kysely closes the pool only if it has used it.
  await kysely.connection().execute(async () => {})
  return {
    kysely,
    listen: (channel, listener) => notifications.listen(channel, listener),
    isListening: () => notifications.isListening,
    reconnect: () => {
      for (const { connection } of clients) connection.stream.destroy()
    },
    close: async () => {
      await notifications.close()
      await kysely.destroy()
    },
  }
}

const TIMEOUTS: ClientConfig = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
}

function clientConfig(connectionString: string): ClientConfig {
  return {
    connectionString,
    application_name: 'switchyard',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: typeParsers,
  }
}

async function requireUsable(config: ClientConfig): Promise<void> {
  const client = createClient(config)
  const where = `PostgreSQL at ${client.host}:${client.port}, database ${client.database ?? client.user}`
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ major: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS major`,
    )
    const major = rows[0]?.major ?? 0
    if (major < MAJOR_MIN) {
      throw new DatabaseUnreachable(`${where}: it is version ${major}, and ${MAJOR_MIN} or newer is needed`)
    }
  } catch (error) {
    if (error instanceof DatabaseUnreachable) throw error
    throw new DatabaseUnreachable(`${where} can't be used: ${reasonOf(error)}`, error)
  } finally {
    await client.end().catch(() => {})
  }
}

function createClient(config: ClientConfig): Client {
  // Anything else the client would take for the name of a database on a default host.
  const isAddress = /^postgres(?:ql)?:\/\//.test(config.connectionString ?? '')
  try {
    if (isAddress) return new Client(config)
  } catch {
    // The client's own message quotes the address with its password.
  }
  throw new DatabaseUnreachable(
    'DATABASE_URL is not an address of the form postgres://user:password@host:port/database',
  )
}

/** A host with several addresses fails with an AggregateError, which has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error && error.message !== '' ? error.message : String((error as NodeJS.ErrnoException).code)
}
