import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { oneProvider } from './provider-config.ts'
import { newFlatKey, shoot } from './replica-load.ts'

/* Two replicas that no notification reaches, as behind a transaction pooler. */

const REQUESTS = 40

/** A database that they could be notified from, where nothing ever happens. */
function silentUrl(): string {
  const url = new URL(String(process.env['DATABASE_URL']))
  url.pathname = '/postgres'
  return url.href
}

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('2 replicas without notifications', () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    const env = { DATABASE_URL_DIRECT: silentUrl(), SWITCHYARD_HOLD_WAIT_MS: '2000', LOG_LEVEL: 'error' }
    cluster = await startCluster(2, { env, config: oneProvider(upstream.baseUrl), isDirect: true })
  })
  afterAll(async () => {
    await cluster?.stop()
    await upstream?.close()
  })

  test('money that lies idle in one replica comes to the other before it refuses anybody', async () => {
    const [first] = cluster.gateways
    const key = await newFlatKey(first ?? expect.fail(), REQUESTS)
    const statuses: number[] = []
    const send = async (replica: number) => statuses.push((await shoot(cluster.gateways, replica, key)).status)
    await send(0)
    await send(0)
    while (statuses.length < REQUESTS) await send(1)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect((await shoot(cluster.gateways, 1, key)).status).toBe(402)
  })
})
