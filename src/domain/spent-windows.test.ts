import { expect, test } from 'vitest'
import { SpentWindows } from './spent-windows.ts'

test('each owner has windows of its own, which begin with nothing', () => {
  const windows = new SpentWindows('weekly')
  windows.add('a', '2026-02-22', 5n)
  windows.add('a', '2026-02-22', 2n)
  windows.add('b', '2026-02-22', 1n)
  expect([windows.spent('a', '2026-02-22'), windows.spent('b', '2026-02-22')]).toEqual([7n, 1n])
  // The Monday after.
  expect(windows.spent('a', '2026-02-23')).toBe(0n)
})

test('a request of the day before counts there, also when the next has begun; of older ones nothing is known any more', () => {
  const windows = new SpentWindows('daily')
  windows.add('a', '2026-02-01', 1n)
  windows.add('a', '2026-02-02', 2n)
  windows.add('a', '2026-02-01', 4n)
  expect([windows.spent('a', '2026-02-01'), windows.spent('a', '2026-02-02')]).toEqual([5n, 2n])
  windows.add('a', '2026-02-03', 8n)
  windows.add('a', '2026-02-01', 16n)
  expect(['2026-02-01', '2026-02-02', '2026-02-03'].map((day) => windows.spent('a', day))).toEqual([0n, 2n, 8n])
})

test('a lifetime has one window', () => {
  const windows = new SpentWindows('lifetime')
  windows.add('a', '2020-01-01', 1n)
  windows.add('a', '2026-01-01', 2n)
  expect(windows.spent('a', '2030-01-01')).toBe(3n)
})
