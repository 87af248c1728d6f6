import fc from 'fast-check'
import { expect, test } from 'vitest'
import { windowStart, windowStartMs } from './windows.ts'

test.each([
  ['daily', '2026-11-21T23:59:59.999Z', '2026-11-21'],
  ['weekly', '2026-11-22T23:59:59.999Z', '2026-11-16'],
  ['weekly', '2026-11-23T00:00:00.000Z', '2026-11-23'],
  ['monthly', '2028-02-29T12:00:00.000Z', '2028-02-01'],
  ['lifetime', '2026-11-21T00:00:00.000Z', '1970-01-01'],
] as const)('the %s window of %s begins on %s', (interval, instant, start) => {
  expect(windowStart(interval, Date.parse(instant))).toBe(start)
})

test('a window holds its instant, and weeks begin on Mondays', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (now) => {
      const day = windowStartMs('daily', now)
      const week = windowStartMs('weekly', now)
      const month = windowStartMs('monthly', now)
      return (
        day <= now &&
        now < day + 86_400_000 &&
        week <= now &&
        now < week + 7 * 86_400_000 &&
        (week < 0 || new Date(week).getUTCDay() === 1) &&
        month <= now &&
        new Date(month).getUTCDate() === 1
      )
    }),
    { numRuns: 10_000 },
  )
})
