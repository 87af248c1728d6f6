import { expect, test } from 'vitest'
import { Breaker, type Fault } from './breaker.ts'

const COOLDOWN_MS = 1_000
const FAULT: Fault = { restMs: null, isRateLimit: false }
const RATE_LIMIT: Fault = { restMs: null, isRateLimit: true }

function openedAt(now: number): Breaker {
  const breaker = new Breaker(COOLDOWN_MS)
  for (let turn = 0; turn < 5; turn += 1) breaker.failed(now, false, FAULT)
  return breaker
}

test('five failures in a row open it, and no success may be among them', () => {
  const breaker = new Breaker(COOLDOWN_MS)
  const opened = Array.from({ length: 4 }, () => breaker.failed(0, false, FAULT))
  breaker.succeeded(0, false)
  for (let turn = 0; turn < 4; turn += 1) opened.push(breaker.failed(0, false, FAULT))
  expect([opened.includes(true), breaker.begin(0)]).toEqual([false, 'ordinary'])
  expect(breaker.failed(0, false, FAULT)).toBe(true)
  expect(breaker.begin(0)).toBe('refused')
  expect(breaker.restMs(400)).toBe(600)
})

test('after the cooldown there is one probe at a time, and its success closes it', () => {
  const breaker = openedAt(0)
  expect([999, 1_000, 1_000, 1_500].map((now) => breaker.begin(now))).toEqual([
    'refused',
    'probe',
    'refused',
    'refused',
  ])
  breaker.succeeded(1_500, true)
  expect(breaker.begin(1_500)).toBe('ordinary')
})

test('a probe that fails opens it for another cooldown', () => {
  const breaker = openedAt(0)
  breaker.begin(1_000)
  breaker.failed(1_200, true, FAULT)
  expect([2_199, 2_200].map((now) => breaker.begin(now))).toEqual(['refused', 'probe'])
})

test('a probe of which nothing is known makes room for the next, and so does one that takes longer than the cooldown', () => {
  const breaker = openedAt(0)
  expect(breaker.begin(1_000)).toBe('probe')
  breaker.probeWasNone()
  expect([1_001, 2_000, 2_001].map((now) => breaker.begin(now))).toEqual(['probe', 'refused', 'probe'])
})

test('content of a probe lets others in, and one failure then shuts them out', () => {
  const breaker = openedAt(0)
  breaker.begin(1_000)
  breaker.promisesWell()
  expect(breaker.begin(1_001)).toBe('ordinary')
  breaker.failed(1_002, false, FAULT)
  expect(breaker.begin(1_003)).toBe('refused')
})

test('what was sent before it opened neither closes it nor opens it for longer', () => {
  const breaker = openedAt(0)
  breaker.succeeded(0, false)
  breaker.failed(900, false, FAULT)
  expect([999, 1_000].map((now) => breaker.begin(now))).toEqual(['refused', 'probe'])
})

test.each([
  ['as long as the provider asks', 7_000, 7_000],
  ['a minute at most', 3_600_000, 60_000],
])('one failure opens it for %s', (_name, askedMs, restMs) => {
  const breaker = new Breaker(COOLDOWN_MS)
  expect(breaker.failed(0, false, { ...FAULT, restMs: askedMs })).toBe(true)
  expect([restMs - 1, restMs].map((now) => breaker.begin(now))).toEqual(['refused', 'probe'])
})

test('without a cooldown it never opens', () => {
  const breaker = new Breaker(0)
  for (let turn = 0; turn < 20; turn += 1) breaker.failed(0, false, { ...FAULT, restMs: 5_000 })
  expect(breaker.begin(0)).toBe('ordinary')
})

test('half of twenty requests that fail open it, however they alternate', () => {
  const breaker = new Breaker(COOLDOWN_MS)
  const opened = Array.from({ length: 10 }, () => {
    breaker.succeeded(0, false)
    return breaker.failed(0, false, FAULT)
  })
  expect(opened).toEqual([...Array.from({ length: 9 }, () => false), true])
  expect(breaker.begin(0)).toBe('refused')
})

test('after a probe has closed it, what was before counts no more', () => {
  const breaker = new Breaker(COOLDOWN_MS)
  for (let turn = 0; turn < 10; turn += 1) {
    breaker.succeeded(0, false)
    breaker.failed(0, false, FAULT)
  }
  expect(breaker.begin(COOLDOWN_MS)).toBe('probe')
  breaker.succeeded(COOLDOWN_MS, true)
  expect([breaker.failed(COOLDOWN_MS, false, FAULT), breaker.begin(COOLDOWN_MS)]).toEqual([false, 'ordinary'])
})

test('an endpoint that takes every other request for its rate goes on being used; five refusals in a row let it rest', () => {
  const breaker = new Breaker(COOLDOWN_MS)
  for (let turn = 0; turn < 50; turn += 1) {
    breaker.succeeded(0, false)
    expect(breaker.failed(0, false, RATE_LIMIT)).toBe(false)
  }
  for (let turn = 0; turn < 4; turn += 1) breaker.failed(0, false, RATE_LIMIT)
  expect(breaker.rest(0)).toEqual({ ms: COOLDOWN_MS, isRateLimit: true })
})

test('it rests for a rate while what opened it last, or asked for more, was one', () => {
  const breaker = openedAt(0)
  expect(breaker.rest(100)).toEqual({ ms: 900, isRateLimit: false })
  breaker.failed(100, false, { restMs: 5_000, isRateLimit: true })
  expect(breaker.rest(100)).toEqual({ ms: 5_000, isRateLimit: true })
  breaker.begin(5_100)
  breaker.failed(5_200, true, FAULT)
  expect(breaker.rest(5_200)).toEqual({ ms: COOLDOWN_MS, isRateLimit: false })
})
