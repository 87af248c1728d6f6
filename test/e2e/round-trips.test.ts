import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { createGovernedKey, GOVERNED_ENV } from '../harness/governed-key.ts'
import { hasRedis, type RedisServer, startRedis } from '../harness/redis-server.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { createMigratedDatabase, type TestDatabase } from '../harness/test-database.ts'
import { chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

/*
 * How often a request waits for the database or for Redis: with six limits, an IP allowlist, a guardrail and filters that
 * redact, never for the database, and seldom for Redis while it is far from its rate. The counting is done inside the
 * gateway, request by request (`test/harness/count-round-trips.ts`).
 */

const isScaled = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const COUNTER = join(import.meta.dirname, '../harness/count-round-trips.ts')
const REQUESTS = 200
/** Permits are taken in advance, 2 % of the rate at most, and beside that as many as were used lately. */
const REDIS_TRIPS_MAX = REQUESTS / 5
const DIRTY = 'write to anna@example.com about ACME-123456'

let upstream: ScriptedUpstream
let database: TestDatabase | undefined
let redis: RedisServer | undefined
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  database = isScaled ? await createMigratedDatabase(String(process.env['DATABASE_URL'])) : undefined
  redis = isScaled && hasRedis ? await startRedis() : undefined
  const ports = [
    ...(database === undefined ? [] : [[new URL(database.url).port, 'database']]),
    ...(redis === undefined ? [] : [[new URL(redis.url).port, 'redis']]),
  ]
  gateway = await startGateway({
    config: oneProvider(upstream.baseUrl),
    ...(database === undefined ? {} : { databaseUrl: database.url }),
    env: {
      ...GOVERNED_ENV,
      NODE_OPTIONS: `--import=${COUNTER}`,
      SWITCHYARD_TEST_COUNTED_PORTS: JSON.stringify(Object.fromEntries(ports)),
      // What is flushed for all together is flushed by nobody's request.
      SWITCHYARD_FLUSH_INTERVAL_MS: '10000',
      ...(redis === undefined ? {} : { REDIS_URL: redis.url, SWITCHYARD_REDIS_TIMEOUT_MS: '5000' }),
    },
  })
  key = await createGovernedKey(gateway, { model: 'alpha/small', provider: 'alpha', rateLimitRpm: 100_000 })
})
afterAll(async () => {
  await gateway?.stop()
  await redis?.kill()
  await database?.drop()
  await upstream?.close()
})

/** Of each request so far. */
function tripsOf(): Record<string, number>[] {
  return gateway.stderr
    .filter((line) => line.startsWith('round-trips '))
    .map((line) => JSON.parse(line.slice('round-trips '.length)) as Record<string, number>)
}

async function countTrips(count: number, send: (index: number) => Promise<{ status: number }>) {
  const before = tripsOf().length
  for (let index = 0; index < count; index += 1) expect((await send(index)).status).toBe(200)
  await expect.poll(() => tripsOf().length).toBe(before + count)
  return tripsOf().slice(before)
}

const sumOf = (trips: readonly Record<string, number>[], name: string) =>
  trips.reduce((sum, counts) => sum + (counts[name] ?? 0), 0)

test('a request with everything that can govern it asks the database nothing, and Redis seldom', async () => {
  const send = (index: number) =>
    chat(gateway, key, { stream: index % 2 === 1, messages: [{ role: 'user', content: DIRTY }] })
  await countTrips(5, send)
  const trips = await countTrips(REQUESTS, send)
  expect(sumOf(trips, 'database')).toBe(0)
  const asked = sumOf(trips, 'redis')
  process.stdout.write(`${REQUESTS} governed requests: 0 round trips to the database, ${asked} to Redis\n`)
  expect(asked).toBeLessThanOrEqual(redis === undefined ? 0 : REDIS_TRIPS_MAX)
  // All of it was at work.
  expect(upstream.requests.at(-1)?.body).toMatchObject({
    messages: [{ role: 'user', content: 'write to [EMAIL] about [REDACTED]' }],
  })
})

test('the counting bites: a request that is to be remembered by its Idempotency-Key asks the database', async () => {
  const body = { model: 'alpha/small', messages: [{ role: 'user', content: 'Hello' }] }
  const headers = { 'idempotency-key': 'once' }
  const send = () => gateway.call('POST', '/api/v1/chat/completions', { key, body, headers })
  const trips = await countTrips(1, send)
  expect(sumOf(trips, 'database')).toBeGreaterThan(0)
})
