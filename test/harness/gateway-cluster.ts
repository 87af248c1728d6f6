import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type Gateway, type GatewayOptions, startGateway } from './gateway-process.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { createMigratedDatabase } from './test-database.ts'

export interface ClusterOptions extends GatewayOptions {
  /** Environment of one replica, over that of all. */
  envOf?: (index: number) => Readonly<Record<string, string>>
  /** Without a proxy in the way to the database: what goes through one waits for this process. */
  isDirect?: boolean
  /** Called with the first replica before the others start. */
  prepare?: (gateway: Gateway) => Promise<void>
}

/** Replicas on one PostgreSQL, each with a data directory of its own that stays over restarts. */
export interface GatewayCluster {
  readonly gateways: readonly Gateway[]
  /** Of each: its way to the database, unless that is direct. */
  readonly ways: readonly TcpProxy[]
  /** Asks the database directly, as its owner. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

/** Each starts when the one before it serves: the first makes the schema. */
export async function startCluster(count: number, options: ClusterOptions = {}): Promise<GatewayCluster> {
  const { envOf, isDirect = false, prepare, ...common } = options
  const database = await createMigratedDatabase(String(process.env['DATABASE_URL']))
  const pool = new pg.Pool({ connectionString: database.url, max: 2 }).on('error', () => {})
  const gateways: Gateway[] = []
  const ways: TcpProxy[] = []
  const stop = async () => {
    for (const way of ways) way.become('open')
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await Promise.all(ways.map((way) => way.close()))
    await pool.end()
    await database.drop()
  }
  const secret = randomBytes(32).toString('hex')
  const start = async (index: number) => {
    const way = isDirect ? undefined : await startTcpProxy(database.url)
    if (way !== undefined) ways[index] = way
    gateways[index] = await startGateway({
      ...common,
      databaseUrl: way?.url ?? database.url,
      ...(gateways[0] && { managementKey: gateways[0].managementKey }),
      env: { ...common.env, SWITCHYARD_SECRET: secret, ...envOf?.(index) },
    })
  }
  try {
    await start(0)
    const [first] = gateways
    if (first) await prepare?.(first)
    await Promise.all(Array.from({ length: count - 1 }, (_, at) => start(at + 1)))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    gateways,
    ways,
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(text, [...values])).rows,
    stop,
  }
}
