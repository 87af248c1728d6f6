import { expect, test } from 'vitest'
import type { Fault } from '../../domain/breaker.ts'
import type { HealthHour, HealthMinute, HealthStore } from '../../domain/endpoint-trials.ts'
import { HealthBook } from './health-book.ts'

const MINUTE_MS = 60_000
const START = 1_800_000_000_000
const FAST = { latencyMs: 100, tookMs: 1_000, completionTokens: 50, areToolCallsValid: null }
const FAULT: Fault = { restMs: null, isRateLimit: false }
const SLOW = { ...FAST, latencyMs: 1_000, tookMs: 5_000 }

/** What several processes post, as the database keeps it. */
class MemoryStore {
  readonly rows: (HealthMinute & { processId: string })[] = []

  of(processId: string): HealthStore {
    return {
      post: async (minutes) => {
        for (const minute of minutes) this.rows.push({ ...minute, processId })
      },
      load: async (from, before) =>
        this.rows.filter((row) => row.processId !== processId && row.minute >= from && row.minute < before),
      loadHours: async (from, before) =>
        this.rows
          .filter(({ minute }) => minute >= from && minute < before)
          .map(
            ({ endpointId, faults, minute, succeeded }): HealthHour => ({
              endpointId,
              faults,
              succeeded,
              hour: minute - (minute % 3_600_000),
            }),
          ),
    }
  }
}

function world() {
  let elapsedMs = 0
  const clock = { now: () => START + elapsedMs, monotonic: () => elapsedMs }
  return {
    newBook: () => new HealthBook({ clock, cooldownMs: 1_000 }),
    pass: (ms: number) => {
      elapsedMs += ms
    },
  }
}

function run(book: HealthBook, endpoint: string, measured: typeof FAST, count = 1): void {
  for (let turn = 0; turn < count; turn += 1) book.begin(endpoint)?.succeeded(measured)
}

function fail(book: HealthBook, endpoint: string, count = 1): void {
  for (let turn = 0; turn < count; turn += 1) book.begin(endpoint)?.failed(FAULT)
}

test('an endpoint that nobody has used is stable, whole, and not measured', () => {
  const book = world().newBook()
  expect([
    book.isStable('a'),
    book.isBroken('a'),
    book.latency('a'),
    book.throughput('a'),
    book.toolQuality('a'),
  ]).toEqual([true, false, null, null, null])
  expect(book.figuresOf('a')).toMatchObject({ uptime5m: null, uptime1d: null, latency30m: null, isBroken: false })
})

test('latency and throughput are those of the last five minutes, those shown of the last thirty', () => {
  const { newBook, pass } = world()
  const book = newBook()
  run(book, 'a', SLOW, 10)
  expect(book.latency('a')?.p50).toBeGreaterThan(880)
  expect(book.throughput('a')?.p50).toBeCloseTo(10, -1)
  pass(10 * MINUTE_MS)
  expect(book.latency('a')).toBeNull()
  run(book, 'a', FAST, 10)
  pass(2_000)
  expect(book.latency('a')?.p99).toBeLessThan(120)
  expect(book.figuresOf('a').latency30m?.p99).toBeGreaterThan(880)
  pass(31 * MINUTE_MS)
  expect(book.figuresOf('a').latency30m).toBeNull()
})

test('of one or two requests no percentile is told', () => {
  const { newBook, pass } = world()
  const book = newBook()
  run(book, 'a', FAST, 2)
  expect(book.latency('a')).toBeNull()
  run(book, 'a', FAST)
  pass(2_000)
  expect(book.latency('a')).not.toBeNull()
})

test('uptime is the share of requests that the endpoint did not fail, over five minutes, thirty, and a day', () => {
  const { newBook, pass } = world()
  const book = newBook()
  fail(book, 'a', 4)
  pass(2 * 3_600_000)
  run(book, 'a', FAST, 2)
  fail(book, 'a', 2)
  pass(10 * MINUTE_MS)
  run(book, 'a', FAST, 4)
  book.begin('a')?.undecided()
  expect(book.figuresOf('a')).toMatchObject({ uptime5m: 100, uptime30m: 75, uptime1d: 50 })
  pass(26 * 3_600_000)
  expect(book.figuresOf('a')).toMatchObject({ uptime5m: null, uptime30m: null, uptime1d: null })
})

test('an outage is remembered for half a minute, and one failure among many is none', () => {
  const { newBook, pass } = world()
  const book = newBook()
  run(book, 'many', FAST, 20)
  fail(book, 'many')
  fail(book, 'few')
  expect([book.isStable('many'), book.isStable('few')]).toEqual([true, false])
  pass(29_000)
  expect(book.isStable('few')).toBe(false)
  pass(7_000)
  expect(book.isStable('few')).toBe(true)
})

test('five failures in a row break it; one probe at a time mends it, and its end is told', () => {
  const { newBook, pass } = world()
  const book = newBook()
  fail(book, 'a', 5)
  expect([book.isBroken('a'), book.begin('a'), book.restOf('a').ms, book.figuresOf('a').isBroken]).toEqual([
    true,
    null,
    1_000,
    true,
  ])
  pass(1_000)
  expect(book.isBroken('a')).toBe(false)
  const probe = book.begin('a')
  expect([probe === null, book.begin('a'), book.isBroken('a')]).toEqual([false, null, true])
  probe?.hasContent()
  probe?.succeeded(FAST)
  fail(book, 'a', 4)
  expect(book.isBroken('a')).toBe(false)
})

test('half of twenty requests that fail break it, and the caller can be told why it rests', () => {
  const { newBook } = world()
  const book = newBook()
  for (let turn = 0; turn < 9; turn += 1) {
    run(book, 'a', FAST)
    fail(book, 'a')
  }
  expect([book.isBroken('a'), book.restOf('a')]).toEqual([false, { ms: 0, isRateLimit: false }])
  run(book, 'a', FAST)
  fail(book, 'a')
  expect(book.restOf('a')).toEqual({ ms: 1_000, isRateLimit: false })
  book.begin('b')?.failed({ restMs: 3_000, isRateLimit: true })
  expect(book.restOf('b')).toEqual({ ms: 3_000, isRateLimit: true })
})

test('a probe that breaks off after content breaks it again at once', () => {
  const { newBook, pass } = world()
  const book = newBook()
  fail(book, 'a', 5)
  pass(1_000)
  const probe = book.begin('a')
  probe?.hasContent()
  probe?.failed(FAULT)
  expect(book.isBroken('a')).toBe(true)
})

test('a probe whose caller left makes room for another', () => {
  const { newBook, pass } = world()
  const book = newBook()
  fail(book, 'a', 5)
  pass(1_000)
  book.begin('a')?.undecided()
  expect(book.begin('a')).not.toBeNull()
})

test('quality is the share of requests with tool calls whose calls were all valid', () => {
  const { newBook, pass } = world()
  const book = newBook()
  run(book, 'a', FAST, 10)
  for (const areToolCallsValid of [true, true, true, false]) book.begin('a')?.succeeded({ ...FAST, areToolCallsValid })
  pass(2_000)
  expect(book.toolQuality('a')).toBe(0.75)
})

test('processes learn of each other what each has seen, once', async () => {
  const { newBook, pass } = world()
  const store = new MemoryStore()
  const [one, two] = [newBook(), newBook()]
  run(one, 'a', FAST, 3)
  fail(one, 'a')
  for (let turn = 0; turn < 5; turn += 1) {
    pass(MINUTE_MS)
    await one.exchange(store.of('one'))
    await two.exchange(store.of('two'))
  }
  expect(two.figuresOf('a')).toEqual(one.figuresOf('a'))
  expect(two.figuresOf('a')).toMatchObject({ uptime30m: 75 })
  expect(store.rows).toHaveLength(1)
})

test('a process knows what those before it saw: half an hour in full, of the day its uptime', async () => {
  const { newBook, pass } = world()
  const store = new MemoryStore()
  const before = newBook()
  fail(before, 'a', 4)
  pass(3_600_000)
  run(before, 'a', SLOW, 4)
  await before.postAll(store.of('before'))
  const after = newBook()
  await after.load(store.of('after'))
  expect(after.figuresOf('a')).toMatchObject({ uptime30m: 100, uptime1d: 50, isBroken: false })
  expect(after.figuresOf('a').latency30m?.p50).toBeGreaterThan(880)
  pass(MINUTE_MS)
  await after.exchange(store.of('after'))
  await after.postAll(store.of('after'))
  expect(after.figuresOf('a')).toMatchObject({ uptime30m: 100, uptime1d: 50 })
  expect(store.rows.filter(({ processId }) => processId === 'after')).toEqual([])
})

test('what could not be posted is posted the next time', async () => {
  const { newBook, pass } = world()
  const store = new MemoryStore()
  const book = newBook()
  run(book, 'a', FAST, 3)
  pass(MINUTE_MS)
  const broken: HealthStore = { ...store.of('one'), post: () => Promise.reject(new Error('away')) }
  await expect(book.exchange(broken)).rejects.toThrow('away')
  await book.exchange(store.of('one'))
  await book.exchange(store.of('one'))
  expect(store.rows).toMatchObject([{ endpointId: 'a', succeeded: 3, faults: 0 }])
})

test('a thousand endpoints are known at most: the ones used last', () => {
  const { newBook, pass } = world()
  const book = newBook()
  for (let at = 0; at < 1_001; at += 1) {
    fail(book, `endpoint ${at}`)
    pass(1)
  }
  expect([0, 1, 1_000].map((at) => book.figuresOf(`endpoint ${at}`).uptime5m)).toEqual([null, 0, 0])
})

test('endpoints that rest are counted, those that fail apart from those that have had enough, until their rest is over', () => {
  const { newBook, pass } = world()
  const book = newBook()
  run(book, 'well', FAST)
  fail(book, 'failing', 5)
  book.begin('busy')?.failed({ restMs: 3_000, isRateLimit: true })
  expect(book.countResting()).toEqual({ failures: 1, rate: 1 })
  pass(1_000)
  expect(book.countResting()).toEqual({ failures: 0, rate: 1 })
  pass(2_000)
  expect(book.countResting()).toEqual({ failures: 0, rate: 0 })
})
