import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { deleteProject, listProjects } = PROJECT_OPERATIONS

test('200 gives those of the workspace in pages, the oldest first, deleted ones not', async () => {
  const { id } = await newWorkspace()
  const made = []
  for (let n = 0; n < 4; n += 1) made.push(await newProject({ id }))
  await newProject()
  await call(deleteProject, { id, slug: made[0]?.slug ?? '' })
  const answer = await send('GET', `/api/v1/workspaces/${id}/projects?offset=1&limit=2`)
  expect(expectAnswer(answer, 200, listProjects.output)).toEqual({ data: made.slice(2), total_count: 3 })
})

test.each([['limit=0'], ['offset=-1']])('400 for %s', async (query) => {
  const answer = await send('GET', `/api/v1/workspaces/default/projects?${query}`)
  expectError(answer, 400, query.split('=')[0] ?? '')
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `/api/v1/workspaces/${NO_UUID}/projects`), 404, 'Workspace not found')
})
