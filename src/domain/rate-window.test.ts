import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShare, RATE_SLOT_MS, RateWindow } from './rate-window.ts'

const MINUTE = 60_000
const START = 1_700_000_000_000

function take(window: RateWindow, limit: number, now: number): boolean {
  if (window.room(limit, now) < 1) return false
  window.add(1, now)
  return true
}

/** Times of those that were let through. */
function admitted(limit: number, times: readonly number[]): number[] {
  const window = new RateWindow()
  return times.filter((time) => take(window, limit, time))
}

function mostInAnyMinute(times: readonly number[]): number {
  let first = 0
  let most = 0
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - MINUTE) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

const Arrivals = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.nat(50), fc.nat(RATE_SLOT_MS), fc.nat(MINUTE + 2 * RATE_SLOT_MS), fc.constant(MINUTE - 1)),
      burst: fc.oneof(fc.nat(3), fc.nat(80)),
    }),
    { maxLength: 60 },
  )
  .chain((bursts) => fc.nat(RATE_SLOT_MS).map((phase) => toTimes(START + phase, bursts)))

function toTimes(start: number, bursts: readonly { gap: number; burst: number }[]): number[] {
  let now = start
  return bursts.flatMap(({ gap, burst }) => {
    now += gap
    return Array.from({ length: burst }, () => now)
  })
}

test('whatever arrives, no 60 s hold more than 1.1 times the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), Arrivals, (limit, times) => {
      expect(mostInAnyMinute(admitted(limit, times))).toBeLessThanOrEqual(limit * 1.1)
    }),
    { numRuns: 2_000 },
  )
})

test('a burst at the end of a slot and steady load after it stay within 1.1 times the limit', () => {
  for (let phase = 0; phase < MINUTE; phase += 250) {
    const times = Array.from({ length: 100 }, () => START + phase)
    for (let after = 10; after < 3 * MINUTE; after += 10) times.push(START + phase + after)
    expect(mostInAnyMinute(admitted(100, times))).toBeLessThanOrEqual(110)
  }
})

test.each([1, 2, 7, 60, 600, 1_000_000])('a limit of %i lets exactly so many through at once from rest', (limit) => {
  for (const phase of [0, 1, 1_499, 2_999]) {
    const window = new RateWindow()
    expect(window.room(limit, START + phase)).toBe(limit)
    window.add(limit, START + phase)
    expect(window.room(limit, START + phase)).toBe(0)
  }
})

test.each([10, 60, 300, 600])('who sends %i a minute evenly is never refused at that limit', (limit) => {
  const gap = MINUTE / limit
  const times = Array.from({ length: limit * 5 }, (_, index) => START + Math.floor(index * gap))
  expect(admitted(limit, times)).toHaveLength(times.length)
})

test('the wait that is told is enough, and no longer than it has to be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), Arrivals, fc.nat(MINUTE), (limit, times, later) => {
      const window = new RateWindow()
      for (const time of times) take(window, limit, time)
      const now = (times.at(-1) ?? START) + later
      const wait = window.waitMs(limit, now)
      const copy = RateWindow.from(window.slots(now))
      expect(wait === 0).toBe(window.room(limit, now) > 0)
      if (wait > 2) expect(copy.room(limit, now + wait - 2)).toBe(0)
      expect(copy.room(limit, now + wait)).toBeGreaterThan(0)
    }),
    { numRuns: 2_000 },
  )
})

test('a limit that lets nothing through never has room, however long one waits', () => {
  expect(new RateWindow().waitMs(0, START)).toBe(Number.POSITIVE_INFINITY)
})

test('a clock that goes back gives nothing back', () => {
  const window = new RateWindow()
  window.add(5, START)
  window.add(5, START - MINUTE)
  expect(window.room(10, START - 2 * MINUTE)).toBe(0)
})

test('a copy of the counts has the same room', () => {
  fc.assert(
    fc.property(Arrivals, fc.nat(MINUTE), (times, later) => {
      const window = new RateWindow()
      for (const time of times) take(window, 50, time)
      const now = (times.at(-1) ?? START) + later
      expect(RateWindow.from(window.slots(now)).room(50, now)).toBe(window.room(50, now))
    }),
  )
})

test('the shares of replicas add up to the limit', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 64 }), (limit, count) => {
      const shares = Array.from({ length: count }, (_, rank) => fairShare(limit, { count, rank }))
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit)
    }),
  )
})
