import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startCluster } from '../harness/gateway-cluster.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { oneProvider } from './provider-config.ts'
import { expectChargedOnce, newFlatKey, startShooting } from './replica-load.ts'

/** Past the time after which a gateway takes its connections for dead. */
const WAIT_SECONDS = 50

test.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')(
  'F3 a gateway whose connections to the database are dead, without an end to them, makes new ones, posts what it owes, and can be stopped',
  async () => {
    const upstream = await startScriptedUpstream()
    const env = { SWITCHYARD_STALE_MAX_SECONDS: '10', LOG_LEVEL: 'warn' }
    const cluster = await startCluster(1, { env, config: oneProvider(upstream.baseUrl) })
    try {
      const [gateway = expect.fail()] = cluster.gateways
      const key = await newFlatKey(gateway, 5_000)
      const load = startShooting(cluster.gateways, key, 10)
      await sleep(2_000)
      const [way] = cluster.ways
      way?.forget()
      await sleep(WAIT_SECONDS * 1_000)
      const shots = await load.stop()
      expect(shots.filter(({ status }) => status === 503).length).toBeGreaterThan(0)
      expect(shots.at(-1)?.status).toBe(200)
      await expectChargedOnce(cluster, key, shots)
      expect(await gateway.stop({ keepData: true })).toBe(0)
    } finally {
      await cluster.stop()
      await upstream.close()
    }
  },
)
