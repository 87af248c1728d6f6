import { expect, test } from 'vitest'
import { formatCount, formatExactCount, formatLatency, formatShare } from './figures.ts'

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1k'],
  [12_400, '12.4k'],
  [999_999, '1M'],
  [123_456_789, '123M'],
  [4_200_000_000, '4.2B'],
])('%d is shown as %s', (count, text) => expect(formatCount(count)).toBe(text))

test('the exact figure has separators', () => expect(formatExactCount(1_234_567)).toBe('1,234,567'))

test.each([
  [null, '–'],
  [0, '0 ms'],
  [843.4, '843 ms'],
  [1_234, '1,234 ms'],
  [12_345, '12.3 s'],
])('a latency of %s is shown as %s', (ms, text) => expect(formatLatency(ms)).toBe(text))

test.each([
  ['milliseconds', 9_800, [0, 2_500, 10_000], ['0 ms', '2,500 ms', '10,000 ms']],
  ['seconds', 29_000, [0, 7_500, 30_000], ['0 s', '7.5 s', '30 s']],
])('all latencies of an axis are in %s where the largest value is %d', (_unit, largest, ticks, texts) =>
  expect(ticks.map((tick) => formatLatency(tick, largest))).toEqual(texts),
)

test.each([
  [null, '–'],
  [0, '0 %'],
  [0.0123, '1.2 %'],
  [0.5, '50 %'],
  [1, '100 %'],
])('a share of %s is shown as %s', (share, text) => expect(formatShare(share)).toBe(text))
