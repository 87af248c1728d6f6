import { expect, test } from 'vitest'
import { BUDGET_OPERATIONS } from '../../../src/contract/management/budgets.ts'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { listBudgetForecasts, upsertWorkspaceBudget } = BUDGET_OPERATIONS
const { upsertProjectBudget } = PROJECT_OPERATIONS

test('200 for each budget of the workspace, then of its projects, the shortest window first; without spend no figure', async () => {
  const { id, slug } = await newWorkspace()
  const path = `/api/v1/workspaces/${slug}/budget-forecasts`
  const empty = expectAnswer(await send('GET', path), 200, listBudgetForecasts.output)
  expect(empty).toEqual({ data: [], total_count: 0 })
  const project = await newProject({ id })
  const ofProject = { id, slug: project.slug, interval: 'daily' as const, limit_usd: 2 }
  const daily = (await call(upsertProjectBudget, ofProject)).data
  const lifetime = (await call(upsertWorkspaceBudget, { id, interval: 'lifetime', limit_usd: 40 })).data
  const weekly = (await call(upsertWorkspaceBudget, { id, interval: 'weekly', limit_usd: 5 })).data
  const { data, total_count } = expectAnswer(await send('GET', path), 200, listBudgetForecasts.output)
  expect(total_count).toBe(3)
  const unknown = {
    workspace_id: id,
    spent_usd: 0,
    outcome: 'insufficient_data',
    runs_out_at: null,
    until: expect.stringMatching(/Z$/),
    expected_usd: null,
    past_error: { mean_percent: null, windows: 0 },
  }
  expect(data).toEqual([
    { ...unknown, budget_id: weekly.id, project_id: null, limit_usd: 5, reset_interval: 'weekly' },
    { ...unknown, budget_id: lifetime.id, project_id: null, limit_usd: 40, reset_interval: null },
    { ...unknown, budget_id: daily.id, project_id: project.id, limit_usd: 2, reset_interval: 'daily' },
  ])
  const page = expectAnswer(await send('GET', `${path}?offset=1&limit=1`), 200, listBudgetForecasts.output)
  expect(page).toEqual({ data: [expect.objectContaining({ budget_id: lifetime.id })], total_count: 3 })
})

test('400 for a page that is none', async () => {
  expectError(await send('GET', '/api/v1/workspaces/default/budget-forecasts?limit=0'), 400, 'limit')
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `/api/v1/workspaces/${NO_UUID}/budget-forecasts`), 404, 'Workspace not found')
})
