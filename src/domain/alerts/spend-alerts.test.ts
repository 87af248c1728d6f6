import { expect, test } from 'vitest'
import { isWatched } from './alert-hit.ts'
import { isBalanceRestored, judgeBalance, judgeLimit, judgePool, reachedThreshold } from './spend-alerts.ts'

const USD = 1_000_000_000n
const SUBJECT = {
  kind: 'workspace',
  id: 'w1',
  name: 'Team',
  organizationId: 'org',
  workspaceId: 'w1',
  userId: null,
} as const

test.each([
  ['nothing spent', 0n, 10n, undefined],
  ['just below the first', 799n, 1_000n, undefined],
  ['the first exactly met', 800n, 1_000n, 80],
  ['between the two', 999n, 1_000n, 80],
  ['a limit exactly met is used up', 1_000n, 1_000n, 100],
  ['a thousandth left', 9_990n, 10_000n, 80],
  ['less than a thousandth left', 9_991n, 10_000n, 100],
  ['beyond the limit', 5_000n, 1_000n, 100],
  ['a limit of nothing is no news', 0n, 0n, undefined],
  ['amounts beyond the integers of JavaScript', 8_000_000_000_000_000_001n, 10_000_000_000_000_000_000n, 80],
])('threshold reached: %s', (_name, spent, limit, wanted) => {
  expect(reachedThreshold([80, 100], { spent, limit })).toBe(wanted)
})

const use = (spent: bigint, limit: bigint, windowStart = '2026-11-21') =>
  judgeLimit([80, 100], {
    subject: SUBJECT,
    who: 'Workspace "Team"',
    what: 'daily budget',
    interval: 'daily',
    windowStart,
    spent,
    limit,
  })

test('a threshold is one occurrence in a window under a limit, however much is spent', () => {
  expect(use(9n * USD, 10n * USD)?.occurrence).toBe(use(8n * USD, 10n * USD)?.occurrence)
  const others = [use(10n * USD, 10n * USD), use(9n * USD, 10n * USD, '2026-11-22'), use(9n * USD, 11n * USD)]
  expect(new Set([use(9n * USD, 10n * USD), ...others].map((hit) => hit?.occurrence)).size).toBe(4)
})

test('what is told of a budget names who, how much and of what', () => {
  expect(use(8_250_000_000n, 10n * USD)).toEqual({
    subject: SUBJECT,
    occurrence: 'daily 2026-11-21 10000000000 80',
    message: 'Workspace "Team" has spent $8.25 of its daily budget of $10.00 (82 %).',
    details: { threshold_percent: 80, interval: 'daily', window_start: '2026-11-21', spent_usd: 8.25, limit_usd: 10 },
  })
})

const pool = (credits: bigint, spent: bigint) => ({ subject: SUBJECT, who: 'The pool', credits, spent })

test('a pool that was filled up is told of anew', () => {
  const [first, filled] = [judgePool([80], pool(10n * USD, 9n * USD)), judgePool([80], pool(11n * USD, 9n * USD))]
  expect(first?.message).toBe('The pool has used $9.00 of its $10.00 of credits (90 %).')
  expect(filled?.occurrence).not.toBe(first?.occurrence)
  expect(judgePool([80], pool(20n * USD, 9n * USD))).toBeUndefined()
  expect(judgePool([80], pool(0n, 0n))).toBeUndefined()
})

test.each([
  ['exactly at the threshold', pool(100n * USD, 0n), undefined],
  ['below it', pool(100n * USD, 1n), 'below 100000000000'],
  ['overdrawn', pool(0n, 5n * USD), 'below 100000000000'],
  ['a new pool that nothing was put into', pool(0n, 0n), undefined],
])('low balance: %s', (_name, use, occurrence) => {
  expect(judgeBalance(100n * USD, use)?.occurrence).toBe(occurrence)
})

test('a balance that swings about the threshold stays low until it is a tenth above', () => {
  const restored = (balance: bigint) => isBalanceRestored(100n * USD, { credits: balance, spent: 0n })
  expect([99n, 100n, 109n].map((usd) => restored(usd * USD))).toEqual([false, false, false])
  expect(restored(110n * USD - 1n)).toBe(false)
  expect(restored(110n * USD)).toBe(true)
})

test.each([
  ['one of the organization', { workspace_id: null, user_id: null }, true],
  ['one of its workspace', { workspace_id: 'w1', user_id: null }, true],
  ['one of another workspace', { workspace_id: 'w2', user_id: null }, false],
  ['that of its owner', { workspace_id: 'w1', user_id: 'u1' }, true],
  ['that of somebody else', { workspace_id: 'w1', user_id: 'u2' }, false],
])('a key is watched by a rule: %s', (_name, rule, wanted) => {
  const subject = { ...SUBJECT, userId: 'u1' }
  expect(isWatched({ organization_id: 'org', ...rule }, subject)).toBe(wanted)
  expect(isWatched({ organization_id: 'other', ...rule }, subject)).toBe(false)
})
