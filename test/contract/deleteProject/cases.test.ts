import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { as, newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { deleteProject, listProjectBudgets, upsertProjectBudget } = PROJECT_OPERATIONS

test('200 once, with its budgets, then 404', async () => {
  const { slug } = await newProject()
  await call(upsertProjectBudget, { id: 'default', slug, interval: 'daily', limit_usd: 1 })
  const path = `/api/v1/workspaces/default/projects/${slug}`
  expect(expectAnswer(await send('DELETE', path), 200, deleteProject.output)).toEqual({ deleted: true })
  expectError(await send('DELETE', path), 404, 'Project not found')
  await newProject({ slug })
  expect((await call(listProjectBudgets, { id: 'default', slug })).data).toEqual([])
})

test('403 for its lead: what others count on is not theirs to end', async () => {
  const { userId } = gateway.sessions.developer
  const { slug } = await newProject({ id: gateway.teamWorkspaceId, lead_user_ids: [userId] })
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}/projects/${slug}`
  expectError(await send('DELETE', path, as('developer')), 403, 'project:write')
})

test('404 for one that is not there', async () => {
  expectError(await send('DELETE', '/api/v1/workspaces/default/projects/no-such-project'), 404, 'Project not found')
})
