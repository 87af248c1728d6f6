import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway-process.ts'
import {
  ask,
  newKey,
  type RevocationScene,
  revokeMany,
  STALE_SECONDS,
  spreadOf,
  startRevocationScene,
} from '../proof/revocation.ts'

/*
 * S1: three real processes on one PostgreSQL answer for the same keys, and what is taken from a key at one of them is felt at
 * all of them.
 */

const isPostgres = process.env['SWITCHYARD_TEST_STORE'] === 'postgres'
const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const REVOCATIONS = isFullSize ? 300 : 40
const UNNOTIFIED_REVOCATIONS = isFullSize ? 60 : 12

describe.skipIf(!isPostgres)('S1 on three processes', () => {
  let scene: RevocationScene
  let database: RevocationScene['database']
  let replicas: RevocationScene['replicas']
  let ways: RevocationScene['ways']

  beforeAll(async () => {
    scene = await startRevocationScene()
    ;({ database, replicas, ways } = scene)
  })
  afterAll(async () => {
    await scene?.stop()
  })

  const at = (index: number): Gateway => {
    const replica = replicas[index]
    if (replica === undefined) throw new Error(`there is no process ${index}`)
    return replica
  }

  function print(title: string, values: readonly number[]): { p99: number; worst: number } {
    const sorted = values.toSorted((a, b) => a - b)
    const { median, p99, worst } = spreadOf(values)
    const bounds = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, Number.POSITIVE_INFINITY]
    const lines = bounds.map((bound, index) => {
      const count = sorted.filter((value) => value < bound && value >= (bounds[index - 1] ?? 0)).length
      return `  < ${String(bound).padStart(8)} ms ${'#'.repeat(count)} ${count}`
    })
    const figures = `median ${Math.round(median)}, p99 ${Math.round(p99)}, worst ${Math.round(worst)} ms`
    process.stdout.write(`${title}: ${figures}\n${lines.join('\n')}\n`)
    return { p99, worst }
  }

  test(`S1 ${REVOCATIONS} revocations under load: the last request of a revoked key is within a second, and none after the answer`, async () => {
    const felt = await revokeMany(replicas, REVOCATIONS)
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
    const felt = await revokeMany(replicas, UNNOTIFIED_REVOCATIONS)
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
    const [early, late] = [await newKey(at(0)), await newKey(at(0))]
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
    const keys = await Promise.all([newKey(at(0)), newKey(at(0))])
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
    const { hash, key } = await newKey(at(0))
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
    expect((await ask(cutOff, (await newKey(at(0))).key)).status).toBe(200)
  })

  test('each of the processes charges', async () => {
    const { key } = await newKey(at(0))
    const body = { model: 'sim/lorem', max_tokens: 5, messages: [{ role: 'user', content: 'one' }] }
    const statuses = await Promise.all(
      replicas.map(async (replica) => (await replica.call('POST', '/api/v1/chat/completions', { key, body })).status),
    )
    expect(statuses).toEqual([200, 200, 200])
  })
})
