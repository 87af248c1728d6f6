import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { deleteProjectBudget, listProjectBudgets, upsertProjectBudget } = PROJECT_OPERATIONS

test('200 removes it, and again when there is none', async () => {
  const { slug } = await newProject()
  await call(upsertProjectBudget, { id: 'default', slug, interval: 'daily', limit_usd: 1 })
  for (let round = 0; round < 2; round += 1) {
    const answer = await send('DELETE', `/api/v1/workspaces/default/projects/${slug}/budgets/daily`)
    expect(expectAnswer(answer, 200, deleteProjectBudget.output)).toEqual({ deleted: true })
  }
  expect((await call(listProjectBudgets, { id: 'default', slug })).data).toEqual([])
})

test('400 for an unknown interval', async () => {
  const { slug } = await newProject()
  expectError(await send('DELETE', `/api/v1/workspaces/default/projects/${slug}/budgets/hourly`), 400, 'interval')
})

test('404 for a project that is not there', async () => {
  expectError(
    await send('DELETE', '/api/v1/workspaces/default/projects/nothing/budgets/daily'),
    404,
    'Project not found',
  )
})
