import { expect, test } from 'vitest'
import { BUDGET_OPERATIONS } from '../../../src/contract/management/budgets.ts'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { bulkAddWorkspaceMembers } from '../../../src/contract/management/workspaces.ts'
import { newWorkspace } from '../fixtures.ts'
import { as, newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { deleteProjectBudget, listProjectBudgets, upsertProjectBudget } = PROJECT_OPERATIONS
const { deleteWorkspaceBudget, upsertWorkspaceBudget } = BUDGET_OPERATIONS

test('200 makes a budget, and again changes it in place', async () => {
  const { id, slug, workspace_id } = await newProject()
  const path = `/api/v1/workspaces/default/projects/${slug}/budgets/weekly`
  const { data } = expectAnswer(await send('PUT', path, { body: { limit_usd: 7.5 } }), 200, upsertProjectBudget.output)
  expect(data).toEqual({
    id: expect.any(String),
    workspace_id,
    project_id: id,
    limit_usd: 7.5,
    reset_interval: 'weekly',
    created_at: expect.stringMatching(/Z$/),
    updated_at: data.created_at,
    spent_usd: 0,
    remaining_usd: 7.5,
  })
  const again = expectAnswer(await send('PUT', path, { body: { limit_usd: 8 } }), 200, upsertProjectBudget.output)
  expect(again.data).toMatchObject({ id: data.id, limit_usd: 8, created_at: data.created_at })
})

test('400 when a longer window would not have more than a shorter one', async () => {
  const { slug } = await newProject()
  await call(upsertProjectBudget, { id: 'default', slug, interval: 'weekly', limit_usd: 6 })
  const path = `/api/v1/workspaces/default/projects/${slug}/budgets/monthly`
  expectError(await send('PUT', path, { body: { limit_usd: 6 } }), 400, 'the monthly limit')
})

test('200 and 400 for a lead, who gets what the workspace leaves beside the other projects, and no more', async () => {
  const { userId } = gateway.sessions.developer
  const id = gateway.teamWorkspaceId
  await call(upsertWorkspaceBudget, { id, interval: 'monthly', limit_usd: 100 })
  const other = await newProject({ id })
  await call(upsertProjectBudget, { id, slug: other.slug, interval: 'monthly', limit_usd: 70 })
  const { slug } = await newProject({ id, lead_user_ids: [userId] })
  const path = `/api/v1/workspaces/${id}/projects/${slug}/budgets/monthly`
  const put = (limit_usd: number) => send('PUT', path, { body: { limit_usd }, ...as('developer') })
  expectError(await put(30.000000001), 400, 'leaves \\$30 for this project')
  expect((await put(30)).status).toBe(200)
  expectError(await send('DELETE', path, as('developer')), 400, 'leaves \\$30')
  const { data } = await call(listProjectBudgets, { id, slug })
  expect(data.map(({ limit_usd }) => limit_usd)).toEqual([30])
  // Who may change every project isn't held to what is left, nor is a lead where the workspace has no budget.
  await call(upsertProjectBudget, { id, slug, interval: 'monthly', limit_usd: 90 })
  await call(deleteWorkspaceBudget, { id, interval: 'monthly' })
  expect((await put(1_000)).status).toBe(200)
  await call(deleteProjectBudget, { id, slug: other.slug, interval: 'monthly' })
})

test('400 for a lead where the other projects have more together than a number of the database holds', async () => {
  const { id } = await newWorkspace()
  const { userId } = gateway.sessions.developer
  await call(bulkAddWorkspaceMembers, { id, user_ids: [userId], workspace_role: 'developer' })
  await call(upsertWorkspaceBudget, { id, interval: 'monthly', limit_usd: 1_000_000_000 })
  for (let count = 0; count < 10; count += 1) {
    const other = await newProject({ id })
    await call(upsertProjectBudget, { id, slug: other.slug, interval: 'monthly', limit_usd: 1_000_000_000 })
  }
  const { slug } = await newProject({ id, lead_user_ids: [userId] })
  const path = `/api/v1/workspaces/${id}/projects/${slug}/budgets/monthly`
  expectError(
    await send('PUT', path, { body: { limit_usd: 1 }, ...as('developer') }),
    400,
    'leaves \\$0 for this project',
  )
})

test('403 for a member who does not lead it', async () => {
  const { slug } = await newProject({ id: gateway.teamWorkspaceId })
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}/projects/${slug}/budgets/daily`
  expectError(await send('PUT', path, { body: { limit_usd: 1 }, ...as('developer') }), 403, 'budget:write')
})

test.each([
  ['no limit', 'daily', {}, 'limit_usd'],
  ['a limit of 0', 'daily', { limit_usd: 0 }, 'limit_usd'],
  ['an unknown interval', 'hourly', { limit_usd: 1 }, 'interval'],
])('400 for %s', async (_name, interval, body, named) => {
  const { slug } = await newProject()
  expectError(
    await send('PUT', `/api/v1/workspaces/default/projects/${slug}/budgets/${interval}`, { body }),
    400,
    named,
  )
})

test('404 for a project that is not there', async () => {
  const { id } = await newWorkspace()
  const answer = await send('PUT', `/api/v1/workspaces/${id}/projects/nothing/budgets/daily`, {
    body: { limit_usd: 1 },
  })
  expectError(answer, 404, 'Project not found')
})
