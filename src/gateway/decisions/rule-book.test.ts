import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aKey, limitsOfWorkspace, makeSpending } from '../../../test/harness/spenders.ts'
import { putInForce } from '../../domain/guardrail-in-force.ts'
import type { Guardrail } from '../../domain/guardrail-merge.ts'
import type { Observation } from '../../observe/observation.ts'
import type { RulesInForce } from '../ports.ts'
import type { KeySnapshot } from '../snapshot/snapshot.ts'
import { RuleBook } from './rule-book.ts'

const DAY_MS = 86_400_000
const NAMES = { model: (name: string) => name, provider: (name: string) => name }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A book beside real chains of a workspace with a budget, and what was posted of it. */
function start(post: (rules: readonly RulesInForce[]) => Promise<void> = async () => {}) {
  let now = Date.UTC(2026, 0, 1)
  const posted: RulesInForce[] = []
  const observed: Observation[] = []
  const { chains, limits } = makeSpending({ now: () => now })
  const budget = (amount: bigint) => limitsOfWorkspace({ budgets: [{ interval: 'daily', limit: amount }] })
  limits.put(budget(5n))
  const rules = new RuleBook({
    post: async (batch) => {
      await post(batch)
      posted.push(...batch)
    },
    observe: (observation) => observed.push(observation),
  })
  return {
    posted,
    observed,
    setBudget: (amount: bigint) => limits.put(budget(amount)),
    nextDay: () => {
      now += DAY_MS
    },
    meet: (key: KeySnapshot, guardrail: ReturnType<typeof putInForce> | null = null) => {
      const workspace = limits.find(key.workspaceId ?? '') ?? limitsOfWorkspace()
      const chain = chains.of({ key, workspace, project: null, kind: 'credit' })
      return rules.idOf('org', { chain, guardrail })
    },
    settle: async () => {
      await vi.advanceTimersByTimeAsync(1_000)
      return posted.splice(0)
    },
  }
}

test('keys with the same in force share one name, which is posted once a day', async () => {
  const book = start()
  const id = book.meet(aKey())
  expect(id).toMatch(/^[\w-]{22}$/)
  for (const key of [aKey(), aKey({ id: 2n })]) expect(book.meet(key)).toBe(id)
  const [first, ...more] = await book.settle()
  expect([more.length, first?.id, first?.day, first?.organizationId]).toEqual([0, id, '2026-01-01', 'org'])
  expect(JSON.parse(first?.json ?? '')).toEqual({
    guardrails: [],
    limits: [{ scope: 'workspace', name: null, id: null, interval: 'daily', amount: '5', includesByok: false }],
  })
  const key = aKey()
  for (const _ of [1, 2]) expect(book.meet(key)).toBe(id)
  expect(await book.settle()).toEqual([])
  book.nextDay()
  for (const _ of [1, 2]) expect(book.meet(key)).toBe(id)
  expect((await book.settle()).map(({ day }) => day)).toEqual(['2026-01-02'])
})

test('another amount, another guardrail and a limit of the key have other names; nothing at all has none', () => {
  const book = start()
  const key = aKey()
  const guardrail: Guardrail = {
    id: 'g',
    name: 'careful',
    allowedModels: null,
    ignoredModels: null,
    allowedProviders: null,
    ignoredProviders: null,
    allowedDataRegions: null,
    zdr: { anthropic: null, openai: null, google: null, xai: null, other: null },
    freeModelPublication: null,
    freeModelTraining: null,
    paidModelTraining: null,
    filters: [],
    builtins: [],
    limit: null,
    interval: 'lifetime',
    includesByok: false,
    onFilterTimeout: 'block',
  }
  const inForce = putInForce([{ scope: 'key', guardrail }], NAMES, [])
  const ids = [book.meet(key), book.meet(key, inForce), book.meet(aKey({ limit: 5n }))]
  book.setBudget(6n)
  ids.push(book.meet(key))
  expect(new Set(ids).size).toBe(4)
  expect(book.meet(aKey({ workspaceId: 'of no limits' }))).toBeUndefined()
})

test('what could not be stored is told, and posted again when it is next met', async () => {
  let isAway = true
  const book = start(async () => {
    if (isAway) throw new Error('away')
  })
  const key = aKey()
  book.meet(key)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(book.observed).toEqual([{ type: 'rules_dropped', count: 1, message: 'away' }])
  isAway = false
  const id = book.meet(key)
  expect((await book.settle()).map((rules) => rules.id)).toEqual([id])
})
