import { expect, test } from 'vitest'
import { formatExactMoney, formatMoney, formatTokenPrice } from './money.ts'

test.each([
  [0, '$0.00'],
  [0.0042, '$0.0042'],
  [0.00424242, '$0.0042'],
  [0.000000001, '$0.000000001'],
  [0.5, '$0.50'],
  [0.1234, '$0.123'],
  [0.05, '$0.05'],
  [1, '$1.00'],
  [12.345, '$12.35'],
  [1234567.5, '$1,234,567.50'],
  [1e9, '$1,000,000,000.00'],
  [-3.2, '−$3.20'],
])('%d dollars are shown as %s', (amount, text) => expect(formatMoney(amount)).toBe(text))

test.each([
  [0, '$0.00'],
  [0.0042, '$0.0042'],
  [1.234567891, '$1.234567891'],
  [1234.5, '$1,234.50'],
  [-0.000000001, '−$0.000000001'],
])('%d dollars are exactly %s', (amount, text) => expect(formatExactMoney(amount)).toBe(text))

test.each([
  ['0.00000015', '$0.15'],
  ['0.000003', '$3.00'],
  ['0', 'free'],
  [undefined, 'free'],
])('a token for %s is a million for %s', (perToken, text) => expect(formatTokenPrice(perToken)).toBe(text))
