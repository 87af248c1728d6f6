import { expect, test } from 'vitest'
import { LogHistogram } from './log-histogram.ts'

test('percentiles are right to 12 % over six orders of magnitude', () => {
  for (const scale of [1, 100, 10_000]) {
    const histogram = new LogHistogram(1)
    for (let value = 1; value <= 100; value += 1) histogram.add(value * scale)
    const { p50, p75, p90, p99 } = histogram.percentiles(1) ?? { p50: 0, p75: 0, p90: 0, p99: 0 }
    for (const [found, expected] of [
      [p50, 50],
      [p75, 75],
      [p90, 90],
      [p99, 99],
    ] as const) {
      expect(Math.abs(found / (expected * scale) - 1)).toBeLessThan(0.12)
    }
  }
})

test('nothing is said of less than is needed', () => {
  const histogram = new LogHistogram(1)
  expect(histogram.percentiles(0)).toBeNull()
  histogram.add(5)
  expect(histogram.percentiles(2)).toBeNull()
  expect(histogram.percentiles(1)).not.toBeNull()
})

test('what is out of its bounds counts at them, and what is no number not at all', () => {
  const histogram = new LogHistogram(1)
  for (const value of [0, -5, 1e300, Number.POSITIVE_INFINITY]) histogram.add(value)
  histogram.addCounts({ nonsense: 3, '5': -1, '7': Number.NaN })
  expect(histogram.total).toBe(4)
  expect(histogram.toCounts()).toEqual({ '0': 2, '127': 2 })
})

test('its counts make the same histogram again', () => {
  const histogram = new LogHistogram(0.1)
  for (let value = 1; value < 50; value += 1) histogram.add(value)
  const other = new LogHistogram(0.1)
  other.addCounts(histogram.toCounts())
  expect(other.percentiles(1)).toEqual(histogram.percentiles(1))
  other.addAll(histogram)
  expect(other.total).toBe(2 * histogram.total)
  other.clear()
  expect(other.percentiles(1)).toBeNull()
})
