import { describe, expect, test } from 'vitest'
import { isWithinRequestRange, recentRange, splitRange } from './analytics-range.ts'

const at = (text: string) => Date.parse(`2026-08-${text}Z`)
const NOW = at('20T15:30:00')

describe('splitRange', () => {
  test.each([
    ['whole days', ['01T00:00', '05T00:00'], { from: '2026-08-01', to: '2026-08-04' }, []],
    ['a piece before', ['01T12:00', '05T00:00'], { from: '2026-08-02', to: '2026-08-04' }, [['01T12:00', '02T00:00']]],
    ['a piece after', ['01T00:00', '05T06:00'], { from: '2026-08-01', to: '2026-08-04' }, [['05T00:00', '05T06:00']]],
    [
      'pieces on both sides',
      ['01T12:00', '05T06:00'],
      { from: '2026-08-02', to: '2026-08-04' },
      [
        ['01T12:00', '02T00:00'],
        ['05T00:00', '05T06:00'],
      ],
    ],
    ['within a day', ['01T12:00', '01T13:00'], null, [['01T12:00', '01T13:00']]],
    ['over midnight without a whole day', ['01T12:00', '02T13:00'], null, [['01T12:00', '02T13:00']]],
    ['until now: all of today', ['19T00:00', '20T15:30'], { from: '2026-08-19', to: '2026-08-20' }, []],
    ['until tomorrow', ['19T00:00', '21T15:30'], { from: '2026-08-19', to: '2026-08-20' }, []],
    ['a part of today', ['20T12:00', '20T15:30'], null, [['20T12:00', '20T15:30']]],
    [
      'a part of today until just before now',
      ['19T00:00', '20T15:29'],
      { from: '2026-08-19', to: '2026-08-19' },
      [['20T00:00', '20T15:29']],
    ],
    ['nothing', ['05T00:00', '05T00:00'], null, []],
  ] as const)('%s', (_name, [from, to], days, rest) => {
    const expected = rest.map(([start, end]) => ({ from: at(`${start}:00`), to: at(`${end}:00`) }))
    expect(splitRange({ from: at(`${from}:00`), to: at(`${to}:00`) }, NOW)).toEqual({ days, rest: expected })
  })

  test('every instant of a range up to now belongs to exactly one piece', () => {
    for (let from = at('15T00:00:00'); from <= NOW; from += 3_700_000) {
      for (let to = from; to <= NOW; to += 5_900_000) {
        const { days, rest } = splitRange({ from, to }, NOW)
        const pieces = rest.map((piece) => piece.to - piece.from)
        if (days !== null) pieces.push(Math.min(NOW, Date.parse(days.to) + 86_400_000) - Date.parse(days.from))
        expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(to - from)
      }
    }
  })
})

test.each([
  ['minute', '20T14:30'],
  ['hour', '19T15:30'],
] as const)('by %s the recent range begins at %s', (granularity, from) => {
  expect(recentRange(granularity, NOW)).toEqual({ from: at(`${from}:00`), to: NOW })
})

test.each(['day', 'week', 'month', undefined])(
  'by %s the recent range is whole days, 30 before today',
  (granularity) => {
    const range = recentRange(granularity, NOW)
    expect(new Date(range.from).toISOString()).toBe('2026-07-21T00:00:00.000Z')
    expect(splitRange(range, NOW)).toEqual({ days: { from: '2026-07-21', to: '2026-08-20' }, rest: [] })
    expect(isWithinRequestRange(range)).toBe(true)
  },
)

test('31 days of single requests may be asked about, and not a millisecond more', () => {
  expect(isWithinRequestRange({ from: NOW - 31 * 86_400_000, to: NOW })).toBe(true)
  expect(isWithinRequestRange({ from: NOW - 31 * 86_400_000 - 1, to: NOW })).toBe(false)
})
