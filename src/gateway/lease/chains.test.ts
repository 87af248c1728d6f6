import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aKey, limitsOfWorkspace, makeSpending, WORKSPACE } from '../../../test/harness/spenders.ts'
import { counterKeyOf } from '../../domain/lease-protocol.ts'
import type { SpendKind } from '../../domain/spend-scopes.ts'
import { INTERVALS, LIFETIME_START, windowStart } from '../../domain/windows.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import type { HeldPieces } from './hold.ts'

const INSTANTS = 2_000
const OTHER_WORKSPACE = '00000000-0000-4000-8000-000000000002'

/** Real chains and leases over an authority in memory, and keys without a workspace's limits. */
function start(options: Parameters<typeof makeSpending>[0] = {}) {
  const spending = makeSpending(options)
  const { authority, chains, limits } = spending
  const chainOf = (key: KeySnapshot, kind: SpendKind = 'credit') => {
    const workspace = limits.find(key.workspaceId ?? '') ?? limitsOfWorkspace()
    return chains.of({ key, workspace, project: null, kind })
  }
  const window = { interval: 'lifetime', windowStart: LIFETIME_START } as const
  return {
    ...spending,
    chainOf,
    roomOf: (key: KeySnapshot, kind?: SpendKind) => spending.room(chainOf(key, kind)),
    setCredits: (side: string, credits: bigint) =>
      authority.setLimit(counterKeyOf({ scopeKind: 'pool', scopeId: side, kind: 'credit', ...window }), credits),
  }
}

test('any interleaving of holds and settlements stays within each limit, and frees what it does not cost', () => {
  const steps = fc.array(fc.tuple(fc.bigInt(1n, 50n), fc.nat(100), fc.boolean()))
  fc.assert(
    fc.property(steps, (list) => {
      const { book, chainOf, hold, limits, roomOf, setCredits } = start({ isPrepaid: true })
      setCredits('organization:org', 400n)
      limits.put(limitsOfWorkspace({ budgets: [{ interval: 'daily', limit: 350n }] }))
      const key = aKey({ limit: 300n })
      const open: { pieces: HeldPieces; amount: bigint; cost: bigint }[] = []
      let out = 0n
      for (const [amount, share, isSettle] of list) {
        const next = isSettle ? open.shift() : undefined
        if (next) {
          book.settle(next.pieces, next.cost)
          out += next.cost - next.amount
        }
        const pieces = isSettle ? undefined : hold(chainOf(key), amount)
        expect(pieces !== undefined).toBe(!isSettle && out + amount <= 300n)
        if (pieces === undefined) continue
        open.push({ pieces, amount, cost: (amount * BigInt(share)) / 100n })
        out += amount
      }
      expect(roomOf(key)).toBe(300n - out)
    }),
    { numRuns: 50 },
  )
})

/** Where a charge of 3 counts that is admitted on this day. */
function addExpected(expected: Map<string, bigint>, at: number): void {
  for (const interval of INTERVALS) {
    const window = { interval, windowStart: windowStart(interval, at) }
    const name = counterKeyOf({ scopeKind: 'workspace', scopeId: WORKSPACE, kind: 'credit', ...window })
    expected.set(name, (expected.get(name) ?? 0n) + 3n)
  }
}

test('M10 over 2,000 instants a charge counts in the windows of its admission, and none is emptied twice', () => {
  const [begin, end] = [Date.UTC(2024, 1, 27), Date.UTC(2024, 3, 2)]
  let now = begin
  const { book, chainOf, deliver, hold, limits } = start({ now: () => now })
  limits.put(limitsOfWorkspace({ budgets: INTERVALS.map((interval) => ({ interval, limit: 10_000_000n })) }))
  const counterOf = new Map<string, string>()
  const charged = new Map<string, bigint>()
  const expected = new Map<string, bigint>()
  const open: HeldPieces[] = []
  const settleOldest = () => {
    for (const { lease, amount } of book.settle(open.shift() ?? [], 3n)) {
      const counter = counterOf.get(lease) ?? ''
      charged.set(counter, (charged.get(counter) ?? 0n) + amount)
    }
  }
  let latest = begin
  for (let at = 0; at < INSTANTS; at += 1) {
    // Mostly on, at times back: what was yesterday stays yesterday.
    now = begin + Math.floor(((end - begin) * at) / INSTANTS) - (at % 7 === 0 ? 2 * 3_600_000 : 0)
    latest = Math.max(latest, now)
    book.tick()
    deliver()
    const chain = chainOf(aKey())
    const pieces = hold(chain, 5n) ?? []
    expect(pieces).toHaveLength(INTERVALS.length)
    for (const [place, { counter }] of chain.counters.entries()) {
      for (const { lease } of pieces[place] ?? []) counterOf.set(lease, counter)
    }
    addExpected(expected, latest)
    open.push(pieces)
    if (at % 3 > 0 || open.length > 50) settleOldest()
  }
  while (open.length > 0) settleOldest()
  expect(charged).toEqual(expected)
})

test('what is held over midnight counts in the windows that go on, and not in the new day', () => {
  let now = Date.UTC(2026, 0, 30, 23, 59)
  const { book, chainOf, hold, limits, roomOf } = start({ now: () => now })
  const key = aKey({ limit: 100n, limitInterval: 'daily' })
  limits.put(limitsOfWorkspace({ budgets: [{ interval: 'monthly', limit: 150n }] }))
  const pieces = hold(chainOf(key), 80n) ?? []
  expect(roomOf(key)).toBe(20n)
  now += 120_000
  for (let turn = 0; turn < 2; turn += 1) book.tick()
  expect(roomOf(key)).toBe(70n)
  book.settle(pieces, 40n)
  expect(roomOf(key)).toBe(100n)
})

test('what nothing limits has no room to run out of', () => {
  const { chainOf, hold, roomOf } = start()
  expect(roomOf(aKey())).toBeNull()
  expect(hold(chainOf(aKey()), 1_000_000n)).toEqual([])
})

test('credits are counted over all keys of the organization', () => {
  const { chainOf, hold, roomOf, setCredits } = start({ isPrepaid: true })
  setCredits('organization:org', 100n)
  hold(chainOf(aKey({ id: 1n })), 60n)
  expect(roomOf(aKey({ id: 2n }))).toBe(40n)
})

test('a reserve of the shared balance is left to the workspace that keeps it; a pool of its own is nobody else’s', () => {
  const { chainOf, hold, limits, roomOf, setCredits } = start({ isPrepaid: true })
  setCredits('organization:org', 100n)
  setCredits(`workspace:${OTHER_WORKSPACE}`, 7n)
  limits.put(limitsOfWorkspace({ workspaceId: OTHER_WORKSPACE, reserved: 30n }))
  limits.put(limitsOfWorkspace())
  const key = aKey({ id: 1n })
  const other = aKey({ id: 2n, workspaceId: OTHER_WORKSPACE })
  expect([roomOf(key), roomOf(other)]).toEqual([70n, 100n])
  hold(chainOf(key), 70n)
  expect([roomOf(key), roomOf(other)]).toEqual([0n, 30n])
  limits.put(limitsOfWorkspace({ workspaceId: OTHER_WORKSPACE, creditPool: 'dedicated' }))
  expect([roomOf(key), roomOf(other)]).toEqual([30n, 7n])
})

test.each([
  [true, 'credit', 40n],
  [true, 'byok', 40n],
  [false, 'credit', 70n],
  [false, 'byok', null],
] as const)(
  'M13 BYOK spend counts under a key limit and a budget exactly where it is to (%s): %s',
  (counts, kind, room) => {
    const { book, chainOf, hold, limits, roomOf } = start()
    const budgets = [{ interval: 'monthly', limit: 100n }] as const
    limits.put(limitsOfWorkspace({ includesByok: counts, budgets }))
    const key = aKey({ limit: 100n, includesByok: counts })
    book.settle(hold(chainOf(key, 'byok'), 30n) ?? [], 30n)
    hold(chainOf(key, 'credit'), 30n)
    expect(roomOf(key, kind)).toBe(room)
  },
)

test('a change of a limit holds for the next request: lowered, raised, away and back', () => {
  const { book, chainOf, hold, limits, roomOf } = start()
  const key = aKey({ creatorUserId: 'u' })
  const setLimit = (limit: bigint | null) =>
    limits.put(limitsOfWorkspace({ members: new Map(limit === null ? [] : [['u', { interval: 'daily', limit }]]) }))
  setLimit(null)
  expect(roomOf(key)).toBeNull()
  setLimit(90n)
  expect(roomOf(key)).toBe(90n)
  book.settle(hold(chainOf(key), 40n) ?? [], 40n)
  expect(roomOf(key)).toBe(50n)
  setLimit(45n)
  expect([hold(chainOf(key), 6n), roomOf(key)]).toEqual([undefined, 5n])
  setLimit(30n)
  expect([hold(chainOf(key), 1n), roomOf(key)]).toEqual([undefined, 0n])
  setLimit(null)
  setLimit(200n)
  expect(roomOf(key)).toBe(160n)
})
