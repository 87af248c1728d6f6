import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { nano } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import {
  countOf,
  expectChargedOnce,
  expectSettled,
  lifetimeOf,
  newFlatKey,
  type Shot,
  shoot,
  startShooting,
} from './replica-load.ts'

/* Replicas whose database is away, that are cut off from it, paused or killed: they spend what they hold and nothing more. */

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const REPLICAS = 4
/** How long one goes on that is cut off. A heartbeat, from which it counts, may have been sent this long before. */
const STALE_SECONDS = isFullSize ? 90 : 10
const HEARTBEAT_SECONDS = 5
const DOWN_SECONDS = isFullSize ? 60 : 10
const SPLIT_SECONDS = isFullSize ? 600 : STALE_SECONDS + 5
const PER_SECOND = isFullSize ? 200 : 60
const PRICE = nano(FLAT_PRICE_USD)
/** Of a machine that is busy with other tests. */
const SLACK_MS = 1_500

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')('replicas on one PostgreSQL', () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster
  let gateways: readonly Gateway[]

  async function start(staleSeconds: number): Promise<void> {
    upstream = await startScriptedUpstream()
    const env = { SWITCHYARD_STALE_MAX_SECONDS: String(staleSeconds), LOG_LEVEL: 'warn' }
    cluster = await startCluster(REPLICAS, { env, config: oneProvider(upstream.baseUrl) })
    gateways = cluster.gateways
  }
  afterEach(async () => {
    await cluster?.stop()
    await upstream?.close()
  })

  const firstGateway = () => gateways[0] ?? expect.fail()
  const between = (shots: readonly Shot[], from: number, until: number) =>
    shots.filter(({ sentAt }) => sentAt >= from && sentAt <= until)
  const isServedOrAway = ({ status, retryAfter }: Shot) => status === 200 || (status === 503 && retryAfter !== null)
  const become = (state: 'open' | 'closed') => {
    for (const way of cluster.ways) way.become(state)
  }

  test(`F1 a database that is down for ${DOWN_SECONDS} s: those without a limit are served, others from what was leased and then told to come back, and each charge is posted once`, async () => {
    await start(90)
    const free = await newFlatKey(firstGateway(), null)
    // Of which less than a third is spent before the database goes.
    const limit = Math.round((PER_SECOND * 10) / 3)
    const tight = await newFlatKey(firstGateway(), limit)
    const watch = await watchCounter(cluster, lifetimeOf(tight))
    const loads = [startShooting(gateways, free, PER_SECOND), startShooting(gateways, tight, PER_SECOND / 3)]
    await sleep(3_000)
    const cutAt = performance.now()
    become('closed')
    await sleep(DOWN_SECONDS * 1_000)
    const mendedAt = performance.now()
    become('open')
    await sleep(8_000)
    const [unlimited = [], limited = []] = await Promise.all(loads.map((load) => load.stop()))
    expect(unlimited.length).toBeGreaterThan(PER_SECOND * DOWN_SECONDS)
    const unserved = unlimited.filter(({ status }) => status !== 200)
    expect(unserved.slice(Math.floor(unlimited.length * 0.001))).toEqual([])
    expect(unserved.filter((shot) => !isServedOrAway(shot))).toEqual([])
    const away = between(limited, cutAt + 100, mendedAt)
    // Those who wait may learn from the database that is back.
    const told = away.filter(({ endedAt }) => endedAt < mendedAt)
    const counts = `${countOf(told, 200)} were let in on leases, ${countOf(told, 503)} were told to come back`
    const slowest = Math.max(...told.map(({ endedAt, sentAt }) => endedAt - sentAt))
    process.stdout.write(`F1 while the database was down: ${counts}, the slowest after ${Math.round(slowest)} ms\n`)
    expect(told.filter((shot) => !isServedOrAway(shot))).toEqual([])
    expect(countOf(told, 200)).toBeGreaterThan(0)
    expect(countOf(told, 503)).toBeGreaterThan(0)
    // Once it is back there is money again, for each as much as is left.
    const after = between(limited, mendedAt + 6_000, Number.POSITIVE_INFINITY)
    expect(after.filter(({ status }) => status !== 200 && status !== 402)).toEqual([])
    await expectChargedOnce(cluster, free, unlimited)
    await expectChargedOnce(cluster, tight, limited)
    expect(await watch.mostTaken()).toBeLessThanOrEqual(BigInt(limit) * PRICE)
  })

  test(`F3 replicas that are split from the database in three ways for ${SPLIT_SECONDS} s: none spends after its deadline, the rest go on, and what was spent meanwhile is posted once`, async () => {
    await start(STALE_SECONDS)
    const key = await newFlatKey(firstGateway(), null)
    const tight = await newFlatKey(firstGateway(), 300)
    const watch = await watchCounter(cluster, lifetimeOf(tight))
    const loads = [startShooting(gateways, key, PER_SECOND), startShooting(gateways, tight, PER_SECOND / 3)]
    await sleep(3_000)
    const cutAt = performance.now()
    // A hundred thousand of them would fill this process.
    const forgetting = setInterval(() => upstream.reset(), 10_000)
    for (const [at, state] of (['silent', 'unanswered', 'half-closed'] as const).entries()) {
      cluster.ways[at + 1]?.become(state)
    }
    await sleep(SPLIT_SECONDS * 1_000)
    const healedAt = performance.now()
    become('open')
    await sleep(12_000)
    clearInterval(forgetting)
    const [unlimited = [], limited = []] = await Promise.all(loads.map((load) => load.stop()))
    const cutOff = [...unlimited, ...limited].filter(({ replica }) => replica > 0)
    const late = between(cutOff, cutAt + STALE_SECONDS * 1_000 + SLACK_MS, healedAt)
    expect(late.length).toBeGreaterThan(0)
    expect(late.filter(({ status, retryAfter }) => status !== 503 || retryAfter === null).slice(0, 20)).toEqual([])
    const early = unlimited.filter(({ replica }) => replica > 0)
    const trusted = between(early, cutAt, cutAt + (STALE_SECONDS - HEARTBEAT_SECONDS) * 1_000 - SLACK_MS)
    expect(countOf(trusted, 200)).toBe(trusted.length)
    const whole = unlimited.filter(({ replica }) => replica === 0)
    expect(countOf(whole, 200)).toBe(whole.length)
    const healed = between(unlimited, healedAt + 10_000, Number.POSITIVE_INFINITY)
    expect(countOf(healed, 200)).toBe(healed.length)
    await expectChargedOnce(cluster, key, unlimited)
    await expectChargedOnce(cluster, tight, limited)
    expect(await watch.mostTaken()).toBeLessThanOrEqual(300n * PRICE)
  })

  test('F3 a replica that was paused for longer than its deadline spends nothing that it held before', async () => {
    await start(STALE_SECONDS)
    const key = await newFlatKey(firstGateway(), 40)
    const shots: Shot[] = []
    const shootAt = async (replica: number) => {
      const shot = await shoot(gateways, replica, key)
      shots.push(shot)
      return shot
    }
    expect((await shootAt(1)).status).toBe(200)
    const paused = gateways[1] ?? expect.fail()
    paused.signal('SIGSTOP')
    await sleep((STALE_SECONDS + 2) * 1_000)
    // These wait in its socket, and are the first that it sees.
    const waiting = Array.from({ length: 20 }, () => shootAt(1))
    for (let turn = 0; turn < 10; turn += 1) expect((await shootAt(0)).status).toBe(200)
    const woken = upstream.requests.length
    paused.signal('SIGCONT')
    expect((await Promise.all(waiting)).every((shot) => isServedOrAway(shot) || shot.status === 402)).toBe(true)
    expect(upstream.requests.length - woken).toBeLessThanOrEqual(29)
    await expect.poll(async () => (await shootAt(1)).status, { timeout: 20_000 }).not.toBe(503)
    while ((await shootAt(0)).status === 200);
    expect(countOf(shots, 200)).toBe(40)
    await expectChargedOnce(cluster, key, shots)
  })

  test('M2 a replica that is killed and comes back with its journal has lost nothing and keeps nothing', async () => {
    await start(90)
    const key = await newFlatKey(firstGateway(), 60)
    const watch = await watchCounter(cluster, lifetimeOf(key))
    const killed = gateways[1] ?? expect.fail()
    const shots: Shot[] = []
    for (let turn = 0; turn < 5; turn += 1) shots.push(await shoot(gateways, 1, key))
    upstream.forModel('flat', { chunks: 20, chunkDelayMs: 200 })
    const cut = Array.from({ length: 5 }, () => shoot(gateways, 1, key, { stream: true }))
    await upstream.waitUntil('five streams run', () => upstream.openRequestCount() === 5)
    await killed.kill9()
    expect((await Promise.all(cut)).map(({ status }) => status)).toEqual([0, 0, 0, 0, 0])
    upstream.forModel('flat', {})
    await killed.restart()
    // Nobody saw how these five ended: each is charged what it held, which is its price.
    await expectSettled(cluster, key, 10)
    const rest = await Promise.all(Array.from({ length: 80 }, (_, at) => shoot(gateways, at % REPLICAS, key)))
    expect([countOf(rest, 200), countOf(rest, 402)]).toEqual([50, 30])
    await expectSettled(cluster, key, 60)
    expect(await watch.mostTaken()).toBe(60n * PRICE)
  })

  test('M2 what a replica had leased that comes back without its journal counts as spent, and others have the rest', async () => {
    await start(90)
    const key = await newFlatKey(firstGateway(), 60)
    const watch = await watchCounter(cluster, lifetimeOf(key))
    const killed = gateways[1] ?? expect.fail()
    const before: Shot[] = []
    for (let turn = 0; turn < 5; turn += 1) before.push(await shoot(gateways, 1, key))
    await expect.poll(async () => (await watch.state()).settled, { timeout: 10_000 }).toBe(5n * PRICE)
    upstream.forModel('flat', { chunks: 20, chunkDelayMs: 200 })
    const cut = Array.from({ length: 5 }, () => shoot(gateways, 1, key, { stream: true }))
    await upstream.waitUntil('five streams run', () => upstream.openRequestCount() === 5)
    await killed.kill9()
    await Promise.all(cut)
    upstream.forModel('flat', {})
    await rm(join(killed.dataDir, 'journal'), { recursive: true })
    await killed.restart()
    const [row] = await cluster.query<{ amount: string }>(
      `SELECT coalesce(sum(granted_nano - charged_nano), 0)::text AS amount FROM lease
       WHERE state = 'unconfirmed' AND scope_kind = 'key' AND scope_id = $1`,
      [key.id],
    )
    const unconfirmed = BigInt(row?.amount ?? 0)
    expect(unconfirmed).toBeGreaterThanOrEqual(5n * PRICE)
    const rest = await Promise.all(Array.from({ length: 80 }, (_, at) => shoot(gateways, at % REPLICAS, key)))
    expect(countOf(rest, 200)).toBe(Number((55n * PRICE - unconfirmed) / PRICE))
    expect(countOf(rest, 200) + countOf(rest, 402)).toBe(rest.length)
    await expect
      .poll(() => watch.state(), { timeout: 60_000, interval: 250 })
      .toEqual({ settled: BigInt(5 + countOf(rest, 200)) * PRICE, leased: unconfirmed })
    expect(await watch.mostTaken()).toBeLessThanOrEqual(60n * PRICE)
  })
})
