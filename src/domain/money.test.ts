import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divideUp, fromUsd, parseDecimal, roughUsd, toUsd } from './money.ts'

test('dollars survive the way to nano-dollars and back', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 9_000_000_000_000_000n), (nano) => fromUsd(toUsd(nano)) === nano || nano > 2n ** 52n),
  )
})

test('a nano-dollar amount is written with its shortest decimals', () => {
  expect(JSON.stringify(toUsd(100_000n))).toBe('0.0001')
  expect(JSON.stringify(toUsd(123_456_789n))).toBe('0.123456789')
})

test.each([
  ['0.00000015', 15, 150_000_000n],
  ['1.5e-7', 15, 150_000_000n],
  ['0', 15, 0n],
  ['2', 9, 2_000_000_000n],
  ['0.0000000000000001', 15, 1n],
])('%s at scale %i is %s, rounded up', (text, scale, expected) => expect(parseDecimal(text, scale)).toBe(expected))

test.each(['', 'abc', '1,5', '0x10', 'NaN', '1e999', '.5'])('%j is not a decimal', (text) => {
  expect(() => parseDecimal(text, 9)).toThrow(RangeError)
})

test('division rounds up', () => {
  expect([divideUp(10n, 5n), divideUp(11n, 5n), divideUp(0n, 5n)]).toEqual([2n, 3n, 0n])
})

test.each([
  [2_571_452_550n, '$2.57'],
  [12_999_999_999n, '$12.99'],
  [5_000_000_000n, '$5.00'],
  [999_999_999n, '$0.999'],
  [489_100_000n, '$0.489'],
  [40_000_000n, '$0.04'],
  [19n, '$0.000000019'],
  [0n, '$0.00'],
])('people read %i nano-dollars as %s', (nano, text) => {
  expect(roughUsd(nano)).toBe(text)
})
