import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { as, newProject } from '../project-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { getProject, updateProject } = PROJECT_OPERATIONS
const team = `/api/v1/workspaces/${gateway.teamWorkspaceId}/projects`

test('200 changes what is given, keeps what is not, and clears what is null', async () => {
  const made = await newProject({ description: 'a' })
  const path = `/api/v1/workspaces/default/projects/${made.slug}`
  const body = { name: 'New', description: null, lead_user_ids: [gateway.userId] }
  const { data } = expectAnswer(await send('PATCH', path, { body }), 200, updateProject.output)
  expect(data).toEqual({ ...made, ...body, updated_at: expect.stringMatching(/Z$/) })
  expect((await call(getProject, { id: 'default', slug: made.slug })).data).toEqual(data)
})

test('200 for who leads it, but not to say who leads it', async () => {
  const { userId } = gateway.sessions.developer
  const { slug } = await newProject({ id: gateway.teamWorkspaceId, lead_user_ids: [userId] })
  const path = `${team}/${slug}`
  expect((await send('PATCH', path, { body: { name: 'Mine' }, ...as('developer') })).status).toBe(200)
  expectError(await send('PATCH', path, { body: { lead_user_ids: [] }, ...as('developer') }), 403, 'project:write')
})

test('403 for a member who does not lead it', async () => {
  const { slug } = await newProject({ id: gateway.teamWorkspaceId })
  for (const who of ['developer', 'viewer'] as const) {
    expectError(await send('PATCH', `${team}/${slug}`, { body: { name: 'Mine' }, ...as(who) }), 403, 'project:write')
  }
})

test('400 names the field', async () => {
  const { slug } = await newProject()
  for (const [body, named] of [
    [{ name: '' }, 'name'],
    [{ lead_user_ids: ['user_stranger'] }, 'lead_user_ids'],
    [{ workspace_id: gateway.teamWorkspaceId }, 'workspace_id'],
  ] as const) {
    expectError(await send('PATCH', `/api/v1/workspaces/default/projects/${slug}`, { body }), 400, named)
  }
})

test('404 for one that is not there', async () => {
  const answer = await send('PATCH', '/api/v1/workspaces/default/projects/no-such-project', { body: { name: 'x' } })
  expectError(answer, 404, 'Project not found')
})
