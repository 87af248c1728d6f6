import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ForecastInput, forecastBudget } from './budget-forecast.ts'
import { INTERVALS, windowEndMs, windowStartMs } from './windows.ts'

const DAY_MS = 86_400_000
const DOLLAR = 1_000_000_000n
/** A Sunday. */
const NOW = Date.parse('2026-11-22T12:00:00Z')
const TODAY = Math.floor(NOW / DAY_MS)
const RUNS = { seed: 20_261_122, numRuns: 500 }

/** From the day before the running one back. */
function daysBefore(amounts: readonly bigint[], today = TODAY): Map<number, bigint> {
  return new Map(amounts.map((amount, index) => [today - 1 - index, amount]))
}

function input(fields: Partial<ForecastInput>): ForecastInput {
  return {
    now: NOW,
    interval: 'weekly',
    limit: 100n * DOLLAR,
    spent: 0n,
    spentToday: 0n,
    spentByDay: new Map(),
    ...fields,
  }
}

const arbitraryInput = fc
  .record({
    now: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-12-31') }),
    interval: fc.constantFrom(...INTERVALS),
    limit: fc.bigInt(1n, 10_000n * DOLLAR),
    before: fc.bigInt(0n, 1_000n * DOLLAR),
    spentToday: fc.bigInt(0n, 100n * DOLLAR),
    amounts: fc.array(fc.oneof(fc.constant(0n), fc.bigInt(1n, 100n * DOLLAR)), { maxLength: 40 }),
  })
  .map(({ before, amounts, ...rest }) => ({
    ...rest,
    spent: before + rest.spentToday,
    spentByDay: daysBefore(amounts, Math.floor(rest.now / DAY_MS)),
  }))

describe('at a steady pace', () => {
  const tenADay = daysBefore(Array.from({ length: 28 }, () => 10n * DOLLAR))
  const steady = { spentByDay: tenADay, spentToday: 5n * DOLLAR }

  test.each([
    ['daily', 5n, 10n, '2026-11-23T00:00:00.000Z'],
    ['weekly', 65n, 70n, '2026-11-23T00:00:00.000Z'],
    ['monthly', 215n, 300n, '2026-12-01T00:00:00.000Z'],
    ['lifetime', 1_000n, 1_900n, '2027-02-20T12:00:00.000Z'],
  ] as const)(
    'a %s budget ends at what the pace makes of the days left, for certain',
    (interval, spent, end, until) => {
      const forecast = forecastBudget(input({ ...steady, interval, spent: spent * DOLLAR, limit: 5_000n * DOLLAR }))
      const mean = end * DOLLAR
      expect(new Date(forecast.until).toISOString()).toBe(until)
      expect(forecast).toMatchObject({ expected: { mean, p10: mean, p90: mean }, runsOutAt: null })
    },
  )

  test.each([
    ['this afternoon', 217n + 1n, '2026-11-22T19:12:00.000Z'],
    ['on Thursday', 215n + 5n + 30n + 5n, '2026-11-26T12:00:00.000Z'],
    ['as the window ends, which is not within it', 300n, null],
    ['after the window', 301n, null],
    ['already', 215n, '2026-11-22T12:00:00.000Z'],
    ['long ago', 1n, '2026-11-22T12:00:00.000Z'],
  ])('the limit is reached %s', (_name, limit, expected) => {
    const asked = input({ ...steady, interval: 'monthly', spent: 215n * DOLLAR, limit: limit * DOLLAR })
    const { runsOutAt } = forecastBudget(asked)
    expect(runsOutAt && new Date(runsOutAt).toISOString()).toBe(expected)
  })
})

test('with spend on fewer than 3 days there is no figure, and a limit that is reached is said nevertheless', () => {
  const spentByDay = daysBefore([3n * DOLLAR, 0n, 4n * DOLLAR])
  expect(forecastBudget(input({ spentByDay }))).toMatchObject({ expected: null, runsOutAt: null })
  expect(forecastBudget(input({ spentByDay, spentToday: 1n })).expected).not.toBeNull()
  expect(forecastBudget(input({ spentByDay, spent: 100n * DOLLAR }))).toMatchObject({ expected: null, runsOutAt: NOW })
})

test('days before the first with spend, and those over 28 days ago, say nothing of the pace', () => {
  const young = daysBefore([10n * DOLLAR, 10n * DOLLAR, 10n * DOLLAR])
  const wanted = { interval: 'monthly', spent: 0n, limit: 1_000n * DOLLAR } as const
  // 8 days of 10 and the rest of today, of which half is over without any spend.
  expect(forecastBudget(input({ ...wanted, spentByDay: young })).expected?.mean).toBe(82_500_000_000n)
  const old = new Map([...young, [TODAY - 29, 5_000n * DOLLAR]])
  expect(forecastBudget(input({ ...wanted, spentByDay: old })).expected?.mean).toBe(82_500_000_000n)
})

test('free weekends stay nearly free, and working days cost what working days cost', () => {
  const endOf = (date: string) => {
    const now = Date.parse(date)
    const days = Array.from({ length: 28 }, (_, index) => Math.floor(now / DAY_MS) - 1 - index)
    const isWeekend = (day: number) => [0, 6].includes(new Date(day * DAY_MS).getUTCDay())
    const spentByDay = new Map(days.map((day) => [day, isWeekend(day) ? 0n : 10n * DOLLAR]))
    return Number(forecastBudget(input({ now, interval: 'daily', spentByDay })).expected?.mean) / 1e9
  }
  expect(endOf('2026-11-21')).toBeLessThan(2)
  expect(endOf('2026-11-23')).toBeGreaterThan(9)
})

test('a change of pace is followed: two weeks later it has most of the weight', () => {
  const amounts = Array.from({ length: 28 }, (_, index) => (index < 14 ? 20n : 10n) * DOLLAR)
  const { expected } = forecastBudget(
    input({ now: TODAY * DAY_MS, interval: 'daily', spentByDay: daysBefore(amounts) }),
  )
  expect(Number(expected?.mean) / 1e9).toBeGreaterThan(17)
})

test('without spend it never runs out', () => {
  fc.assert(
    fc.property(arbitraryInput, (asked) => {
      const nothing = { ...asked, spent: 0n, spentToday: 0n, spentByDay: new Map() }
      return forecastBudget(nothing).runsOutAt === null && forecastBudget(nothing).expected === null
    }),
    RUNS,
  )
})

test('never before now, never at or after the end, and only where more than the limit is expected', () => {
  fc.assert(
    fc.property(arbitraryInput, (asked) => {
      const { until, expected, runsOutAt } = forecastBudget(asked)
      expect(until).toBe(windowEndMs(asked.interval, asked.now) ?? asked.now + 90 * DAY_MS)
      if (expected !== null) {
        expect(expected.p10 >= asked.spent && expected.p10 <= expected.mean && expected.mean <= expected.p90).toBe(true)
        // To a nano-dollar, by which rounding may tip it.
        if (expected.mean > asked.limit + 1n) expect(runsOutAt).not.toBeNull()
        if (expected.mean < asked.limit - 1n) expect(runsOutAt).toBeNull()
      }
      if (runsOutAt !== null) {
        expect(runsOutAt).toBeGreaterThanOrEqual(asked.now)
        expect(runsOutAt).toBeLessThan(until)
      }
    }),
    RUNS,
  )
})

test('more spend, on a known day, today or in the window, never means less at the end, nor a later day', () => {
  const more = fc.record({ on: fc.nat(40), amount: fc.bigInt(1n, 50n * DOLLAR) })
  fc.assert(
    fc.property(arbitraryInput, more, (asked, { on, amount }) => {
      const today = Math.floor(asked.now / DAY_MS)
      const known = [...asked.spentByDay].filter(([day, spent]) => spent > 0n && day >= today - 28)
      const day = today - on
      const first = Math.min(...known.map(([one]) => one))
      fc.pre(day === today || day >= first)
      const dearer =
        day === today
          ? { ...asked, spent: asked.spent + amount, spentToday: asked.spentToday + amount }
          : {
              ...asked,
              spent: day * DAY_MS >= windowStartMs(asked.interval, asked.now) ? asked.spent + amount : asked.spent,
              spentByDay: new Map(asked.spentByDay).set(day, (asked.spentByDay.get(day) ?? 0n) + amount),
            }
      const [before, after] = [forecastBudget(asked), forecastBudget(dearer)]
      if (before.expected !== null) expect((after.expected?.mean ?? -1n) >= before.expected.mean).toBe(true)
      if (before.runsOutAt !== null) expect(after.runsOutAt ?? Infinity).toBeLessThanOrEqual(before.runsOutAt)
    }),
    RUNS,
  )
})

test('in another currency it is the same: all amounts times k give the figures times k, and the same instant', () => {
  fc.assert(
    fc.property(arbitraryInput, fc.bigInt(2n, 100n), (asked, k) => {
      const scaled = {
        ...asked,
        limit: asked.limit * k,
        spent: asked.spent * k,
        spentToday: asked.spentToday * k,
        spentByDay: new Map([...asked.spentByDay].map(([day, amount]) => [day, amount * k])),
      }
      const [one, other] = [forecastBudget(asked), forecastBudget(scaled)]
      expect(other.expected === null).toBe(one.expected === null)
      if (one.expected === null) return
      const off = Number(other.expected?.mean) - Number(one.expected.mean * k)
      // Each is rounded to a nano-dollar once.
      expect(Math.abs(off)).toBeLessThanOrEqual(Number(k) + Number(one.expected.mean * k) * 1e-12)
      if (one.runsOutAt !== null && other.runsOutAt !== null)
        expect(Math.abs(one.runsOutAt - other.runsOutAt)).toBeLessThanOrEqual(1)
    }),
    RUNS,
  )
})

test('of pasts that vary from day to day, about four of five windows end within the range', () => {
  const noisy = fc.array(fc.integer({ min: 0, max: 20_000_000_000 }).map(BigInt), { minLength: 42, maxLength: 42 })
  let within = 0
  const pasts = fc.sample(noisy, { seed: RUNS.seed, numRuns: 400 })
  const monday = Date.parse('2026-11-23')
  for (const amounts of pasts) {
    const [coming, past] = [amounts.slice(0, 7), amounts.slice(7)]
    const spentByDay = daysBefore(past, monday / DAY_MS)
    const { expected } = forecastBudget(input({ now: monday, spentByDay }))
    const actual = coming.reduce((sum, amount) => sum + amount, 0n)
    if (expected !== null && actual >= expected.p10 && actual <= expected.p90) within += 1
  }
  expect(within / pasts.length).toBeGreaterThan(0.7)
  expect(within / pasts.length).toBeLessThan(0.9)
})
