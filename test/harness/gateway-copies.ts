import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, type GatewayOptions, startGateway } from './gateway-process.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

/**
 * Several gateways that know the same keys and workspaces: each on its own copy of one database. They are what replicas on one
 * database are for everything but money and changes.
 */
export interface GatewayCopies {
  gateways: readonly Gateway[]
  stop(): Promise<void>
}

/** `prepare` fills the database that is copied. */
export async function startCopies(
  count: number,
  options: GatewayOptions,
  prepare: (gateway: Gateway) => Promise<void>,
): Promise<GatewayCopies> {
  const directory = await mkdtemp(join(tmpdir(), 'sw-copies-'))
  const admin = process.env['SWITCHYARD_TEST_STORE'] === 'postgres' ? process.env['DATABASE_URL'] : undefined
  const databases: TestDatabase[] = []
  const original = join(directory, 'original')
  const first = admin === undefined ? undefined : await createTestDatabase(admin)
  if (first) databases.push(first)
  const common: GatewayOptions = {
    ...options,
    env: { ...options.env, SWITCHYARD_SECRET: randomBytes(32).toString('hex') },
  }
  const source = await startGateway({ ...common, dataDir: original, ...onDatabase(first) })
  try {
    await prepare(source)
  } finally {
    await source.stop()
  }
  const starts = Array.from({ length: count }, async (_, index) => {
    const dataDir = join(directory, `copy-${index}`)
    await cp(original, dataDir, { recursive: true })
    const copy = admin === undefined || !first ? undefined : await createTestDatabase(admin, first)
    if (copy) databases.push(copy)
    return await startGateway({ ...common, managementKey: source.managementKey, dataDir, ...onDatabase(copy) })
  })
  const gateways = await Promise.all(starts)
  return {
    gateways,
    stop: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()))
      for (const database of databases) await database.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function onDatabase(database: TestDatabase | undefined): GatewayOptions {
  return database === undefined ? { store: 'embedded' } : { databaseUrl: database.url }
}
