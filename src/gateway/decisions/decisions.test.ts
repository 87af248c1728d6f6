import { expect, test } from 'vitest'
import { aKey, limitsOfWorkspace, makeSpending } from '../../../test/harness/spenders.ts'
import type { Decision } from '../../domain/decision.ts'
import type { WorkspaceLimits } from '../snapshot/spend-limits.ts'
import { newProgress } from '../stages/refusal.ts'
import { decisionOf } from './decisions.ts'
import { RuleBook } from './rule-book.ts'

const rules = new RuleBook({ post: async () => {}, observe: () => {} })

/** Of a request that holds 10 under these limits, where others have spent 7 and hold 2. */
function decide(fields: Partial<WorkspaceLimits>, cappedTokens: number | null = null): Decision {
  const { book, chains, hold, limits } = makeSpending()
  limits.put(limitsOfWorkspace(fields))
  const key = aKey()
  const chain = chains.of({ key, workspace: limitsOfWorkspace(fields), project: null, kind: 'credit' })
  const take = (amount: bigint) => {
    const pieces = hold(chain, amount)
    if (pieces === undefined) throw new Error('there is less than the test takes')
    return pieces
  }
  book.settle(take(7n), 7n)
  take(2n)
  const admission = { hold: { amount: 10n, pieces: take(10n) }, chain, cappedTokens }
  const progress = newProgress({ requestId: 'req', now: 0, ip: null, trace: null })
  return decisionOf({ leases: book, rules }, admission, { ...progress, key, guardrail: null })
}

test('of a request that nothing restricts and limits nothing is put on record', () => {
  expect(decide({})).toEqual({})
})

test('of several limits the one that left least is, as it was without the request', () => {
  const budgets = [
    { interval: 'monthly', limit: 900n },
    { interval: 'daily', limit: 100n },
    { interval: 'weekly', limit: 500n },
  ] as const
  expect(decide({ budgets }, 64)).toEqual({
    rules: expect.stringMatching(/^[\w-]{22}$/),
    limit: { at: 1, amount: '100', settled: '7', held: '2' },
    maxTokens: 64,
  })
})
