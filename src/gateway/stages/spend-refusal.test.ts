import { expect, test } from 'vitest'
import type { Limit, LimitOwner } from '../lease/chain.ts'
import { type LimitRoom, spendRefusal } from './spend-refusal.ts'

const STANDING = { room: 0n, unposted: 0n, own: { limit: null, settled: 0n, leased: 0n }, beside: null }
const PUBLIC_URL = 'https://gateway.test'
const SIZE = { needed: 10n, affordableTokens: 3 }

function limit(owner: LimitOwner, interval: Limit['interval'], usd: number): LimitRoom {
  const amount = BigInt(Math.round(usd * 1e9))
  return {
    limit: { owner, interval, amount, keep: 0n, counter: 'c', beside: null, purse: 'c' },
    standing: STANDING,
    room: 0n,
  }
}

test.each([
  [{ kind: 'credits' }, 402, 'Insufficient credits. Add more using https://gateway.test/credits'],
  [
    { kind: 'workspace_pool' },
    402,
    "Insufficient credits in the workspace's pool. Transfer more using https://gateway.test/credits",
  ],
  [{ kind: 'key' }, 402, 'Key limit exceeded (monthly limit). Manage it using https://gateway.test/settings/keys'],
  [{ kind: 'workspace' }, 403, 'Workspace monthly budget of $500.00 exceeded. Contact your org admin.'],
  [
    { kind: 'project', name: 'apollo' },
    403,
    'Project apollo monthly budget of $500.00 exceeded. Contact your workspace admin.',
  ],
  [{ kind: 'member' }, 403, 'Member monthly budget of $500.00 exceeded. Contact your workspace admin.'],
  [{ kind: 'guardrail', name: 'Careful', id: 'g1' }, 403, 'Guardrail "Careful" monthly limit of $500.00 exceeded.'],
] as const)('a limit of %o refuses with %i and says so', (owner, status, message) => {
  const error = spendRefusal([limit(owner, 'monthly', 500)], SIZE, PUBLIC_URL)
  expect([error.status, error.message]).toEqual([status, message])
  expect(error.headers).toEqual({ 'x-switchyard-affordable-tokens': '3' })
})

test('of several exceeded limits the first one speaks, and a small amount is told exactly', () => {
  const limits = [limit({ kind: 'workspace' }, 'weekly', 0.0003), limit({ kind: 'workspace' }, 'daily', 0.0001)]
  const { message } = spendRefusal(limits, SIZE, PUBLIC_URL)
  expect(message).toBe('Workspace weekly budget of $0.0003 exceeded. Contact your org admin.')
})
