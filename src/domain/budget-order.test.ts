import { expect, test } from 'vitest'
import { findBudgetConflict } from './budget-order.ts'
import type { Interval } from './windows.ts'

const limits = (given: Partial<Record<Interval, bigint>>) => new Map(Object.entries(given)) as Map<Interval, bigint>

test('budgets that shrink with their windows are fine, with gaps too', () => {
  expect(findBudgetConflict(limits({ daily: 1n, weekly: 2n, monthly: 3n, lifetime: 4n }))).toBeUndefined()
  expect(findBudgetConflict(limits({ daily: 1n, lifetime: 2n }))).toBeUndefined()
  expect(findBudgetConflict(limits({ weekly: 5n }))).toBeUndefined()
  expect(findBudgetConflict(limits({}))).toBeUndefined()
})

test('equal ones are no decrease, and the broadest pair is named', () => {
  expect(findBudgetConflict(limits({ weekly: 2n, monthly: 2n }))).toEqual({
    longer: 'monthly',
    longerLimit: 2n,
    shorter: 'weekly',
    shorterLimit: 2n,
  })
  expect(findBudgetConflict(limits({ daily: 9n, weekly: 8n, monthly: 7n }))).toMatchObject({ longer: 'monthly' })
})

test('a gap between windows hides nothing', () => {
  expect(findBudgetConflict(limits({ daily: 3n, lifetime: 2n }))).toMatchObject({
    longer: 'lifetime',
    shorter: 'daily',
  })
})
