import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { listProjectBudgets, upsertProjectBudget } = PROJECT_OPERATIONS

test('200 gives each budget of the project, the shortest window first', async () => {
  const { slug } = await newProject()
  const other = await newProject()
  await call(upsertProjectBudget, { id: 'default', slug: other.slug, interval: 'daily', limit_usd: 9 })
  const monthly = (await call(upsertProjectBudget, { id: 'default', slug, interval: 'monthly', limit_usd: 5 })).data
  const daily = (await call(upsertProjectBudget, { id: 'default', slug, interval: 'daily', limit_usd: 1 })).data
  const answer = await send('GET', `/api/v1/workspaces/default/projects/${slug}/budgets`)
  expect(expectAnswer(answer, 200, listProjectBudgets.output)).toEqual({ data: [daily, monthly] })
})

test('404 for a project that is not there', async () => {
  expectError(await send('GET', '/api/v1/workspaces/default/projects/nothing/budgets'), 404, 'Project not found')
})
