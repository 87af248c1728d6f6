import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway-process.ts'
import { type GatewayReplicas, startReplicas } from '../harness/gateway-replicas.ts'
import { hasRedis, type RedisServer, startRedis } from '../harness/redis-server.ts'
import { chat } from './chat-client.ts'

const REPLICAS = 4
const LIMIT = 200
/** Connections at a time to each replica: four gateways and the test share a machine. */
const CALLERS = 50
const RUNNING = 6
const IS_FULL = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
/** What replicas may have taken in advance and not used: 2 % each. */
const UNUSED_MAX = REPLICAS * LIMIT * 0.02
const EDGE_SECONDS = IS_FULL ? 150 : 6
const MINUTE_MS = 60_000

/** Requests to each of the replicas. How many were let through in all; the others must be refused for their rate. */
async function sendTo(to: readonly Gateway[], key: string, each: number): Promise<number> {
  const counts: Record<number, number> = {}
  const call = async (gateway: Gateway, left: { count: number }) => {
    while (left.count > 0) {
      left.count -= 1
      const { status } = await chat(gateway, key, { model: 'sim/echo' })
      counts[status] = (counts[status] ?? 0) + 1
    }
  }
  const callers = to.flatMap((gateway) => {
    const left = { count: each }
    return Array.from({ length: CALLERS }, () => call(gateway, left))
  })
  await Promise.all(callers)
  const { 200: passed = 0, 429: refused = 0, ...others } = counts
  expect(others).toEqual({})
  expect(passed + refused).toBe(each * to.length)
  return passed
}

describe.skipIf(!hasRedis)('four replicas with one Redis (needs redis-server)', () => {
  let redis: RedisServer
  let replicas: GatewayReplicas
  let gateways: readonly Gateway[]
  const keys: Record<string, string> = {}

  beforeAll(async () => {
    redis = await startRedis()
    // A machine that is busy with other tests must not look like a Redis that is away.
    const env = { REDIS_URL: redis.url, SWITCHYARD_REDIS_TIMEOUT_MS: '5000', SWITCHYARD_SIM: 'on' }
    replicas = await startReplicas(REPLICAS, { env }, async (gateway) => {
      for (const name of ['burst', 'edges', 'flushed', 'down', 'back'])
        keys[name] = await gateway.createKey({ name, rate_limit_rpm: LIMIT })
      keys['unlimited'] = await gateway.createKey({ rate_limit_rpm: 0 })
      keys['plenty'] = await gateway.createKey({ rate_limit_rpm: 100_000 })
      keys['running'] = await gateway.createKey({ concurrency_limit: RUNNING, rate_limit_rpm: 0 })
    })
    gateways = replicas.gateways
    await sleep(1_500)
  }, 300_000)
  afterAll(async () => {
    await replicas?.stop()
    await redis?.kill()
  })

  const send = (name: string, each: number, to = gateways) => sendTo(to, keys[name] ?? '', each)

  /** What works in a lesser way. Beside it a process that may not charge says that it isn't ready. */
  async function degraded(gateway: Gateway): Promise<unknown> {
    return ((await gateway.call('GET', '/readyz', { key: null })).body as { degraded?: unknown }).degraded
  }

  test('H9 of ten times the limit over all replicas at once the limit is let through and no more', async () => {
    const passed = await send('burst', (10 * LIMIT) / REPLICAS)
    expect(passed).toBeLessThanOrEqual(LIMIT)
    expect(passed).toBeGreaterThanOrEqual(LIMIT - UNUSED_MAX)
  })

  test(`H9 bursts for ${EDGE_SECONDS} s at changing replicas: no minute holds more than 1.1 times the limit`, async () => {
    const passed: { at: number; count: number }[] = []
    const begin = Date.now()
    for (let turn = 0; Date.now() - begin < EDGE_SECONDS * 1_000; turn += 1) {
      const at = Date.now()
      passed.push({ at, count: await send('edges', 60, gateways.slice(turn % REPLICAS, (turn % REPLICAS) + 2)) })
      // Counted from the end of a burst on, so that none of its requests is left out.
      const recent = passed.filter((burst) => burst.at > Date.now() - MINUTE_MS)
      expect(recent.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(LIMIT * 1.1)
      await sleep(100 + ((turn * 277) % 900))
    }
    const total = passed.reduce((sum, { count }) => sum + count, 0)
    expect(total).toBeGreaterThanOrEqual(LIMIT - UNUSED_MAX)
  })

  test('far from its limit, and without one, a key costs no question to Redis', async () => {
    const [gateway = expect.fail()] = gateways
    const begin = Date.now()
    const before = await redis.countScripts()
    for (const name of ['unlimited', 'plenty']) expect(await sendTo([gateway], keys[name] ?? '', 200)).toBe(200)
    // Each replica beats once a second.
    const beats = REPLICAS * ((Date.now() - begin) / 1_000 + 2)
    expect((await redis.countScripts()) - before - beats).toBeLessThan(30)
  })

  test('no more requests of a key run at a time than may, over all replicas, and all of those may', async () => {
    const slow = (gateway: Gateway) => chat(gateway, keys['running'] ?? '', { model: 'sim/slow-3000' })
    const first = gateways.slice(0, 2).flatMap((gateway) => [slow(gateway), slow(gateway)])
    await sleep(1_000)
    const second = gateways.flatMap((gateway) => [slow(gateway), slow(gateway)])
    const countOf = async (answers: ReturnType<typeof slow>[]) =>
      (await Promise.all(answers)).filter(({ status }) => status === 200).length
    expect(await countOf(first)).toBe(4)
    expect(await countOf(second)).toBeLessThanOrEqual(RUNNING - 4)
    await sleep(100)
    const third: ReturnType<typeof slow>[] = []
    for (const gateway of [...gateways, ...gateways].slice(0, RUNNING)) {
      third.push(slow(gateway))
      await sleep(100)
    }
    expect(await countOf(third)).toBe(RUNNING)
  })

  test('F2 a FLUSHALL is noticed, and the counts come back from what the replicas know', async () => {
    const before = await send('flushed', 30)
    expect(before).toBe(30 * REPLICAS)
    await redis.flushAll()
    const after = await send('flushed', LIMIT)
    expect(before + after).toBeLessThanOrEqual(LIMIT * (1 + 1 / REPLICAS))
    for (const gateway of gateways) await expect.poll(() => degraded(gateway), { timeout: 20_000 }).toBeUndefined()
    expect(before + after + (await send('flushed', LIMIT))).toBeLessThanOrEqual(LIMIT * (1 + 1 / REPLICAS))
  })

  test('F2 while Redis is down each replica lets its share through, says so, and counts it when Redis is back', async () => {
    let passed = await send('down', 25)
    await redis.kill()
    for (const gateway of gateways)
      await expect.poll(() => degraded(gateway), { timeout: 10_000 }).toEqual(['rate_limits'])
    passed += await send('down', LIMIT)
    expect(passed).toBeGreaterThan(25 * REPLICAS)
    expect(passed).toBeLessThanOrEqual(LIMIT * (1 + 1 / REPLICAS))
    const alone = await send('back', LIMIT)
    expect(alone).toBeGreaterThan(0)
    expect(alone).toBeLessThanOrEqual(LIMIT)
    for (const gateway of gateways) expect(gateway.stdout.join('\n')).toContain('rates_not_shared')
    await redis.startAgain()
    for (const gateway of gateways) await expect.poll(() => degraded(gateway), { timeout: 20_000 }).toBeUndefined()
    for (const gateway of gateways) expect(gateway.stdout.join('\n')).toContain('rates_shared_again')
    expect(alone + (await send('back', LIMIT))).toBeLessThanOrEqual(LIMIT * 1.1)
  }, 120_000)
})

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')(
  'three processes on one PostgreSQL without Redis',
  () => {
    test('each lets its part of a rate through and says so', async () => {
      let key = ''
      const replicas = await startReplicas(3, { env: { SWITCHYARD_SIM: 'on' } }, async (gateway) => {
        key = await gateway.createKey({ rate_limit_rpm: LIMIT })
      })
      try {
        const { gateways } = replicas
        const toldOf = (gateway: Gateway) => gateway.stdout.findLast((line) => line.includes('rates_divided'))
        for (const gateway of gateways)
          await expect.poll(() => toldOf(gateway), { timeout: 20_000 }).toContain('"replicas":3')
        expect(await sendTo(gateways, key, LIMIT)).toBe(LIMIT)
      } finally {
        await replicas.stop()
      }
    }, 120_000)
  },
)
