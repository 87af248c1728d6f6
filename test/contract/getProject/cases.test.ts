import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { deleteWorkspace } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { getProject } = PROJECT_OPERATIONS

test('200 gives what creation answered', async () => {
  const made = await newProject()
  const answer = await send('GET', `/api/v1/workspaces/default/projects/${made.slug}`)
  expect(expectAnswer(answer, 200, getProject.output)).toEqual({ data: made })
})

test('404 for one that is not there, lies in another workspace or went with its workspace', async () => {
  const { id } = await newWorkspace()
  const { slug } = await newProject({ id })
  expectError(await send('GET', '/api/v1/workspaces/default/projects/no-such-project'), 404, 'Project not found')
  expectError(await send('GET', `/api/v1/workspaces/default/projects/${slug}`), 404, 'Project not found')
  expectError(await send('GET', `/api/v1/workspaces/${NO_UUID}/projects/${slug}`), 404, 'Workspace not found')
  await call(deleteWorkspace, { id })
  expectError(await send('GET', `/api/v1/workspaces/${id}/projects/${slug}`), 404, 'Workspace not found')
})
