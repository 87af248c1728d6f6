import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RATE_SLOT_MS, RateWindow } from '../../domain/rate-window.ts'
import type { Observation } from '../../observe/observation.ts'
import type { RateAsk, RateGrant } from '../ports.ts'
import { SharedRates } from './shared-rates.ts'

const START = 1_700_000_000_000

/** What Redis does, in memory and with time that stands still unless a test moves it. */
class Center {
  now = START
  isAway = false
  asked = 0
  epoch = 0
  /** By bucket, of each replica. */
  readonly #windows = new Map<string, Map<number, RateWindow>>()

  answer(rank: number, { bucket, limit, demand, block, own }: RateAsk): RateGrant {
    if (this.isAway) throw new Error('gone')
    this.asked += 1
    const all = this.#windows.get(bucket) ?? new Map<number, RateWindow>()
    this.#windows.set(bucket, all)
    const mine = new Map(all.get(rank)?.slots(this.now))
    const first = Math.floor(this.now / RATE_SLOT_MS) - 21
    for (const [slot, count] of own) {
      const at = slot < 0 ? first + 21 : slot
      if (at >= first) mine.set(at, Math.max(count, mine.get(at) ?? 0))
    }
    const window = RateWindow.from([...mine].toSorted(([a], [b]) => a - b))
    all.set(rank, window)
    const room = this.#sum(all).room(limit, this.now)
    const isFar = limit - room + block <= limit / 2
    const granted = Math.max(Math.min(demand, room), isFar ? Math.min(block, room) : 0)
    window.add(granted, this.now)
    return { granted, now: this.now, slots: this.#sum(all).slots(this.now), own: window.slots(this.now) }
  }

  #sum(all: ReadonlyMap<number, RateWindow>): RateWindow {
    const slots = [...all.values()].flatMap((window) => window.slots(this.now))
    return RateWindow.from(slots.toSorted(([a], [b]) => a - b))
  }

  flush(): void {
    this.#windows.clear()
    this.epoch += 1
  }
}

function replicasOf(count: number) {
  const center = new Center()
  const observed: Observation[] = []
  /** As Redis knows them. */
  const alive = new Set<number>()
  const epochs = Array.from({ length: count }, () => 0)
  // Each replica's own clock has another origin.
  const rates = Array.from({ length: count }, (_, rank) => {
    return new SharedRates({
      ask: async (ask) => {
        if (epochs[rank] !== center.epoch) throw new Error('lost')
        return center.answer(rank, ask)
      },
      meet: async () => {
        if (center.isAway) throw new Error('gone')
        const hasLost = epochs[rank] !== center.epoch
        if (center.epoch > Math.max(...epochs)) alive.clear()
        epochs[rank] = center.epoch
        alive.add(rank)
        return { count: alive.size, rank: [...alive].filter((other) => other < rank).length, hasLost }
      },
      clock: { now: () => center.now, monotonic: () => center.now - START + rank * 777 },
      observe: (observation) => observed.push(observation),
      timeoutMs: 1_000,
    })
  })
  /** Twice, so that the first one has heard of the last. */
  const beat = async () => {
    for (const replica of [...rates, ...rates]) await replica.beat()
  }
  const take = async (rank: number, limit: number) => (await rates[rank]?.take(1n, limit)) === 0
  const burst = async (rank: number, limit: number, size: number) => {
    const taken = await Promise.all(Array.from({ length: size }, () => take(rank, limit)))
    return taken.filter(Boolean).length
  }
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      center.now += Math.min(1_000, ms - passed)
      await beat()
    }
  }
  return { center, observed, rates, beat, take, burst, pass }
}

test('several replicas let exactly the limit through at once, whoever is asked', async () => {
  const { beat, burst } = replicasOf(4)
  await beat()
  const taken = await Promise.all([0, 1, 2, 3].map((rank) => burst(rank, 600, 2_000)))
  expect(taken.reduce((sum, count) => sum + count)).toBe(600)
})

test('a replica far from the limit asks for many permits at a time, near it for each', async () => {
  const { beat, center, pass, take } = replicasOf(1)
  await beat()
  const asked: number[] = []
  for (let second = 0; second < 60; second += 1) {
    for (let count = 0; count < 9; count += 1) expect(await take(0, 600)).toBe(true)
    asked.push(center.asked)
    await pass(1_000)
  }
  // 27 requests in three seconds; 12 permits are 2 % of the limit.
  expect((asked[15] ?? 0) - (asked[5] ?? 0)).toBeLessThan(30)
  expect((asked[58] ?? 0) - (asked[48] ?? 0)).toBe(90)
})

test('a replica that knows the limit to be reached refuses without asking', async () => {
  const { beat, burst, center } = replicasOf(2)
  await beat()
  expect(await burst(0, 100, 150)).toBe(100)
  const asked = center.asked
  expect(await burst(0, 100, 1_000)).toBe(0)
  expect(center.asked).toBe(asked)
})

const Steps = fc.array(
  fc.record({ rank: fc.nat(3), size: fc.nat(40), ms: fc.oneof(fc.constant(0), fc.nat(4_000), fc.nat(70_000)) }),
  { minLength: 1, maxLength: 40 },
)

test('whatever arrives wherever, no 60 s hold more than 1.1 times the limit over all replicas', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), Steps, async (limit, steps) => {
      const { beat, burst, center } = replicasOf(4)
      await beat()
      const taken: { at: number; count: number }[] = []
      for (const { rank, size, ms } of steps) {
        center.now += ms
        taken.push({ at: center.now, count: await burst(rank, limit, size) })
        const inMinute = taken.filter(({ at }) => at > center.now - 60_000)
        expect(inMinute.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(limit * 1.1)
      }
    }),
    { numRuns: 300 },
  )
})

test.each([2, 3, 4, 8])(
  'F2 with nobody answering %i replicas let less than limit x (1 + 1/n) through',
  async (count) => {
    const limit = 240
    for (const before of [0, 60, 240]) {
      const { beat, burst, center, observed } = replicasOf(count)
      await beat()
      let taken = await burst(0, limit, before)
      center.isAway = true
      await beat()
      for (let rank = 0; rank < count; rank += 1) taken += await burst(rank, limit, 500)
      expect(taken).toBeLessThanOrEqual(limit * (1 + 1 / count))
      expect(observed.filter(({ type }) => type === 'rates_not_shared')).toHaveLength(count)
    }
  },
)

test('F2 whatever came before, an outage lets no more than limit x (1 + 1/n) through, but for rounding', async () => {
  const Before = fc.array(
    fc.record({ rank: fc.nat(3), size: fc.nat(60), ms: fc.oneof(fc.constant(0), fc.nat(2_000), fc.nat(15_000)) }),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: 200 }),
      fc.integer({ min: 2, max: 4 }),
      Before,
      async (limit, n, steps) => {
        const { beat, burst, center } = replicasOf(n)
        await beat()
        const taken: { at: number; count: number }[] = []
        for (const { rank, size, ms } of steps) {
          center.now += ms
          taken.push({ at: center.now, count: await burst(rank % n, limit, size) })
        }
        center.isAway = true
        await beat()
        for (let rank = 0; rank < n; rank += 1) taken.push({ at: center.now, count: await burst(rank, limit, 500) })
        const inMinute = taken.filter(({ at }) => at > center.now - 60_000).reduce((sum, { count }) => sum + count, 0)
        expect(inMinute).toBeLessThanOrEqual(limit * (1 + 1 / n) + 1)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('F2 replicas that share a load evenly go on with it while nobody answers', async () => {
  const { beat, center, pass, take } = replicasOf(4)
  await beat()
  let refused = 0
  for (let second = 0; second < 180; second += 1) {
    center.isAway = second >= 60 && second < 120
    // 480 a minute under a limit of 600.
    for (let rank = 0; rank < 4; rank += 1)
      for (let count = 0; count < 2; count += 1) if (!(await take(rank, 600))) refused += 1
    await pass(1_000)
  }
  expect(refused).toBe(0)
})

test('F2 what replicas let through by themselves counts when somebody answers again', async () => {
  const { beat, burst, center, observed, pass, rates } = replicasOf(4)
  await beat()
  center.isAway = true
  let taken = 0
  for (let rank = 0; rank < 4; rank += 1) taken += await burst(rank, 400, 300)
  expect(taken).toBeGreaterThan(100)
  center.isAway = false
  expect(rates.map(({ isShared }) => isShared)).toEqual([false, false, false, false])
  await pass(6_000)
  expect(rates.map(({ isShared }) => isShared)).toEqual([true, true, true, true])
  for (let rank = 0; rank < 4; rank += 1) taken += await burst(rank, 400, 300)
  expect(taken).toBe(400)
  expect(observed.at(-1)).toMatchObject({ type: 'rates_shared_again' })
})

test('F2 an outage of many minutes leaves no more behind than a minute of it', async () => {
  const { beat, center, pass, take } = replicasOf(2)
  await beat()
  center.isAway = true
  for (let second = 0; second < 600; second += 1) {
    await take(0, 60)
    await pass(1_000)
  }
  center.isAway = false
  await pass(10_000)
  expect(await take(1, 60)).toBe(true)
})

test.each([2, 4])('F2 counts that were lost come back from what %i replicas know', async (count) => {
  const { beat, burst, center, pass } = replicasOf(count)
  await beat()
  let taken = 0
  for (let rank = 0; rank < count; rank += 1) taken += await burst(rank, 240, 30)
  expect(taken).toBe(30 * count)
  center.flush()
  for (let rank = 0; rank < count; rank += 1) taken += await burst(rank, 240, 500)
  expect(taken).toBeLessThanOrEqual(240 * (1 + 1 / count))
  await pass(7_000)
  for (let rank = 0; rank < count; rank += 1) taken += await burst(rank, 240, 500)
  expect(taken).toBeGreaterThanOrEqual(240)
  expect(taken).toBeLessThanOrEqual(240 * (1 + 1 / count))
})

test('F2 a replica that starts while nobody answers keeps to a share when it hears of the others in another way', async () => {
  const { beat, center, burst, rates } = replicasOf(1)
  center.isAway = true
  await beat()
  rates[0]?.noteReplicas({ count: 2, rank: 0 })
  rates[0]?.noteReplicas({ count: 1, rank: 0 })
  expect(await burst(0, 100, 200)).toBe(50)
})

test('an answer that takes too long is none', async () => {
  const observed: Observation[] = []
  const rates = new SharedRates({
    ask: () => new Promise(() => {}),
    meet: async () => ({ count: 2, rank: 1, hasLost: false }),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    observe: (observation) => observed.push(observation),
    timeoutMs: 20,
  })
  await rates.beat()
  expect(await rates.take(1n, 2)).toBe(0)
  expect(await rates.take(1n, 2)).toBeGreaterThan(0)
  const message = 'no answer within 20 ms'
  expect(observed).toEqual([{ type: 'rates_not_shared', message, replicas: 2 }])
})
