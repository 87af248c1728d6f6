import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from './gateway-cluster.ts'
import { type Gateway, type GatewayOptions, startGateway } from './gateway-process.ts'

export interface GatewayReplicas {
  gateways: readonly Gateway[]
  stop(): Promise<void>
}

/**
 * Several processes that answer for the same keys: on one database with PostgreSQL, else
 * each on its own copy of an embedded one. `prepare` makes the keys.
 */
export async function startReplicas(
  count: number,
  options: GatewayOptions,
  prepare: (gateway: Gateway) => Promise<void>,
): Promise<GatewayReplicas> {
  return process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
    ? await startCluster(count, { ...options, prepare, isDirect: true })
    : await onCopies(count, options, prepare)
}

async function onCopies(
  count: number,
  options: GatewayOptions,
  prepare: (gateway: Gateway) => Promise<void>,
): Promise<GatewayReplicas> {
  const common = { ...options, env: { ...options.env, SWITCHYARD_SECRET: randomBytes(32).toString('hex') } }
  const directory = await mkdtemp(join(tmpdir(), 'sw-copies-'))
  const original = join(directory, 'original')
  const source = await startGateway({ ...common, dataDir: original })
  const { managementKey } = source
  try {
    await prepare(source)
  } finally {
    await source.stop()
  }
  const starts = Array.from({ length: count }, async (_, index) => {
    const dataDir = join(directory, `copy-${index}`)
    await cp(original, dataDir, { recursive: true })
    return await startGateway({ ...common, managementKey, dataDir })
  })
  const gateways = await Promise.all(starts)
  return {
    gateways,
    stop: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()))
      await rm(directory, { recursive: true, force: true })
    },
  }
}
