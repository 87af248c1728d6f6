import { describe, expect, test } from 'vitest'
import { formatDate, formatDay, formatInstant, formatRelative, formatResetInstant, resetInstant } from './time.ts'

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0)
const at = (offset: number) => new Date(NOW + offset * 1000).toISOString()

test.each([
  [0, 'just now'],
  [-30, 'just now'],
  [20, 'in a moment'],
  [-180, '3 min ago'],
  [7_200, 'in 2 h'],
  [-86_400, '1 day ago'],
  [3 * 86_400, 'in 3 days'],
  [-90 * 86_400, '24 Aug 2026'],
])('%d s from now is %s', (offset, text) => expect(formatRelative(at(offset), NOW)).toBe(text))

test('an instant says that it is UTC', () => {
  expect(formatInstant('2026-12-02T14:05:09.123Z')).toBe('2 Dec 2026, 14:05:09 UTC')
  expect(formatDate('2026-12-02T23:59:59Z')).toBe('2 Dec 2026')
})

test('a day says its weekday, in UTC', () => {
  expect(formatDay('2026-11-26T23:59:59Z')).toBe('Thu 26 Nov')
  expect(formatDay('2026-11-29T00:00:00Z')).toBe('Sun 29 Nov')
})

describe('a window ends at midnight UTC', () => {
  test.each([
    ['daily', '23 Nov 00:00 UTC'],
    ['weekly', '23 Nov 00:00 UTC'],
    ['monthly', '1 Dec 00:00 UTC'],
  ] as const)('%s', (interval, text) => expect(formatResetInstant(resetInstant(interval, NOW) ?? 0)).toBe(text))

  test('and one without an interval never does', () => expect(resetInstant(null, NOW)).toBeUndefined())
})
