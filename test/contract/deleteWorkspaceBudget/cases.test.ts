import { expect, test } from 'vitest'
import { BUDGET_OPERATIONS } from '../../../src/contract/management/budgets.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { deleteWorkspaceBudget, listWorkspaceBudgets, upsertWorkspaceBudget } = BUDGET_OPERATIONS

test('200 removes it, and again when there is none', async () => {
  const { id } = await newWorkspace()
  await call(upsertWorkspaceBudget, { id, interval: 'daily', limit_usd: 1 })
  await call(upsertWorkspaceBudget, { id, interval: 'monthly', limit_usd: 9 })
  for (let round = 0; round < 2; round += 1) {
    const answer = await send('DELETE', `/api/v1/workspaces/${id}/budgets/daily`)
    expect(expectAnswer(answer, 200, deleteWorkspaceBudget.output)).toEqual({ deleted: true })
  }
  const { data } = await call(listWorkspaceBudgets, { id })
  expect(data.map(({ reset_interval }) => reset_interval)).toEqual(['monthly'])
})

test('400 for an unknown interval', async () => {
  expectError(await send('DELETE', '/api/v1/workspaces/default/budgets/hourly'), 400, 'interval')
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('DELETE', `/api/v1/workspaces/${NO_UUID}/budgets/daily`), 404, 'Workspace not found')
})
