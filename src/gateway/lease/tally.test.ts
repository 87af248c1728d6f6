import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INTERVALS, type Interval } from '../../domain/windows.ts'
import { type Hold, Meter } from './meter.ts'
import type { Tally } from './tally.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The window of an instant, said another way than the code says it: by the fields of the calendar. */
function windowName(interval: Interval, ms: number): string {
  const date = new Date(ms)
  const monday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()))
  while (monday.getUTCDay() !== 1) monday.setUTCDate(monday.getUTCDate() - 1)
  const names = {
    daily: date.toISOString().slice(0, 10),
    weekly: monday.toISOString().slice(0, 10),
    monthly: date.toISOString().slice(0, 7),
    lifetime: 'ever',
  }
  return names[interval]
}

interface Charge {
  /** The windows of its admission, by interval. */
  windows: string[]
  cost: bigint
}

const namesOfDays = new Map<number, string[]>()

function windowNames(ms: number): string[] {
  const day = Math.floor(ms / DAY_MS)
  const known = namesOfDays.get(day)
  const names = known ?? INTERVALS.map((interval) => `${interval} ${windowName(interval, ms)}`)
  namesOfDays.set(day, names)
  return names
}

test('M10 over 100,000 instants each charge counts in the windows of its admission, and none is emptied twice', () => {
  // Around ends of months, a leap day and the turn of a year, and anywhere.
  const edges = ['2028-02-29T00:00:00Z', '2028-03-01T00:00:00Z', '2027-01-01T00:00:00Z', '2026-08-31T00:00:00Z']
  const begin = fc.oneof(
    fc.constantFrom(...edges.map((edge) => Date.parse(edge) - HOUR_MS)),
    fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2040, 0) }),
  )
  // Mostly on, over midnights; now and then the clock is set back by an hour.
  const step = fc.record({
    skip: fc.oneof(fc.nat(3 * HOUR_MS), fc.nat(2 * DAY_MS), fc.constant(-HOUR_MS)),
    cost: fc.bigInt(0n, 50n),
    isSettle: fc.boolean(),
  })
  fc.assert(
    fc.property(begin, fc.array(step, { minLength: 100, maxLength: 100 }), (start, steps) => {
      const run = new Run(start)
      for (const each of steps) run.step(each)
    }),
    { numRuns: 1_000 },
  )
})

class Run {
  #clock: number
  /** The latest instant that began a day: a day that has begun stays begun. */
  #latest: number
  readonly #meter: Meter
  readonly #tally: Tally
  readonly #open: { hold: Hold; charge: Charge }[] = []
  readonly #charged = new Map<string, bigint>()

  constructor(start: number) {
    this.#clock = start
    this.#latest = start
    this.#meter = new Meter({ now: () => this.#clock })
    this.#tally = this.#meter.tally('key', '1', 'credit')
  }

  step({ skip, cost, isSettle }: { skip: number; cost: bigint; isSettle: boolean }): void {
    this.#clock += skip
    if (Math.floor(this.#clock / DAY_MS) > Math.floor(this.#latest / DAY_MS)) this.#latest = this.#clock
    const windows = windowNames(this.#latest)
    const ended = isSettle ? this.#open.shift() : undefined
    if (ended) this.#settle(ended)
    else this.#open.push({ hold: this.#meter.hold({ tallies: [this.#tally] }, 50n), charge: { windows, cost } })
    const settled = INTERVALS.map((interval) => this.#tally.settled(interval, this.#meter.windows))
    const expected = windows.map((name) => this.#charged.get(name) ?? 0n)
    if (settled.join() !== expected.join()) expect({ at: this.#latest, settled }).toEqual({ settled: expected })
  }

  #settle({ hold, charge }: { hold: Hold; charge: Charge }): void {
    this.#meter.settle(hold, charge.cost)
    for (const name of charge.windows) this.#charged.set(name, (this.#charged.get(name) ?? 0n) + charge.cost)
  }
}

test('what is held over midnight counts in the windows that go on, and not in the new day', () => {
  let now = Date.parse('2026-11-18T23:59:59Z')
  const meter = new Meter({ now: () => now })
  const tally = meter.tally('key', '1', 'credit')
  const hold = meter.hold({ tallies: [tally] }, 7n)
  now += 2_000
  const held = () => INTERVALS.map((interval) => tally.held(interval, meter.windows))
  expect(held()).toEqual([0n, 7n, 7n, 7n])
  meter.settle(hold, 5n)
  expect(held()).toEqual([0n, 0n, 0n, 0n])
  expect(INTERVALS.map((interval) => tally.settled(interval, meter.windows))).toEqual([0n, 5n, 5n, 5n])
})
