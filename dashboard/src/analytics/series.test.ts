import { describe, expect, test } from 'vitest'
import { askedRange, bucketsOf } from './ranges.ts'
import { toLines, toSeries } from './series.ts'

const NOW = Date.UTC(2026, 10, 22, 12, 34, 56)

describe('a range', () => {
  test('of days begins at midnight UTC and has all its days', () => {
    const range = askedRange('7d', NOW)
    expect(range.time_range.start).toBe('2026-11-15T00:00:00.000Z')
    expect(bucketsOf(range)).toEqual(['15', '16', '17', '18', '19', '20', '21', '22'].map((day) => `2026-11-${day}`))
  })

  test('of hours names its buckets by instants', () => {
    const buckets = bucketsOf(askedRange('24h', NOW))
    expect([buckets[0], buckets.at(-1), buckets.length]).toEqual([
      '2026-11-21T12:00:00.000Z',
      '2026-11-22T12:00:00.000Z',
      25,
    ])
  })

  test('of weeks begins its buckets on Mondays', () => {
    const buckets = bucketsOf(askedRange('1y', NOW))
    expect(buckets.every((day) => new Date(day).getUTCDay() === 1)).toBe(true)
  })

  test('asked for twice within its step is the same question', () => {
    expect(askedRange('7d', NOW)).toEqual(askedRange('7d', NOW + 1_000))
  })
})

describe('a series', () => {
  const rows = [
    { date__day: '2026-11-01', model: 'big', total_usage: 5 },
    { date__day: '2026-11-02', model: 'big', total_usage: 1 },
    { date__day: '2026-11-02', model: 'middle', total_usage: 3 },
    { date__day: '2026-11-02', model: 'small', total_usage: 1 },
    { date__day: '2026-11-02', model: null, total_usage: 0.5 },
    { date__day: '2026-11-02', model: 'free', total_usage: 0 },
  ]
  const how = {
    date: 'date__day',
    group: 'model',
    value: 'total_usage',
    buckets: ['2026-11-01', '2026-11-02', '2026-11-03'],
  }

  test('keeps the largest groups and sums up the rest', () => {
    const { names, points } = toSeries(rows, { ...how, top: 2 })
    expect(names).toEqual(['big', 'middle', 'other'])
    expect(points.map(({ values }) => values)).toEqual([
      { big: 5, middle: 0, other: 0 },
      { big: 1, middle: 3, other: 1.5 },
      { big: 0, middle: 0, other: 0 },
    ])
  })

  test('without a rest has no other', () => {
    expect(toSeries(rows, { ...how, top: 6 }).names).toEqual(['big', 'middle', 'small', '(none)'])
  })

  test('of metrics has a zero where nothing was', () => {
    const lines = toLines([{ date__day: '2026-11-02', request_count: 7 }], { ...how, metrics: ['request_count'] })
    expect(lines.points.map(({ values }) => values['request_count'])).toEqual([0, 7, 0])
  })
})
