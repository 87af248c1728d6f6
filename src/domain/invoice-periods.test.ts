import { expect, test } from 'vitest'
import { addMonths, duePeriods } from './invoice-periods.ts'

test.each([
  ['2026-01-01', 1, '2026-02-01'],
  ['2026-12-01', 1, '2027-01-01'],
  ['2026-01-01', -1, '2025-12-01'],
])('%s and %d months is %s', (month, count, wanted) => {
  expect(addMonths(month, count)).toBe(wanted)
})

test.each([
  ['nothing owed', [], null, []],
  ['a month that is not over waits', ['2026-11-01'], null, []],
  ['the first invoice', ['2026-10-01', '2026-11-01'], null, ['2026-10-01']],
  ['one for each month that was missed', ['2026-10-01', '2026-08-01'], '2026-07-01', ['2026-08-01', '2026-10-01']],
  ['what came late for an invoiced month waits', ['2026-10-01'], '2026-10-01', []],
  ['what came late goes with the next month', ['2026-09-01', '2026-10-01'], '2026-09-01', ['2026-10-01']],
  ['what came late goes on the invoice of a month without charges', ['2026-08-01'], '2026-08-01', ['2026-10-01']],
])('%s', (_name, owed, last, wanted) => {
  expect(duePeriods(owed, last, '2026-11-01')).toEqual(wanted)
})
