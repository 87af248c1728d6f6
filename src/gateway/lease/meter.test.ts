import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import { type Hold, Meter, roomUnder } from './meter.ts'

const DAY = 86_400_000
const NO_SPEND = { daily: 0n, weekly: 0n, monthly: 0n, lifetime: 0n }

function keyWith(limit: bigint | null, limitInterval: KeySnapshot['limitInterval'] = 'lifetime'): KeySnapshot {
  return {
    id: 1n,
    hash: 'h',
    organizationId: 'org',
    workspaceId: 'ws',
    type: 'standard',
    permissions: ['inference'],
    allowedIps: null,
    allowedModels: null,
    mayInfer: true,
    disabled: false,
    rateLimitRpm: null,
    expiresAt: null,
    limit,
    limitInterval,
    creatorUserId: null,
    retired: [],
    endsOverlapOnUse: false,
    guardrailId: null,
  }
}

interface Open {
  hold: Hold
  cost: bigint
}

/** Settles the oldest open hold or takes a new one, if it fits. Returns what was charged. */
function step(meter: Meter, open: Open[], [amount, share, isSettle]: [bigint, number, boolean]): bigint {
  const next = isSettle ? open.shift() : undefined
  if (next) {
    meter.settle(next.hold, next.cost)
    return next.cost
  }
  const room = roomUnder(meter.limitsOf(keyWith(300n))) ?? 0n
  if (room >= amount) open.push({ hold: meter.hold(keyWith(300n), amount), cost: (amount * BigInt(share)) / 100n })
  return 0n
}

test('any interleaving of holds and settlements keeps settled + held within the limit and counts each charge once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.bigInt(0n, 50n), fc.nat(100), fc.boolean())), (steps) => {
      const meter = new Meter({ creditsOf: () => 400n, now: () => DAY })
      meter.addKey(1n, NO_SPEND)
      const open: Open[] = []
      let charged = 0n
      for (const each of steps) {
        charged += step(meter, open, each)
        for (const { counter, limit } of meter.limitsOf(keyWith(300n))) {
          expect(counter.settled + counter.held).toBeLessThanOrEqual(limit)
        }
      }
      while (open.length > 0) charged += step(meter, open, [0n, 0, true])
      for (const { counter } of meter.limitsOf(keyWith(300n))) {
        expect(counter).toMatchObject({ settled: charged, held: 0n })
      }
    }),
  )
})

test('a charge belongs to the window in which it was admitted, and a new window starts empty', () => {
  let now = 10 * DAY + 1
  const meter = new Meter({ creditsOf: () => null, now: () => now })
  const key = keyWith(100n, 'daily')
  meter.addKey(1n, { ...NO_SPEND, daily: 30n })
  const hold = meter.hold(key, 50n)
  expect(roomUnder(meter.limitsOf(key))).toBe(20n)
  now += DAY
  expect(roomUnder(meter.limitsOf(key))).toBe(100n)
  meter.settle(hold, 40n)
  expect(roomUnder(meter.limitsOf(key))).toBe(100n)
})

test('what nothing limits has no room to run out of', () => {
  const meter = new Meter({ creditsOf: () => null, now: () => DAY })
  meter.addKey(1n, NO_SPEND)
  expect(roomUnder(meter.limitsOf(keyWith(null)))).toBeNull()
})

test('a limit lowered below what is spent leaves no room, never a negative one', () => {
  const meter = new Meter({ creditsOf: () => null, now: () => DAY })
  meter.addKey(1n, { ...NO_SPEND, lifetime: 90n })
  expect(roomUnder(meter.limitsOf(keyWith(50n)))).toBe(0n)
})

test('credits are counted over all keys of the organization', () => {
  const meter = new Meter({ creditsOf: () => 100n, now: () => DAY })
  meter.addKey(1n, NO_SPEND)
  meter.addKey(2n, NO_SPEND)
  meter.hold({ ...keyWith(null), id: 1n }, 60n)
  expect(roomUnder(meter.limitsOf({ ...keyWith(null), id: 2n }))).toBe(40n)
})
