import { expect, test } from 'vitest'
import { RetryBudget } from './retry-budget.ts'

/** How many of `wanted` fallbacks a second are allowed over twenty seconds of `requests` a second. */
function allowedIn20Seconds(requests: number, wanted: number): number {
  const budget = new RetryBudget()
  let allowed = 0
  for (let second = 0; second < 20; second += 1) {
    for (let turn = 0; turn < requests; turn += 1) budget.countRequest(second * 1_000 + 1)
    for (let turn = 0; turn < wanted; turn += 1) if (budget.take(second * 1_000 + 2)) allowed += 1
  }
  return allowed
}

test.each([
  ['many requests', 1_000, 1_000, 20 * (200 + 10)],
  ['few requests', 1, 1, 20],
  ['none at all', 0, 1_000, 200],
])('fallbacks of %s are at most a fifth and ten a second', (_name, requests, wanted, expected) => {
  expect(allowedIn20Seconds(requests, wanted)).toBe(expected)
})

test('what was not used is not saved up for more than ten seconds', () => {
  const budget = new RetryBudget()
  for (let turn = 0; turn < 10_000; turn += 1) budget.countRequest(0)
  let allowed = 0
  while (budget.take(60_000)) allowed += 1
  expect(allowed).toBe(100)
})
