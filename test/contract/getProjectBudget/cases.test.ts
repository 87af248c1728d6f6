import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { getProjectBudget, upsertProjectBudget } = PROJECT_OPERATIONS

test('200 gives what setting it answered', async () => {
  const { slug } = await newProject()
  const made = await call(upsertProjectBudget, { id: 'default', slug, interval: 'lifetime', limit_usd: 3 })
  const answer = await send('GET', `/api/v1/workspaces/default/projects/${slug}/budgets/lifetime`)
  expect(expectAnswer(answer, 200, getProjectBudget.output)).toEqual(made)
})

test('400 for an unknown interval', async () => {
  const { slug } = await newProject()
  expectError(await send('GET', `/api/v1/workspaces/default/projects/${slug}/budgets/hourly`), 400, 'interval')
})

test('404 for an interval without a budget, and for a project that is not there', async () => {
  const { slug } = await newProject()
  const path = '/api/v1/workspaces/default/projects'
  expectError(await send('GET', `${path}/${slug}/budgets/daily`), 404, 'no daily budget')
  expectError(await send('GET', `${path}/nothing/budgets/daily`), 404, 'Project not found')
})
