import { expect, test } from 'vitest'
import { BUDGET_OPERATIONS } from '../../../src/contract/management/budgets.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { listWorkspaceBudgets, upsertWorkspaceBudget } = BUDGET_OPERATIONS

test('200 gives each budget, the shortest window first', async () => {
  const { id, slug } = await newWorkspace()
  const empty = await send('GET', `/api/v1/workspaces/${id}/budgets`)
  expect(expectAnswer(empty, 200, listWorkspaceBudgets.output)).toEqual({ data: [], include_byok_in_budgets: false })
  const made = []
  for (const [interval, limit_usd] of [
    ['lifetime', 40],
    ['daily', 1],
    ['monthly', 20],
    ['weekly', 5],
  ] as const) {
    made.push((await call(upsertWorkspaceBudget, { id, interval, limit_usd })).data)
  }
  const [lifetime, daily, monthly, weekly] = made
  expect((await call(listWorkspaceBudgets, { id: slug })).data).toEqual([daily, weekly, monthly, lifetime])
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `/api/v1/workspaces/${NO_UUID}/budgets`), 404, 'Workspace not found')
})
