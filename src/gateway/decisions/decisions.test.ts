import { expect, test } from 'vitest'
import { aKey, limitsOfWorkspace, makeChains } from '../../../test/harness/spenders.ts'
import type { WorkspaceLimits } from '../snapshot/spend-limits.ts'
import type { Admission } from '../stages/admit.ts'
import { newProgress, type Progress } from '../stages/refusal.ts'
import { decisionOf } from './decisions.ts'
import { RuleBook } from './rule-book.ts'

const rules = new RuleBook({ post: async () => {}, observe: () => {} })

/** Of a request that holds 10 under these limits, where others have spent 7 and hold 2. */
function decide(limits: Partial<WorkspaceLimits>, fields: Partial<Progress> = {}, cappedTokens: number | null = null) {
  const key = aKey()
  const workspace = limitsOfWorkspace(limits)
  const { chains, meter } = makeChains()
  const chain = chains.of({ key, workspace, project: null, kind: 'credit' })
  meter.settle(meter.hold(chain, 7n), 7n)
  meter.hold(chain, 2n)
  const admission: Admission = { hold: meter.hold(chain, 10n), chain, cappedTokens }
  const progress = newProgress({ requestId: 'req', now: 0, ip: null, trace: null })
  return decisionOf(rules, admission, { ...progress, key, guardrail: null, ...fields })
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
  expect(decide({ budgets }, {}, 64)).toEqual({
    rules: expect.stringMatching(/^[\w-]{22}$/),
    limit: { at: 1, amount: '100', settled: '7', held: '2' },
    maxTokens: 64,
  })
})
