import { expect, test } from 'vitest'
import { MemoryAuthority } from '../../../test/sim/memory-authority.ts'
import type { LeaseRequest } from '../../domain/lease-protocol.ts'
import { LeaseBook } from './lease-book.ts'
import { LEASE_TIMINGS } from './lease-session.ts'
import type { CounterLimit } from './purse.ts'

const COUNTER = 'key|1|credit|lifetime|1970-01-01'
const LIMIT: CounterLimit = {
  organization: 'org',
  purse: COUNTER,
  counter: COUNTER,
  limit: 1_000_000n,
  limitVersion: 1n,
  keep: 0n,
  beside: null,
  besideLimit: null,
  endsAt: null,
  revision: 1,
}

test('what nobody uses is offered back once a second while the database is away, not at each turn', () => {
  let now = 0
  const authority = new MemoryAuthority()
  const queue: LeaseRequest[] = []
  const clock = { monotonic: () => now, now: () => now, random: () => 0.5, afterEnds: (then: () => void) => then() }
  const names = { replica: 'r', process: 'p', journal: 'j' }
  const book = new LeaseBook({ ...names, ...clock, timings: LEASE_TIMINGS, send: (request) => queue.push(request) })
  const deliver = () => {
    for (const request of queue.splice(0)) book.receive(authority.handle(request, now))
  }
  for (let turn = 0; turn < 2; turn += 1) {
    book.tick()
    deliver()
  }
  book.ask([LIMIT], { min: 10n, hold: 10n }, () => {})
  deliver()
  expect(book.room([LIMIT])).toBeGreaterThan(0n)
  for (; now < 120_000; now += 100) book.tick()
  const returns = queue.filter(({ type }) => type === 'return')
  expect(returns.length).toBeGreaterThan(1)
  expect(returns.length).toBeLessThanOrEqual(120)
})

/** A book that has 900 of the limit, and whose requests are answered once a turn. */
function openBook(afterEnds: (then: () => void) => void = (then) => then()) {
  let now = 0
  const authority = new MemoryAuthority()
  const queue: LeaseRequest[] = []
  const clock = { monotonic: () => now, now: () => now, random: () => 0.5, afterEnds }
  const names = { replica: 'r', process: 'p', journal: 'j' }
  const book = new LeaseBook({ ...names, ...clock, timings: LEASE_TIMINGS, send: (request) => queue.push(request) })
  const turn = () => {
    now += 100
    book.tick()
    for (const request of queue.splice(0)) book.receive(authority.handle(request, now))
  }
  turn()
  turn()
  book.ask([LIMIT], { min: 900n, hold: 900n }, () => {})
  turn()
  return { authority, book, turn }
}

test('nothing of what requests held goes back before their ends survive a crash', () => {
  const recorded: (() => void)[] = []
  const { authority, book, turn } = openBook((then) => recorded.push(then))
  book.settle(book.take([LIMIT], 900n) ?? expect.fail(), 50n)
  turn()
  const leased = authority.counters.get(COUNTER)?.leased
  book.nowScarce(COUNTER)
  turn()
  expect(authority.counters.get(COUNTER)?.leased).toBe(leased)
  for (const then of recorded.splice(0)) then()
  turn()
  expect(authority.counters.get(COUNTER)?.leased).toBe(50n)
})

test('what a request leaves of its hold after its limit was lowered goes back, and nobody takes it', () => {
  const { authority, book, turn } = openBook()
  const held = book.take([LIMIT], 900n)
  const lowered = { ...LIMIT, limit: 100n, limitVersion: 2n, revision: 2 }
  book.limitChanged(lowered)
  turn()
  const charges = book.settle(held ?? expect.fail(), 50n)
  expect(book.room([lowered])).toBe(0n)
  turn()
  expect(book.room([lowered])).toBe(0n)
  expect(authority.counters.get(COUNTER)?.leased).toBe(50n)
  expect(charges.map(({ amount }) => amount)).toEqual([50n])
})
