import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway-process.ts'
import { type GatewayReplicas, startReplicas } from '../harness/gateway-replicas.ts'
import { hasRedis, type RedisServer, startRedis } from '../harness/redis-server.ts'
import { chat, readData } from './chat-client.ts'

/* A day's requests to free models over three processes on one PostgreSQL and one Redis, through the loss of what it counted. */

const LIMIT = 60
const REPLICAS = 3
const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'

describe.skipIf(!isPostgres || !hasRedis)('three processes with one Redis (needs redis-server)', () => {
  let redis: RedisServer
  let replicas: GatewayReplicas
  let key: string

  beforeAll(async () => {
    redis = await startRedis()
    const env = { REDIS_URL: redis.url, SWITCHYARD_REDIS_TIMEOUT_MS: '5000', SWITCHYARD_SIM: 'on' }
    replicas = await startReplicas(REPLICAS, { env }, async (gateway) => {
      key = await gateway.createKey({ rate_limit_rpm: 0 })
      const body = { free_models_rpd: LIMIT }
      expect((await gateway.call('PATCH', '/api/v1/organization/policy', { body })).status).toBe(200)
    })
  })
  afterAll(async () => {
    await replicas?.stop()
    await redis?.kill()
  })

  /** So many requests to each at once; how many of all were let through. */
  async function send(each: number, to: readonly Gateway[] = replicas.gateways): Promise<number> {
    const answers = await Promise.all(
      to.flatMap((gateway) => Array.from({ length: each }, () => chat(gateway, key, { model: 'sim/echo' }))),
    )
    const refused = answers.filter(({ status }) => status === 429).length
    const passed = answers.filter(({ status }) => status === 200).length
    expect(passed + refused).toBe(answers.length)
    return passed
  }

  async function degraded(gateway: Gateway): Promise<unknown> {
    return ((await gateway.call('GET', '/readyz', { key: null })).body as { degraded?: unknown }).degraded
  }

  const told = (gateway: Gateway) => readData(gateway, '/api/v1/key', key)

  test('exactly as many as may go through all of them together, and each tells the count of all', async () => {
    expect(await send(10)).toBe(10 * REPLICAS)
    for (const gateway of replicas.gateways) {
      const free_model_daily_requests = { limit: LIMIT, remaining: LIMIT - 10 * REPLICAS, used: 10 * REPLICAS }
      expect(await told(gateway)).toMatchObject({ free_model_daily_requests })
    }
    await redis.flushAll()
    // All of them notice it and say again what they let through, before anything is counted together again.
    for (const expected of [['rate_limits'], undefined]) {
      for (const gateway of replicas.gateways)
        await expect.poll(() => degraded(gateway), { timeout: 20_000 }).toEqual(expected)
    }
    expect(await send(LIMIT)).toBe(LIMIT - 10 * REPLICAS)
  })

  test('while Redis is away nobody lets through what all have used up', async () => {
    await redis.kill()
    expect(await send(5)).toBe(0)
  })
})
