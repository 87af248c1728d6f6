import { expect, test } from 'vitest'
import { createKeys, listKeys, updateKeys } from '../../src/contract/management/keys.ts'
import { MEMBER_OPERATIONS } from '../../src/contract/management/members.ts'
import { bulkAddWorkspaceMembers, updateWorkspace } from '../../src/contract/management/workspaces.ts'
import { NO_UUID, newKey, newWorkspace, signInAnew, spare, spend } from './fixtures.ts'
import { newProject } from './project-fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from './request.ts'

/*
 * What each type of key may, and that no key may more than who made it may at the moment.
 */

const PATH = '/api/v1/keys'
const creator = spare(0)
const { userId } = creator
const { teamWorkspaceId, sessions } = gateway

async function workspaceOf(workspace_role: 'admin' | 'developer'): Promise<string> {
  const { id } = await newWorkspace()
  await call(bulkAddWorkspaceMembers, { id, user_ids: [userId], workspace_role })
  return id
}

async function made(body: object, as: { cookie?: string; key?: string } = {}): Promise<string> {
  return expectAnswer(await send('POST', PATH, { ...as, body: { name: 'k', ...body } }), 201, createKeys.output).key
}

const statusOf = async (key: string, path: string) => (await send('GET', path, { key })).status

test.each([
  ['scoped', {}, ['inference'], 300],
  ['scoped', { read_only: true }, expect.arrayContaining(['analytics:read', 'workspace:read']), 300],
  ['scoped', { permissions: ['key:read', 'inference'] }, ['key:read', 'inference'], 300],
  [
    'scoped',
    { permissions: ['inference', 'billing', 'credit:read'] },
    ['inference', 'credit:read', 'credit:purchase', 'credit:transfer', 'invoice:read', 'payment-method:write'],
    300,
  ],
  ['scoped', { permissions: ['members'] }, ['member:read', 'member:write', 'invitation:read', 'invitation:write'], 300],
  [
    'scoped',
    { permissions: ['keys'] },
    ['key:read', 'key:create', 'key:update', 'key:rotate', 'key:delete', 'key:create-system'],
    300,
  ],
  ['team', { creator_user_id: sessions.developer.userId, workspace_id: teamWorkspaceId }, expect.any(Array), 200],
  ['read_only', {}, expect.not.arrayContaining(['inference']), 120],
  ['ephemeral', { ttl_seconds: 900 }, ['inference'], 150],
  ['management', {}, ['*'], 0],
  ['standard', { permissions: ['*'] }, ['*'], 600],
] as const)('201 for a %s key with %o', async (type, fields, permissions, rate) => {
  const { data } = await newKey({ ...fields, type } as object)
  expect(data).toMatchObject({ type, permissions, rate_limit_rpm: null, effective_rate_limit_rpm: rate })
})

test('201 keeps models, networks in one spelling and each once, and a rate of its own', async () => {
  const { data } = await newKey({
    type: 'scoped',
    allowed_models: ['anthropic/*', '*:free'],
    allowed_ips: ['203.0.113.7', '2001:DB8::/32', '203.0.113.7/32'],
    rate_limit_rpm: 7,
  })
  expect(data).toMatchObject({
    allowed_models: ['anthropic/*', '*:free'],
    allowed_ips: ['203.0.113.7/32', '2001:db8::/32'],
    rate_limit_rpm: 7,
    effective_rate_limit_rpm: 7,
  })
  const answer = await send('PATCH', `${PATH}/${data.hash}`, { body: { allowed_models: null, allowed_ips: null } })
  expect(expectAnswer(answer, 200, updateKeys.output).data).toMatchObject({ allowed_models: null, allowed_ips: null })
})

test('201: a hidden key is listed only on request, and ends after its seconds', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { data } = await newKey({ workspace_id, type: 'ephemeral', ttl_seconds: 900, hidden: true })
  const life = Date.parse(data.expires_at ?? '') - Date.parse(data.created_at)
  expect(life).toBe(900_000)
  expect((await call(listKeys, { workspace_id })).data).toEqual([])
  expect((await call(listKeys, { workspace_id, include_hidden: true })).data).toMatchObject([{ hash: data.hash }])
})

test('200 lists the keys of one type', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { data } = await newKey({ workspace_id, type: 'read_only' })
  await newKey({ workspace_id })
  expect((await call(listKeys, { workspace_id, type: 'read_only' })).data.map(({ hash }) => hash)).toEqual([data.hash])
})

test.each([
  ['an unknown permission', { type: 'scoped', permissions: ['everything'] }, 'permissions.0'],
  ['a permission twice', { type: 'scoped', permissions: ['inference', 'inference'] }, 'permissions'],
  ['everything beside something', { permissions: ['*', 'inference'] }, 'permissions'],
  ['management work of a standard key', { permissions: ['key:read'] }, 'permissions.0'],
  [
    'what is of the organization for a scoped key',
    { type: 'scoped', permissions: ['workspace:create'] },
    'permissions',
  ],
  ['inference of a read-only key', { type: 'read_only', permissions: ['inference'] }, 'permissions.0'],
  ['models of a key that calls none', { type: 'read_only', allowed_models: ['a/*'] }, 'allowed_models'],
  ['a model name with a space', { allowed_models: ['a b'] }, 'allowed_models.0'],
  ['an empty list of models', { allowed_models: [] }, 'allowed_models'],
  ['no network', { allowed_ips: ['10.0.0.0/8', 'example.com'] }, 'allowed_ips.1'],
  ['a network with more bits', { allowed_ips: ['10.1.2.3/8'] }, 'allowed_ips.0'],
  ['an ephemeral key without an end', { type: 'ephemeral' }, 'expires_at'],
  ['two ends', { ttl_seconds: 60, expires_at: '2099-01-01T00:00:00Z' }, 'ttl_seconds'],
  ['a hidden key that stays', { hidden: true }, 'hidden'],
  ['a read-only standard key', { read_only: true }, 'read_only'],
  ['a team key for nobody', { type: 'team' }, 'creator_user_id'],
  ['a project of a management key', { type: 'management', project_id: NO_UUID }, 'project_id'],
  ['full access for who is no administrator', { permissions: ['*'], creator_user_id: userId }, 'permissions.0'],
])('400 names the field of %s', async (_name, fields, field) => {
  expectError(await send('POST', PATH, { body: { name: 'k', ...fields } }), 400, field)
})

test('201 for a project of the workspace, 400 for any other', async () => {
  const workspace = await newWorkspace()
  const project = await newProject({ id: workspace.id })
  const { data } = await newKey({ workspace_id: workspace.id, project_id: project.id })
  expect(data.project_id).toBe(project.id)
  for (const body of [
    { name: 'k', project_id: project.id },
    { name: 'k', project_id: NO_UUID },
  ])
    expectError(await send('POST', PATH, { body }), 400, 'project_id')
  const path = `${PATH}/${data.hash}`
  expectError(await send('PATCH', path, { body: { project_id: NO_UUID } }), 400, 'project_id')
  expect((await send('PATCH', path, { body: { project_id: null } })).body).toMatchObject({ data: { project_id: null } })
})

test('400 for a team key of somebody who is not in the workspace', async () => {
  const { id: workspace_id } = await newWorkspace()
  const body = { name: 'k', type: 'team', workspace_id, creator_user_id: userId }
  expectError(await send('POST', PATH, { body }), 400, 'creator_user_id')
})

test('403: nobody gives a key what they have not themselves', async () => {
  const developer = { cookie: sessions.developer.cookie }
  const body = { name: 'k', workspace_id: teamWorkspaceId }
  const ask = (fields: object) => send('POST', PATH, { ...developer, body: { ...body, ...fields } })
  expectError(await ask({ type: 'scoped', permissions: ['member:write'] }), 403, 'member:write')
  expectError(await ask({ permissions: ['*'] }), 403, 'permission')
  expectError(await ask({ type: 'management', workspace_id: undefined }), 403, 'permission')
  const { data } = expectAnswer(await ask({ type: 'scoped', permissions: ['key:read'] }), 201, createKeys.output)
  const more = { permissions: ['member:write'] }
  expectError(await send('PATCH', `${PATH}/${data.hash}`, { ...developer, body: more }), 403, 'member:write')
})

test('403: a workspace Admin makes no key with full access', async () => {
  const body = { name: 'k', workspace_id: teamWorkspaceId, permissions: ['*'] }
  expectError(await send('POST', PATH, { cookie: sessions.admin.cookie, body }), 403, 'permission')
})

test('403: a key changes nothing about what it may itself', async () => {
  const key = await made({ workspace_id: teamWorkspaceId, type: 'scoped', permissions: ['key:read', 'key:update'] })
  const { data } = (await send('GET', `${PATH}?workspace_id=${teamWorkspaceId}&type=scoped`, { key })).body as {
    data: { hash: string }[]
  }
  const path = `${PATH}/${data[0]?.hash}`
  expectError(await send('PATCH', path, { key, body: { permissions: ['key:read'] } }), 403, 'itself')
  expect((await send('PATCH', path, { key, body: { name: 'renamed' } })).status).toBe(200)
})

test('200 and 403: a read-only key reads usage and calls no model', async () => {
  const { id: workspace_id } = await newWorkspace()
  const key = await made({ type: 'read_only', workspace_id })
  expect(await statusOf(key, `/api/v1/workspaces/${workspace_id}`)).toBe(200)
  expect(await statusOf(key, `/api/v1/activity?workspace_id=${workspace_id}`)).toBe(200)
  expect(await statusOf(key, PATH)).toBe(403)
  await expect(spend(key)).rejects.toThrow('chat answered 403')
})

test('200, 403 and 404: a scoped key does what it names, in its workspace', async () => {
  const { id: workspace_id } = await newWorkspace()
  const sibling = await newWorkspace()
  const key = await made({ type: 'scoped', workspace_id, permissions: ['workspace:read', 'workspace:update'] })
  expect((await send('PATCH', `/api/v1/workspaces/${workspace_id}`, { key, body: { name: 'x' } })).status).toBe(200)
  expectError(await send('PATCH', `/api/v1/workspaces/${sibling.id}`, { key, body: { name: 'x' } }), 404, 'not found')
  expectError(await send('DELETE', `/api/v1/workspaces/${workspace_id}`, { key }), 403, 'workspace:delete')
  await expect(spend(key)).rejects.toThrow('chat answered 403')
})

test('200: a key with full access administers the organization and calls models', async () => {
  const key = await made({ permissions: ['*'] })
  await spend(key)
  expect((await send('POST', '/api/v1/workspaces', { key, body: { name: 'N', slug: newSlug() } })).status).toBe(201)
  expect(await statusOf(key, `${PATH}?type=management`)).toBe(200)
})

test('403: a management key may be given a part of its work alone', async () => {
  const key = await made({ type: 'management', permissions: ['workspace:read'] })
  expect(await statusOf(key, '/api/v1/workspaces')).toBe(200)
  expectError(await send('GET', PATH, { key }), 403, 'key:read')
  expectError(await send('POST', PATH, { key, body: { name: 'k' } }), 403, 'key:create')
})

test('403 at once: a demoted creator narrows the key', async () => {
  const id = await workspaceOf('admin')
  const key = await made(
    { workspace_id: id, type: 'scoped', permissions: ['member:write', 'workspace:update'] },
    { cookie: await signInAnew(creator) },
  )
  const rename = () => send('PATCH', `/api/v1/workspaces/${id}`, { key, body: { name: 'x' } })
  expect((await rename()).status).toBe(200)
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id: userId, workspace_role: 'developer' })
  expectError(await rename(), 403, 'workspace:update')
  await call(MEMBER_OPERATIONS.updateWorkspaceMember, { id, user_id: userId, workspace_role: 'admin' })
  expect((await rename()).status).toBe(200)
})

test('403 at once: a demoted administrator narrows keys with full access and management keys', async () => {
  const become = (role: 'org:admin' | 'org:member') =>
    call(MEMBER_OPERATIONS.updateOrganizationMember, { id: userId, role })
  await become('org:admin')
  const cookie = await signInAnew(creator)
  const keys = [await made({ permissions: ['*'] }, { cookie }), await made({ type: 'management' }, { cookie })]
  const create = (key: string) => send('POST', '/api/v1/workspaces', { key, body: { name: 'N', slug: newSlug() } })
  for (const key of keys) expect((await create(key)).status).toBe(201)
  await become('org:member')
  for (const key of keys) expectError(await create(key), 403, 'workspace:create')
})

test('403 with no detail: a key is used from its networks alone, whatever state it is in', async () => {
  for (const type of ['management', 'scoped'] as const) {
    const { key, data } = await newKey({ type, allowed_ips: ['203.0.113.0/24'] })
    for (const disabled of [false, true]) {
      await call(updateKeys, { hash: data.hash, disabled })
      expectError(await send('GET', '/api/v1/key', { key }), 403, /^Forbidden$/)
    }
    await call(updateKeys, { hash: data.hash, disabled: false, allowed_ips: ['127.0.0.0/8', '::1'] })
    expect(await statusOf(key, '/api/v1/key')).toBe(200)
  }
})

test.each([
  ['everyone', 201, 201],
  ['developers', 201, 201],
  ['admins', 403, 201],
  ['nobody', 403, 403],
] as const)(
  'key_creation %s: %i for a developer, %i for an Admin, 201 for the organization',
  async (key_creation, ...wanted) => {
    const statuses = []
    for (const role of ['developer', 'admin'] as const) {
      const workspace_id = await workspaceOf(role)
      await call(updateWorkspace, { id: workspace_id, key_creation })
      const cookie = await signInAnew(creator)
      statuses.push((await send('POST', PATH, { cookie, body: { name: 'k', workspace_id } })).status)
      await newKey({ workspace_id })
    }
    expect(statuses).toEqual(wanted)
  },
)
