import { expect, test } from 'vitest'
import { toEpochMs } from './type-parsers.ts'

test.each([
  ['in UTC', '2026-11-21 04:19:12+00', '2026-11-21T04:19:12.000Z'],
  ['below a millisecond is cut off', '2026-11-21 04:19:12.123999+00', '2026-11-21T04:19:12.123Z'],
  ['with few decimals', '2026-11-21 04:19:12.5+00', '2026-11-21T04:19:12.500Z'],
  ['east of Greenwich', '2026-11-21 09:49:12+05:30', '2026-11-21T04:19:12.000Z'],
  ['west of Greenwich, over midnight', '2026-11-20 23:19:12-05', '2026-11-21T04:19:12.000Z'],
  ['without a zone is UTC', '2026-11-21 04:19:12', '2026-11-21T04:19:12.000Z'],
])('a timestamp %s becomes epoch milliseconds', (_name, text, iso) => {
  expect(toEpochMs(text)).toBe(Date.parse(iso))
})

test('infinite timestamps stay infinite', () => {
  expect(toEpochMs('infinity')).toBe(Number.POSITIVE_INFINITY)
  expect(toEpochMs('-infinity')).toBe(Number.NEGATIVE_INFINITY)
})

test.each(['21/11/2026 04:19:12 UTC', '0044-03-15 12:00:00+00 BC', ''])('%j is refused, not misread', (text) => {
  expect(() => toEpochMs(text)).toThrow(RangeError)
})
