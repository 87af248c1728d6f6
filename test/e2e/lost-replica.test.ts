import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LeaseWire } from '../../src/contract/management/leases.ts'
import { watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { nano } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { type FlatKey, lifetimeOf, newFlatKey, shoot } from './replica-load.ts'

/* What a replica had leased when it was killed and its disk was lost: nobody knows what of it was spent. */

const LIMIT = 40
const SPENT = 5
const METRICS_TOKEN = 'a token of twenty-odd letters'

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('replicas on one PostgreSQL', () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster
  let survivor: Gateway
  let lost: Gateway

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    const env = { LOG_LEVEL: 'warn', SWITCHYARD_METRICS_TOKEN: METRICS_TOKEN }
    cluster = await startCluster(2, { env, config: oneProvider(upstream.baseUrl) })
    survivor = cluster.gateways[0] ?? expect.fail()
    lost = cluster.gateways[1] ?? expect.fail()
  })
  afterAll(async () => {
    await cluster?.stop()
    await upstream?.close()
  })

  const leasesOf = async ({ hash }: FlatKey): Promise<LeaseWire[]> => {
    const { status, body } = await survivor.call('GET', '/api/v1/leases?limit=100')
    expect(status).toBe(200)
    return (body as { data: LeaseWire[] }).data.filter(({ scope_id }) => scope_id === hash)
  }
  const gauge = async () => {
    const { body } = await survivor.call('GET', '/metrics', { key: METRICS_TOKEN })
    return Number(/^switchyard_unconfirmed_leases (\d+)$/m.exec(String(body))?.[1])
  }
  /** One after the other until one is refused, which must be for the limit; how many were let in. */
  const shootUntilRefused = async (key: FlatKey, replica: number) => {
    for (let passed = 0; passed <= LIMIT; passed += 1) {
      const { status, text } = await shoot(cluster.gateways, replica, key)
      if (status !== 200) {
        expect([status, text]).toEqual([402, expect.anything()])
        return passed
      }
    }
    return expect.fail('nothing was refused')
  }

  /** A key of which the replica has leased some when it is killed, with all its charges in the database. */
  const killWithLease = async (): Promise<FlatKey> => {
    const key = await newFlatKey(survivor, LIMIT)
    const watch = await watchCounter(cluster, lifetimeOf(key))
    for (let count = 0; count < SPENT; count += 1) expect((await shoot(cluster.gateways, 1, key)).status).toBe(200)
    await expect
      .poll(() => watch.state(), { timeout: 4_000, interval: 20 })
      .toMatchObject({ settled: BigInt(SPENT) * nano(FLAT_PRICE_USD) })
    await lost.kill9()
    expect((await watch.state()).leased).toBeGreaterThan(0n)
    return key
  }

  const expectHeldUntilReleased = async (key: FlatKey) => {
    await expect.poll(() => leasesOf(key), { timeout: 60_000, interval: 250 }).not.toEqual([])
    const leases = await leasesOf(key)
    const held = leases.reduce((sum, { held_usd }) => sum + nano(held_usd), 0n)
    expect(leases).toMatchObject(leases.map(() => ({ state: 'unconfirmed', scope: 'key', interval: 'lifetime' })))
    expect((await watchCounter(cluster, lifetimeOf(key)).then((watch) => watch.state())).leased).toBe(held)
    await expect.poll(gauge, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0)
    const beside = await shootUntilRefused(key, 0)
    expect(beside).toBe(LIMIT - SPENT - Math.ceil(Number(held) / Number(nano(FLAT_PRICE_USD))))
    for (const { id } of leases) await manageAt(survivor, 'POST', `leases/${id}/release`)
    expect(await leasesOf(key)).toEqual([])
    expect(await shootUntilRefused(key, 0)).toBe(LIMIT - SPENT - beside)
  }

  test('a replica whose journal is gone when it starts again: its leases count as spent until they are released, and then are spent', async () => {
    const key = await killWithLease()
    const journals = join(lost.dataDir, 'journal')
    for (const name of await readdir(journals)) await rm(join(journals, name), { recursive: true })
    await lost.restart()
    await expectHeldUntilReleased(key)
  })

  test('a replica whose whole data directory is gone: as another one it knows nothing of them, and time tells that nobody does', async () => {
    const key = await killWithLease()
    await rm(lost.dataDir, { recursive: true })
    await lost.restart()
    expect(await leasesOf(key)).toEqual([])
    // What else takes three minutes.
    await cluster.query(
      `UPDATE replica SET seen_at = seen_at - interval '3 minutes' WHERE id IN
        (SELECT replica_id FROM lease WHERE state = 'open' AND scope_kind = 'key' AND scope_id = $1)`,
      [key.id],
    )
    await expectHeldUntilReleased(key)
  })
})
