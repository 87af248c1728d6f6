import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstDayOfForecast, measureForecastError } from './forecast-error.ts'
import { INTERVALS } from './windows.ts'

const DAY_MS = 86_400_000
const DOLLAR = 1_000_000_000n
/** A Sunday. */
const NOW = Date.parse('2026-11-22T12:00:00Z')
const TODAY = Math.floor(NOW / DAY_MS)

function daysOf(count: number, amountOn: (day: number) => bigint): Map<number, bigint> {
  return new Map(Array.from({ length: count }, (_, index) => [TODAY - 1 - index, amountOn(TODAY - 1 - index)]))
}

test.each(['daily', 'weekly', 'monthly'] as const)(
  'a steady %s pace was forecast without error, 8 times',
  (interval) => {
    const steady = daysOf(320, () => 10n * DOLLAR)
    expect(measureForecastError(interval, NOW, steady)).toEqual({ meanPercent: 0, windows: 8 })
  },
)

test('the error is the mean of how far each forecast was off, of what was spent', () => {
  // A dollar a day, and in the later half of last week two: 4 of the week's 7 days come after its middle.
  const [lastMonday, thisMonday] = [TODAY - 13, TODAY - 6]
  const spent = daysOf(120, (day) => (day >= lastMonday + 3 && day < thisMonday ? 2n : 1n) * DOLLAR)
  const { meanPercent, windows } = measureForecastError('weekly', NOW, spent)
  // 7 foreseen where 11 were spent, and nothing wrong in the seven weeks before.
  expect(windows).toBe(8)
  expect(meanPercent).toBeCloseTo((100 * (4 / 11)) / 8, 9)
})

test('windows without spend, and those of which too little was known, are not judged', () => {
  expect(measureForecastError('weekly', NOW, new Map())).toEqual({ meanPercent: null, windows: 0 })
  expect(
    measureForecastError(
      'weekly',
      NOW,
      daysOf(14, () => DOLLAR),
    ),
  ).toEqual({ meanPercent: 0, windows: 1 })
})

test('a lifetime is never over, so there is no error of its forecast', () => {
  expect(
    measureForecastError(
      'lifetime',
      NOW,
      daysOf(300, () => DOLLAR),
    ),
  ).toEqual({ meanPercent: null, windows: 0 })
})

test('what was spent on the running day, and before the first day that is said to matter, changes nothing', () => {
  const random = fc.record({
    now: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2028-12-31') }),
    interval: fc.constantFrom(...INTERVALS),
    amounts: fc.array(fc.bigInt(0n, 100n * DOLLAR), { minLength: 300, maxLength: 320 }),
  })
  fc.assert(
    fc.property(random, ({ now, interval, amounts }) => {
      const today = Math.floor(now / DAY_MS)
      const all = new Map(amounts.map((amount, index) => [today - index, amount]))
      const first = firstDayOfForecast(interval, now)
      const needed = new Map([...all].filter(([day]) => day >= first && day < today))
      expect(measureForecastError(interval, now, all)).toEqual(measureForecastError(interval, now, needed))
    }),
    { seed: 20_261_122, numRuns: 100 },
  )
})
