import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts'
import { createMigratedDatabase, type TestDatabase } from '../harness/test-database.ts'

/*
 * S1: three real processes on one PostgreSQL answer for the same keys, and what is taken from a key at one of them is felt at
 * all of them.
 */

const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const REVOCATIONS = isFullSize ? 300 : 40
const UNNOTIFIED_REVOCATIONS = isFullSize ? 60 : 12
const STALE_SECONDS = 10

describe.skipIf(!isPostgres)('S1 on three processes', () => {
  let database: TestDatabase
  /** Of each process: the way to the database, and the one that notifications take. */
  let ways: { all: TcpProxy; notifications: TcpProxy }[]
  let replicas: Gateway[]

  beforeAll(async () => {
    database = await createMigratedDatabase(String(process.env['DATABASE_URL']))
    const secret = randomBytes(32).toString('hex')
    ways = []
    replicas = []
    for (let index = 0; index < 3; index += 1) {
      const way = { all: await startTcpProxy(database.url), notifications: await startTcpProxy(database.url) }
      ways.push(way)
      const first = replicas[0]
      replicas.push(
        await startGateway({
          databaseUrl: way.all.url,
          ...(first && { managementKey: first.managementKey }),
          env: {
            DATABASE_URL_DIRECT: way.notifications.url,
            SWITCHYARD_SECRET: secret,
            SWITCHYARD_SIM: 'on',
            SWITCHYARD_STALE_MAX_SECONDS: String(STALE_SECONDS),
            LOG_LEVEL: 'warn',
          },
        }),
      )
    }
  })
  afterAll(async () => {
    for (const replica of replicas ?? []) await replica.stop()
    for (const way of ways ?? []) await Promise.all([way.all.close(), way.notifications.close()])
    await database?.drop()
  })

  const at = (index: number): Gateway => {
    const replica = replicas[index]
    if (replica === undefined) throw new Error(`there is no process ${index}`)
    return replica
  }

  async function newKey(): Promise<{ key: string; hash: string }> {
    const { status, body } = await at(0).call('POST', '/api/v1/keys', { body: { name: 'revoked' } })
    expect(status).toBe(201)
    const { data, key } = body as { key: string; data: { hash: string } }
    return { key, hash: data.hash }
  }

  async function ask(replica: Gateway, key: string): Promise<{ status: number; retryAfter: string | null }> {
    const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'one' }] }
    const { headers, status } = await replica.call('POST', '/api/v1/chat/completions', { key, body })
    return { status, retryAfter: headers.get('retry-after') }
  }

  /** Asks one process after the other's answer until none accepts the key any more; when each last accepted a request, by the
   *  time it was sent. */
  async function lastAccepted(replica: Gateway, key: string, until: () => boolean): Promise<number> {
    let last = Number.NEGATIVE_INFINITY
    for (let refusals = 0; refusals < 3 || !until(); ) {
      const sent = performance.now()
      if ((await ask(replica, key)).status === 200) {
        last = sent
        refusals = 0
      } else refusals += 1
    }
    return last
  }

  type Revoke = (hash: string) => ReturnType<Gateway['call']>
  const REVOKE: [Revoke, Revoke, Revoke, Revoke] = [
    (hash: string) => at(0).call('DELETE', `/api/v1/keys/${hash}`),
    (hash: string) => at(1).call('PATCH', `/api/v1/keys/${hash}`, { body: { disabled: true } }),
    (hash: string) => at(2).call('PATCH', `/api/v1/keys/${hash}`, { body: { allowed_ips: ['203.0.113.0/24'] } }),
    (hash: string) => at(0).call('PATCH', `/api/v1/keys/${hash}`, { body: { allowed_models: ['other/*'] } }),
  ]

  interface Felt {
    /** Milliseconds from the call to the last request that was sent and accepted, over all processes. */
    lastAcceptedMs: number
    /** As long as the call took. */
    answeredMs: number
    /** Requests that were sent after the answer and accepted. */
    lateCount: number
  }

  async function revoke(kind: number): Promise<Felt> {
    const { hash, key } = await newKey()
    for (const replica of replicas) expect((await ask(replica, key)).status).toBe(200)
    let answered = Number.POSITIVE_INFINITY
    const isAnswered = () => answered < Number.POSITIVE_INFINITY
    const watching = replicas.map((replica) => lastAccepted(replica, key, isAnswered))
    await sleep(20)
    const begin = performance.now()
    const { body, status } = await REVOKE[(kind % 4) as 0 | 1 | 2 | 3](hash)
    answered = performance.now()
    expect(status).toBe(200)
    const { effective_at } = body as { effective_at: string }
    expect(Date.parse(effective_at)).toBeLessThanOrEqual(Date.now())
    const lasts = await Promise.all(watching)
    return {
      lastAcceptedMs: Math.max(0, Math.max(...lasts) - begin),
      answeredMs: answered - begin,
      lateCount: lasts.filter((last) => last > answered).length,
    }
  }

  function print(title: string, values: readonly number[]): { p99: number; worst: number } {
    const sorted = values.toSorted((a, b) => a - b)
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
    const worst = sorted.at(-1) ?? 0
    const bounds = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, Number.POSITIVE_INFINITY]
    const lines = bounds.map((bound, index) => {
      const count = sorted.filter((value) => value < bound && value >= (bounds[index - 1] ?? 0)).length
      return `  < ${String(bound).padStart(8)} ms ${'#'.repeat(count)} ${count}`
    })
    const figures = `median ${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)}, p99 ${Math.round(p99)}, worst ${Math.round(worst)} ms`
    process.stdout.write(`${title}: ${figures}\n${lines.join('\n')}\n`)
    return { p99, worst }
  }

  test(`S1 ${REVOCATIONS} revocations under load: the last request of a revoked key is within a second, and none after the answer`, async () => {
    const felt: Felt[] = []
    for (let round = 0; round < REVOCATIONS; round += 1) felt.push(await revoke(round))
    const { p99, worst } = print(
      'last accepted after the call',
      felt.map(({ lastAcceptedMs }) => lastAcceptedMs),
    )
    print(
      'call answered',
      felt.map(({ answeredMs }) => answeredMs),
    )
    expect(felt.reduce((sum, { lateCount }) => sum + lateCount, 0)).toBe(0)
    expect(p99).toBeLessThanOrEqual(1_000)
    expect(worst).toBeLessThanOrEqual(5_000)
  })

  test(`S1 ${UNNOTIFIED_REVOCATIONS} revocations while no notification comes through: within five seconds, and none after the answer`, async () => {
    for (const { notifications } of ways) notifications.become('silent')
    const felt: Felt[] = []
    for (let round = 0; round < UNNOTIFIED_REVOCATIONS; round += 1) felt.push(await revoke(round))
    for (const { notifications } of ways) notifications.become('open')
    const { worst } = print(
      'last accepted after the call, without notifications',
      felt.map(({ lastAcceptedMs }) => lastAcceptedMs),
    )
    expect(felt.reduce((sum, { lateCount }) => sum + lateCount, 0)).toBe(0)
    expect(worst).toBeLessThanOrEqual(5_000)
  })

  // A replica that doesn't listen again yet looks every two seconds.
  const UNTIL_POLLED = { timeout: 5_000 }

  test('two changes that are committed in the opposite order of their beginning are both felt', async () => {
    const [early, late] = [await newKey(), await newKey()]
    const [first, second] = [new pg.Client(database.url), new pg.Client(database.url)]
    await Promise.all([first.connect(), second.connect()])
    const disable = async (client: pg.Client, hash: string) => {
      await client.query('UPDATE api_key SET disabled = true WHERE hash = $1', [hash])
    }
    const commit = async (client: pg.Client, hash: string) => {
      const { rows } = await client.query<{ organization_id: string; version: string }>(
        'UPDATE organization_head SET version = version + 1 RETURNING organization_id, version',
      )
      const { organization_id, version } = rows[0] ?? {}
      await client.query(`INSERT INTO change VALUES ($1, $2, 'key', $3, now())`, [organization_id, version, hash])
      await client.query(`SELECT pg_notify('switchyard', $1)`, [version])
      await client.query('COMMIT')
    }
    await first.query('BEGIN')
    await disable(first, early.hash)
    await second.query('BEGIN')
    await disable(second, late.hash)
    await commit(second, late.hash)
    for (const replica of replicas)
      await expect.poll(() => ask(replica, late.key), UNTIL_POLLED).toMatchObject({ status: 401 })
    for (const replica of replicas) expect(await ask(replica, early.key)).toMatchObject({ status: 200 })
    await commit(first, early.hash)
    for (const replica of replicas)
      await expect.poll(() => ask(replica, early.key), UNTIL_POLLED).toMatchObject({ status: 401 })
    await Promise.all([first.end(), second.end()])
  })

  test('a process that misses changes because they are too old reads everything again', async () => {
    const keys = await Promise.all([newKey(), newKey()])
    const last = at(2)
    for (const { key } of keys) expect((await ask(last, key)).status).toBe(200)
    ways[2]?.all.become('closed')
    await at(0).call('DELETE', `/api/v1/keys/${keys[0]?.hash}`)
    const client = new pg.Client(database.url)
    await client.connect()
    await client.query('DELETE FROM change')
    await client.end()
    ways[2]?.all.become('open')
    await expect.poll(() => ask(last, keys[0]?.key ?? ''), { timeout: 10_000 }).toMatchObject({ status: 401 })
    await expect.poll(() => ask(last, keys[1]?.key ?? ''), { timeout: 10_000 }).toMatchObject({ status: 200 })
  })

  test('a process that is cut off goes on for its time, then lets nobody in; the call that revokes says until when', async () => {
    const { hash, key } = await newKey()
    const cutOff = at(2)
    for (const replica of replicas) expect((await ask(replica, key)).status).toBe(200)
    for (const way of Object.values(ways[2] ?? {})) way.become('closed')
    const answer = await at(0).call('DELETE', `/api/v1/keys/${hash}`)
    expect(answer.status).toBe(200)
    expect((await ask(at(1), key)).status).toBe(401)
    const effectiveAt = Date.parse((answer.body as { effective_at: string }).effective_at)
    expect(effectiveAt).toBeLessThanOrEqual(Date.now() + STALE_SECONDS * 1_000)
    while (Date.now() <= effectiveAt) await sleep(20)
    expect(await ask(cutOff, key)).toEqual({ status: 503, retryAfter: '5' })
    expect((await cutOff.call('GET', '/api/v1/workspaces')).status).toBe(503)
    expect((await cutOff.call('GET', '/readyz')).status).toBe(503)
    for (const way of Object.values(ways[2] ?? {})) way.become('open')
    await expect.poll(() => ask(cutOff, key), { timeout: 30_000 }).toMatchObject({ status: 401 })
    expect((await ask(cutOff, (await newKey()).key)).status).toBe(200)
  })

  test('each of the processes charges', async () => {
    const { key } = await newKey()
    const body = { model: 'sim/lorem', max_tokens: 5, messages: [{ role: 'user', content: 'one' }] }
    const statuses = await Promise.all(
      replicas.map(async (replica) => (await replica.call('POST', '/api/v1/chat/completions', { key, body })).status),
    )
    expect(statuses).toEqual([200, 200, 200])
  })
})
