import fc from 'fast-check'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { RATE_SLOT_MS, RateWindow, type SlotCount } from '../../domain/rate-window.ts'
import { newUuid } from '../../platform/ids.ts'
import { RATE_SCRIPT } from './rate-script.ts'
import { openSharedCounts, type SharedCounts } from './shared-counts.ts'

const url = process.env['REDIS_URL']
const START = 1_700_000_000_000

describe.skipIf(url === undefined)('with Redis (REDIS_URL)', () => {
  const prefix = `test:${newUuid()}:`
  const client = createClient({ url: url ?? '' })
  let counts: SharedCounts

  beforeAll(async () => {
    await client.connect()
    counts = openSharedCounts(url ?? '', { prefix, replicaId: 'b' })
    expect(await vi.waitFor(() => counts.meet())).toEqual({ count: 1, rank: 0, hasLost: false })
  })
  afterAll(async () => {
    await counts.close()
    for (const key of await client.keys(`${prefix}*`)) await client.del(key)
    await client.close()
  })

  const ask = (bucket: string, fields: Partial<Parameters<SharedCounts['ask']>[0]> = {}) =>
    counts.ask({ bucket, limit: 10, demand: 1, block: 1, own: [], ...fields })

  test('many who ask at once get exactly the limit, and a block only below half of it', async () => {
    expect(await ask('a', { block: 4 })).toMatchObject({ granted: 4 })
    expect(await ask('a', { block: 4 })).toMatchObject({ granted: 1 })
    const grants = await Promise.all(Array.from({ length: 20 }, () => ask('a')))
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(5)
  })

  test('what a replica has let through counts once, however often it is told, and comes back when it was lost', async () => {
    const { now, own } = await ask('b', { demand: 2 })
    const slot = Math.floor(now / RATE_SLOT_MS)
    expect(own).toEqual([[expect.any(Number), 2]])
    const more: SlotCount[] = [...own, [slot - 3, 2], [slot - 100, 50]]
    for (let time = 0; time < 3; time += 1) expect((await ask('b', { demand: 0, block: 0, own: more })).granted).toBe(0)
    const other = openSharedCounts(url ?? '', { prefix, replicaId: 'z' })
    await vi.waitFor(() => other.meet())
    const theirs = await other.ask({ bucket: 'b', limit: 10, demand: 20, block: 1, own: [[-1, 1]] })
    expect(theirs).toMatchObject({ granted: 5, own: [[expect.any(Number), 6]] })
    await client.del(`${prefix}rate:b`)
    expect(await ask('b', { demand: 0, block: 0, own: more })).toMatchObject({ granted: 0 })
    const again = await other.ask({ bucket: 'b', limit: 10, demand: 20, block: 1, own: theirs.own })
    expect(again).toMatchObject({ granted: 0, own: theirs.own })
    await other.close()
  })

  test('nothing is left of a bucket a minute after its use', async () => {
    await ask('c')
    const ttl = await client.pTTL(`${prefix}rate:c`)
    expect(ttl).toBeGreaterThan(0)
    expect(ttl).toBeLessThanOrEqual(66_000)
  })

  test('replicas learn how many they are and which of them, and are gone when they end', async () => {
    const others = ['a', 'c'].map((replicaId) => openSharedCounts(url ?? '', { prefix, replicaId }))
    for (const other of others) await vi.waitFor(() => other.meet())
    const all = [others[0], counts, others[1]]
    expect(await Promise.all(all.map((replica) => replica?.meet()))).toEqual(
      [0, 1, 2].map((rank) => ({ count: 3, rank, hasLost: false })),
    )
    for (const other of others) await other.close()
    expect(await counts.meet()).toMatchObject({ count: 1, rank: 0 })
  })

  test('nobody is granted anything after a loss until they have met again, and then they know of it', async () => {
    await ask('e')
    await client.del(`${prefix}epoch`)
    await expect(ask('e')).rejects.toThrow('lost')
    expect(await counts.meet()).toMatchObject({ hasLost: true })
    expect(await ask('e')).toMatchObject({ granted: 1 })
    expect(await counts.meet()).toMatchObject({ hasLost: false })
  })

  test('requests that run count over all replicas, as each states them, and one too many is not let in', async () => {
    const other = openSharedCounts(url ?? '', { prefix, replicaId: 'other' })
    await vi.waitFor(() => other.meet())
    expect(await counts.stateInFlight(7n, 2, 3)).toBe(true)
    expect(await other.stateInFlight(7n, 1, 3)).toBe(true)
    expect(await other.stateInFlight(7n, 2, 3)).toBe(false)
    expect(await counts.stateInFlight(7n, 3, 3)).toBe(false)
    expect(await counts.stateInFlight(7n, 1, null)).toBe(true)
    expect(await other.stateInFlight(7n, 2, 3)).toBe(true)
    expect(await counts.stateInFlight(7n, 0, null)).toBe(true)
    expect(await other.stateInFlight(7n, 3, 3)).toBe(true)
    await client.hSet(`${prefix}running:7`, 'dead', `9:${Date.now() - 60_000}`)
    expect(await other.stateInFlight(7n, 3, 3)).toBe(true)
    await other.close()
  })

  test('a day counts over all replicas, and what was lost comes back with what each of them knows', async () => {
    const other = openSharedCounts(url ?? '', { prefix, replicaId: 'other-day' })
    await vi.waitFor(() => other.meet())
    const wanted = { bucket: 'org:2030-01-01', limit: 10, demand: 1, block: 1, own: 0, others: 0 }
    expect(await counts.askDaily({ ...wanted, block: 4 })).toEqual({ granted: 4, own: 4, others: 0 })
    expect(await counts.askDaily({ ...wanted, block: 4, own: 4 })).toEqual({ granted: 1, own: 5, others: 0 })
    const all = await Promise.all(Array.from({ length: 20 }, () => other.askDaily(wanted)))
    expect(all.reduce((sum, { granted }) => sum + granted, 0)).toBe(5)
    await client.del(`${prefix}daily:org:2030-01-01`)
    expect(await other.askDaily({ ...wanted, own: 5, others: 5 })).toEqual({ granted: 0, own: 5, others: 5 })
    expect(await counts.askDaily({ ...wanted, own: 5, others: 3 })).toEqual({ granted: 0, own: 5, others: 5 })
    expect(await counts.askDaily({ ...wanted, limit: 0, demand: 0, block: 0 })).toEqual({
      granted: 0,
      own: 5,
      others: 5,
    })
    await other.close()
  })

  test('a script that Redis has forgotten is sent again', async () => {
    await client.sendCommand(['SCRIPT', 'FLUSH'])
    expect(await ask('d')).toMatchObject({ granted: 1 })
  })

  test('the script counts as memory does, whatever arrives when', async () => {
    // The time is handed in as two keys more.
    const script = RATE_SCRIPT.replace("redis.call('TIME')", '{ tonumber(KEYS[3]), tonumber(KEYS[4]) }')
    const epochKey = `${prefix}another-epoch`
    await client.set(epochKey, '1')
    const Steps = fc.array(
      fc.record({ ms: fc.oneof(fc.nat(3_000), fc.nat(70_000)), demand: fc.nat(40), who: fc.nat(2) }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), Steps, async (limit, steps) => {
        const bucket = `${prefix}rate:${newUuid()}`
        const window = new RateWindow()
        let now = START
        for (const { demand, ms, who } of steps) {
          now += ms
          const granted = Math.min(demand, window.room(limit, now))
          window.add(granted, now)
          const keys = [bucket, epochKey, String(Math.floor(now / 1_000)), String((now % 1_000) * 1_000)]
          const args = ['1', limit, demand, limit, who].map(String)
          const [given, at, ...slots] = (await client.eval(script, { keys, arguments: args })) as number[]
          expect([given, at]).toEqual([granted, now])
          expect(slots.filter((_count, index) => index % 3 !== 2)).toEqual(window.slots(now).flat())
        }
      }),
      { numRuns: 100 },
    )
  })
})

test('without a connection questions fail at once', async () => {
  const counts = openSharedCounts('redis://127.0.0.1:1', { prefix: '', replicaId: 'a' })
  await counts.opened
  await expect(counts.meet()).rejects.toThrow('not connected')
  await counts.close()
})
