import { expect, test } from 'vitest'
import { PROJECT_OPERATIONS } from '../../../src/contract/management/projects.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { as, newProject } from '../project-fixtures.ts'
import { expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createProject } = PROJECT_OPERATIONS
const PATH = '/api/v1/workspaces/default/projects'

test('201 fills what was omitted', async () => {
  const workspace = await newWorkspace()
  const slug = newSlug()
  const answer = await send('POST', `/api/v1/workspaces/${workspace.slug}/projects`, { body: { slug, name: 'Apollo' } })
  expect(expectAnswer(answer, 201, createProject.output).data).toEqual({
    id: expect.any(String),
    workspace_id: workspace.id,
    slug,
    name: 'Apollo',
    description: null,
    lead_user_ids: [],
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
    updated_at: null,
  })
})

test('201 keeps what was sent, a lead named twice once', async () => {
  const { userId } = gateway.sessions.developer
  const fields = {
    id: gateway.teamWorkspaceId,
    description: 'To the moon',
    lead_user_ids: [userId, gateway.userId, userId],
  }
  expect(await newProject(fields)).toMatchObject({
    description: 'To the moon',
    lead_user_ids: [userId, gateway.userId],
  })
})

test('201 for the same slug in another workspace, and for that of a deleted project', async () => {
  const { slug } = await newProject()
  const { id } = await newWorkspace()
  await newProject({ id, slug })
  expect((await send('DELETE', `${PATH}/${slug}`)).status).toBe(200)
  await newProject({ slug })
})

test('400 for a slug that is taken', async () => {
  const { slug } = await newProject()
  expectError(await send('POST', PATH, { body: { slug, name: 'Again' } }), 400, 'slug')
})

test.each([
  ['no name', { name: undefined }, 'name'],
  ['an empty name', { name: '' }, 'name'],
  ['no slug', { slug: undefined }, 'slug'],
  ['a slug with capitals', { slug: 'Apollo' }, 'slug'],
  ['a description of 501 characters', { description: 'x'.repeat(501) }, 'description'],
  ['a lead who is not in the organization', { lead_user_ids: ['user_stranger'] }, 'lead_user_ids'],
  ['21 leads', { lead_user_ids: Array.from({ length: 21 }, (_, n) => `user_${n}`) }, 'lead_user_ids'],
])('400 for %s', async (_name, fields, named) => {
  expectError(await send('POST', PATH, { body: { slug: newSlug(), name: 'x', ...fields } }), 400, named)
})

test('400 for a lead who is in the organization and not in the workspace', async () => {
  const { id } = await newWorkspace()
  const body = { slug: newSlug(), name: 'x', lead_user_ids: [gateway.sessions.developer.userId] }
  expectError(await send('POST', `/api/v1/workspaces/${id}/projects`, { body }), 400, 'lead_user_ids')
})

test('403 for a developer, who may lead projects and not make them', async () => {
  const body = { slug: newSlug(), name: 'x' }
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}/projects`
  expectError(await send('POST', path, { body, ...as('developer') }), 403, 'project:write')
})

test('404 for a workspace that is not there', async () => {
  const body = { slug: newSlug(), name: 'x' }
  expectError(await send('POST', `/api/v1/workspaces/${NO_UUID}/projects`, { body }), 404, 'Workspace not found')
})
