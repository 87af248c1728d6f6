import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aKey, limitsOfWorkspace, makeChains, WORKSPACE } from '../../../test/harness/spenders.ts'
import type { Guardrail } from '../../domain/guardrail-merge.ts'
import type { SpendKind } from '../../domain/spend-scopes.ts'
import type { Interval } from '../../domain/windows.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import { roomOf, roomUnder } from './chain.ts'
import type { Hold } from './meter.ts'

const DAY = 86_400_000
const NOTHING = { daily: 0n, weekly: 0n, monthly: 0n, lifetime: 0n }
const OTHER_WORKSPACE = '00000000-0000-4000-8000-000000000002'
const AT_NOON = () => 10 * DAY + DAY / 2

const NO_GUARDRAIL: Guardrail = {
  id: null,
  name: '',
  filters: [],
  builtins: [],
  limit: null,
  interval: 'lifetime',
  includesByok: false,
  onFilterTimeout: 'allow',
  allowedModels: null,
  ignoredModels: null,
  allowedProviders: null,
  ignoredProviders: null,
  zdr: { anthropic: null, openai: null, google: null, xai: null, other: null },
  freeModelPublication: null,
  freeModelTraining: null,
  paidModelTraining: null,
  allowedDataRegions: null,
}

function spent(interval: Interval, amount: bigint) {
  return { credit: { ...NOTHING, [interval]: amount, lifetime: amount }, byok: NOTHING }
}

test('any interleaving of holds and settlements keeps settled + held within each limit and counts each charge once', () => {
  const steps = fc.array(fc.tuple(fc.bigInt(0n, 50n), fc.nat(100), fc.boolean()))
  fc.assert(
    fc.property(steps, (list) => {
      const { chains, meter } = makeChains({ now: AT_NOON, creditsOf: () => ({ credits: 400n }) })
      const workspace = limitsOfWorkspace({ budgets: [{ interval: 'daily', limit: 350n }] })
      const chain = chains.of({ key: aKey({ limit: 300n }), workspace, project: null, kind: 'credit' })
      const open: { hold: Hold; cost: bigint }[] = []
      let charged = 0n
      const settleOldest = () => {
        const next = open.shift()
        if (next) meter.settle(next.hold, next.cost)
        charged += next?.cost ?? 0n
      }
      const hold = (amount: bigint, share: number) => {
        if ((roomUnder(chain.limits, meter.windows) ?? 0n) < amount) return
        open.push({ hold: meter.hold(chain, amount), cost: (amount * BigInt(share)) / 100n })
      }
      for (const [amount, share, isSettle] of list) {
        if (isSettle) settleOldest()
        else hold(amount, share)
        for (const limit of chain.limits) expect(roomOf(limit, meter.windows)).toBeGreaterThanOrEqual(0n)
      }
      while (open.length > 0) settleOldest()
      for (const tally of chain.tallies) {
        expect([tally.settled('daily', meter.windows), tally.held('daily', meter.windows)]).toEqual([charged, 0n])
      }
    }),
  )
})

test('a charge belongs to the window in which it was admitted, and a new window starts empty', () => {
  let now = 10 * DAY + 1
  const { chains, meter } = makeChains({ now: () => now })
  meter.addKey(1n, spent('daily', 30n))
  const chain = chains.of({
    key: aKey({ limit: 100n, limitInterval: 'daily' }),
    workspace: limitsOfWorkspace(),
    project: null,
    kind: 'credit',
  })
  const hold = meter.hold(chain, 50n)
  expect(roomUnder(chain.limits, meter.windows)).toBe(20n)
  now += DAY
  expect(roomUnder(chain.limits, meter.windows)).toBe(100n)
  meter.settle(hold, 40n)
  expect(roomUnder(chain.limits, meter.windows)).toBe(100n)
})

test('what nothing limits has no room to run out of', () => {
  const { chains, meter } = makeChains()
  const chain = chains.of({ key: aKey(), workspace: limitsOfWorkspace(), project: null, kind: 'credit' })
  expect(roomUnder(chain.limits, meter.windows)).toBeNull()
})

test('a limit lowered below what is spent leaves no room, never a negative one', () => {
  const { chains, meter } = makeChains()
  meter.addKey(1n, spent('lifetime', 90n))
  const chain = chains.of({ key: aKey({ limit: 50n }), workspace: limitsOfWorkspace(), project: null, kind: 'credit' })
  expect(roomUnder(chain.limits, meter.windows)).toBe(0n)
})

test('credits are counted over all keys of the organization', () => {
  const { chains, meter } = makeChains({ creditsOf: () => ({ credits: 100n }) })
  const of = (id: bigint) =>
    chains.of({ key: aKey({ id }), workspace: limitsOfWorkspace(), project: null, kind: 'credit' })
  meter.hold(of(1n), 60n)
  expect(roomUnder(of(2n).limits, meter.windows)).toBe(40n)
})

test('a reserve of the shared balance is left to the workspace that keeps it; a pool of its own is nobody else’s', () => {
  const pools = new Map([
    ['organization:org', { credits: 100n }],
    [`workspace:${OTHER_WORKSPACE}`, { credits: 7n }],
  ])
  const { chains, limits, meter } = makeChains({ creditsOf: (pool) => pools.get(pool) ?? null })
  limits.put(limitsOfWorkspace({ workspaceId: OTHER_WORKSPACE, reserved: 30n }))
  limits.put(limitsOfWorkspace())
  const chainIn = (workspaceId: string, id: bigint) => {
    const workspace = limits.find(workspaceId)
    if (workspace === undefined) throw new Error('not put')
    return chains.of({ key: aKey({ id, workspaceId }), workspace, project: null, kind: 'credit' })
  }
  const roomIn = (workspaceId: string, id: bigint) => roomUnder(chainIn(workspaceId, id).limits, meter.windows)
  expect([roomIn(WORKSPACE, 1n), roomIn(OTHER_WORKSPACE, 2n)]).toEqual([70n, 100n])
  meter.hold(chainIn(WORKSPACE, 1n), 70n)
  expect([roomIn(WORKSPACE, 1n), roomIn(OTHER_WORKSPACE, 2n)]).toEqual([0n, 30n])
  limits.put(limitsOfWorkspace({ workspaceId: OTHER_WORKSPACE, creditPool: 'dedicated' }))
  expect([roomIn(WORKSPACE, 1n), roomIn(OTHER_WORKSPACE, 2n)]).toEqual([30n, 7n])
})

test.each([
  [true, 'credit', 40n],
  [true, 'byok', 40n],
  [false, 'credit', 70n],
  [false, 'byok', null],
] as const)(
  'M13 BYOK spend counts under a key limit and a budget exactly where it is to (%s): %s',
  (counts, kind: SpendKind, room) => {
    const { chains, limits, meter } = makeChains()
    const budgets = [{ interval: 'monthly', limit: 100n }] as const
    limits.put(limitsOfWorkspace({ includesByok: counts, budgets }))
    const workspace = limits.find(WORKSPACE) ?? limitsOfWorkspace()
    const key = aKey({ limit: 100n, includesByok: counts })
    const of = (wanted: SpendKind) => chains.of({ key, workspace, project: null, kind: wanted })
    meter.settle(meter.hold(of('byok'), 30n), 30n)
    meter.hold(of('credit'), 30n)
    expect(roomUnder(of(kind).limits, meter.windows)).toBe(room)
  },
)

test('a change of a limit holds for the next request', () => {
  const { chains, limits, meter } = makeChains()
  const room = () => {
    const workspace = limits.find(WORKSPACE) ?? limitsOfWorkspace()
    return roomUnder(chains.of({ key, workspace, project: null, kind: 'credit' }).limits, meter.windows)
  }
  const key = aKey({ creatorUserId: 'u' })
  limits.put(limitsOfWorkspace())
  expect(room()).toBeNull()
  limits.put(limitsOfWorkspace({ members: new Map([['u', { interval: 'daily', limit: 9n }]]) }))
  expect(room()).toBe(9n)
  limits.remove(WORKSPACE)
  expect(room()).toBeNull()
})

test('a guardrail’s budget counts what its assignee spends: a key, a member here or everywhere, or the whole workspace', () => {
  const { chains, guardrails, limits, meter } = makeChains()
  const guardrail = (id: string, limit: bigint) => ({ ...NO_GUARDRAIL, id, name: id, limit })
  limits.put(limitsOfWorkspace())
  limits.put(limitsOfWorkspace({ workspaceId: OTHER_WORKSPACE }))
  guardrails.putWorkspace({
    workspaceId: WORKSPACE,
    organizationId: 'org',
    defaultId: 'all',
    guardrails: [guardrail('all', 100n), guardrail('here', 90n), guardrail('everywhere', 80n), guardrail('key', 70n)],
    members: [
      { userId: 'u', guardrailId: 'here', isEverywhere: false },
      { userId: 'u', guardrailId: 'everywhere', isEverywhere: true },
    ],
  })
  const chainOf = (fields: Partial<KeySnapshot>) => {
    const key = aKey({ creatorUserId: 'u', ...fields })
    const workspace = limits.find(String(key.workspaceId)) ?? limitsOfWorkspace()
    return chains.of({ key, workspace, project: null, kind: 'credit' })
  }
  const rooms = (fields: Partial<KeySnapshot>) =>
    chainOf(fields).limits.map((limit) => [
      'name' in limit.owner ? limit.owner.name : limit.owner.kind,
      roomOf(limit, meter.windows),
    ])
  meter.hold(chainOf({ id: 1n, guardrailId: 'key' }), 1n)
  meter.hold(chainOf({ id: 2n }), 2n)
  meter.hold(chainOf({ id: 3n, creatorUserId: null }), 4n)
  meter.hold(chainOf({ id: 4n, workspaceId: OTHER_WORKSPACE }), 8n)
  expect(rooms({ id: 1n, guardrailId: 'key' })).toEqual([
    ['key', 69n],
    ['here', 87n],
    ['everywhere', 69n],
    ['all', 93n],
  ])
  expect(rooms({ id: 3n, creatorUserId: null })).toEqual([['all', 93n]])
  expect(rooms({ id: 4n, workspaceId: OTHER_WORKSPACE })).toEqual([['everywhere', 69n]])
})
