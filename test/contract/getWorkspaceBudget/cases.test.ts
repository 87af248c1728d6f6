import { expect, test } from 'vitest'
import { BUDGET_OPERATIONS } from '../../../src/contract/management/budgets.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { getWorkspaceBudget, upsertWorkspaceBudget } = BUDGET_OPERATIONS

test('200 gives what setting it answered', async () => {
  const { id } = await newWorkspace()
  const made = await call(upsertWorkspaceBudget, { id, interval: 'weekly', limit_usd: 3 })
  const answer = await send('GET', `/api/v1/workspaces/${id}/budgets/weekly`)
  expect(expectAnswer(answer, 200, getWorkspaceBudget.output)).toEqual(made)
})

test('400 for an unknown interval', async () => {
  expectError(await send('GET', '/api/v1/workspaces/default/budgets/hourly'), 400, 'interval')
})

test('404 for an interval without a budget, and for a workspace that is not there', async () => {
  const { id } = await newWorkspace()
  expectError(await send('GET', `/api/v1/workspaces/${id}/budgets/daily`), 404, 'no daily budget')
  expectError(await send('GET', `/api/v1/workspaces/${NO_UUID}/budgets/daily`), 404, 'Workspace not found')
})
