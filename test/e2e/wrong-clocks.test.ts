import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClockShift, createClockShift } from '../harness/clock-shift.ts'
import { watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { nano } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { countOf, expectChargedOnce, lifetimeOf, newFlatKey, type Shot, shoot, startShooting } from './replica-load.ts'

/* Of three replicas one has the right time. What they may spend, and until when, doesn't depend on it. */

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const MINUTES = 5 * 60_000
const STALE_SECONDS = isFullSize ? 90 : 10
const REQUESTS = isFullSize ? 2_000 : 300

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('replicas with wrong clocks', () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster
  let clocks: ClockShift[]

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    clocks = [0, MINUTES, -MINUTES].map((ms) => createClockShift(ms))
    const env = { SWITCHYARD_STALE_MAX_SECONDS: String(STALE_SECONDS), LOG_LEVEL: 'warn' }
    const envOf = (index: number) => clocks[index]?.env ?? {}
    cluster = await startCluster(3, { env, envOf, config: oneProvider(upstream.baseUrl) })
  })
  afterAll(async () => {
    await cluster?.stop()
    await upstream?.close()
    for (const clock of clocks ?? []) clock.remove()
  })

  const first = () => cluster.gateways[0] ?? expect.fail()

  test('F10 a clock is wrong as it is said to be', async () => {
    const times = await Promise.all(
      cluster.gateways.map(async (gateway) => {
        const { headers } = await gateway.call('GET', '/api/v1/models')
        return Number(headers.get('x-request-id')?.split('-')[1]) * 1_000
      }),
    )
    const wrongBy = times.map((time) => Math.round((time - Date.now()) / MINUTES) + 0)
    expect(wrongBy).toEqual([0, 1, -1])
  })

  test('F10 clocks that are wrong by five minutes and jump by ten under load: a budget worth 100 requests admits no more, and each is charged once', async () => {
    const key = await newFlatKey(first(), 100)
    const watch = await watchCounter(cluster, lifetimeOf(key))
    const shootAll = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, at) => shoot(cluster.gateways, at % 3, key)))
    const shots: Shot[] = await shootAll(60)
    const running = shootAll(REQUESTS)
    clocks[1]?.set(-MINUTES)
    clocks[2]?.set(MINUTES)
    shots.push(...(await running), ...(await shootAll(60)))
    expect(countOf(shots, 200) + countOf(shots, 402)).toBe(shots.length)
    expect(countOf(shots, 200)).toBeLessThanOrEqual(100)
    expect(countOf(shots, 200)).toBeGreaterThanOrEqual(99)
    await expectChargedOnce(cluster, key, shots)
    expect(await watch.mostTaken()).toBeLessThanOrEqual(nano(100 * FLAT_PRICE_USD))
  })

  test('F10 a clock that is set back gives a replica that is cut off no more time', async () => {
    const key = await newFlatKey(first(), null)
    const load = startShooting(cluster.gateways.slice(2), key, 20)
    await sleep(2_000)
    const cutAt = performance.now()
    cluster.ways[2]?.become('silent')
    for (let minute = 1; minute <= 5; minute += 1) {
      clocks[2]?.set(-minute * MINUTES)
      await sleep(((STALE_SECONDS + 5) * 1_000) / 5)
    }
    const healedAt = performance.now()
    cluster.ways[2]?.become('open')
    await sleep(10_000)
    const shots = await load.stop()
    const late = shots.filter(({ sentAt }) => sentAt > cutAt + (STALE_SECONDS + 2) * 1_000 && sentAt < healedAt)
    expect(late.length).toBeGreaterThan(0)
    expect(countOf(late, 503)).toBe(late.length)
    expect(shots.at(-1)?.status).toBe(200)
    await expectChargedOnce(cluster, key, shots)
  })
})
