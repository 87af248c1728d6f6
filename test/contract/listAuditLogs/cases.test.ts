import { expect, test } from 'vitest'
import { AUDIT_OPERATIONS } from '../../../src/contract/management/audit.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/audit-logs'
const { output } = AUDIT_OPERATIONS.listAuditLogs

test('200 tells who did what to what, when, from where and by which request', async () => {
  const workspace = await newWorkspace({ name: 'Watched' })
  const changed = await send('PATCH', `/api/v1/workspaces/${workspace.id}`, {
    body: { name: 'Watched closely' },
    headers: { 'user-agent': 'audit test' },
  })
  const requestId = changed.headers.get('x-request-id')
  const answer = await send('GET', `${PATH}?workspace_id=${workspace.id}&action=updateWorkspace`)
  const { data, next_cursor } = expectAnswer(answer, 200, output)
  expect(next_cursor).toBeNull()
  expect(data).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sequence: expect.any(Number),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      actor_kind: 'bootstrap',
      actor_id: expect.stringMatching(/^[0-9a-f]{64}$/),
      user_id: null,
      surface: 'api',
      ip: '127.0.0.1',
      user_agent: 'audit test',
      request_id: requestId,
      action: 'updateWorkspace',
      resource_type: 'workspace',
      resource_id: workspace.id,
      workspace_id: workspace.id,
      before: expect.objectContaining({ name: 'Watched' }),
      after: expect.objectContaining({ name: 'Watched closely' }),
      previous_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ])
})

test('200 finds rows by actor, person, action, thing, request, address and time, and by several at once', async () => {
  const { id } = await newWorkspace()
  const made = await send('POST', '/api/v1/keys', {
    cookie: gateway.sessions.orgAdmin.cookie,
    body: { name: 'by the first admin', workspace_id: id },
  })
  const { hash } = (made.body as { data: { hash: string } }).data
  const [row, ...others] = await auditRows({ resource_id: hash })
  expect(others).toEqual([])
  const ours = row ?? expect.fail('a row')
  const after = new Date(Date.parse(ours.created_at) + 1).toISOString()
  const there = { workspace_id: id, resource_type: 'key' }
  for (const filter of [
    { actor_kind: 'session' as const },
    { actor_id: ours.actor_id ?? '' },
    { user_id: gateway.userId },
    { action: 'createKeys' },
    { request_id: made.headers.get('x-request-id') ?? '' },
    { ip: '127.0.0.1' },
    { from: ours.created_at },
    { to: after },
    { user_id: gateway.userId, action: 'createKeys', from: ours.created_at, to: after },
  ])
    expect([filter, await auditRows({ ...there, ...filter })]).toEqual([filter, [ours]])
  for (const filter of [
    { actor_kind: 'management_key' as const },
    { actor_id: 'another' },
    { user_id: gateway.sessions.viewer.userId },
    { action: 'deleteKeys' },
    { request_id: 'another' },
    { ip: '127.0.0.2' },
    { from: after },
    { to: ours.created_at },
  ])
    expect([filter, await auditRows({ ...there, ...filter })]).toEqual([filter, []])
})

test('200 goes through the log newest first, page by page, while it grows', async () => {
  const { id } = await newWorkspace()
  for (const name of ['a', 'b', 'c', 'd']) await newKey({ name, workspace_id: id })
  const names: unknown[] = []
  let cursor: string | null = null
  do {
    const page: { data: { after?: unknown }[]; next_cursor: string | null } = await call(
      AUDIT_OPERATIONS.listAuditLogs,
      { workspace_id: id, resource_type: 'key', limit: 2, ...(cursor === null ? {} : { cursor }) },
    )
    names.push(...page.data.map(({ after }) => (after as { name: string }).name))
    cursor = page.next_cursor
    if (cursor !== null) await newKey({ name: 'later', workspace_id: id })
  } while (cursor !== null)
  expect(names).toEqual(['d', 'c', 'b', 'a'])
})

test('200 shows an Admin of a workspace its rows only, and who looked is in the log', async () => {
  const { cookie, userId } = gateway.sessions.admin
  await newKey({ name: 'of the team', workspace_id: gateway.teamWorkspaceId })
  await newWorkspace()
  const answer = await send('GET', `${PATH}?limit=200`, { cookie })
  const { data } = expectAnswer(answer, 200, output)
  expect(new Set(data.map(({ workspace_id }) => workspace_id))).toEqual(new Set([gateway.teamWorkspaceId]))
  const [seen] = await auditRows({ request_id: answer.headers.get('x-request-id') ?? '' })
  expect(seen).toMatchObject({
    action: 'listAuditLogs',
    user_id: userId,
    after: { limit: 200, row_count: data.length },
  })
})

test('400 names the filter that is wrong', async () => {
  for (const [query, field] of [
    ['limit=201', 'limit'],
    ['limit=0', 'limit'],
    ['from=yesterday', 'from'],
    ['to=2026-02-30T00:00:00Z', 'to'],
    ['cursor=abc', 'cursor'],
    ['cursor=-1', 'cursor'],
    ['workspace_id=team', 'workspace_id'],
    ['actor_kind=robot', 'actor_kind'],
  ])
    expectError(await send('GET', `${PATH}?${query}`), 400, `^${field}: `)
})

test('404 for a workspace that is unknown or of another organization', async () => {
  for (const id of [NO_UUID, gateway.other.workspaceId])
    expectError(await send('GET', `${PATH}?workspace_id=${id}`), 404, '^Workspace not found$')
})

test('403 for a Developer, and it leaves no row', async () => {
  const answer = await send('GET', PATH, { cookie: gateway.sessions.developer.cookie })
  expectError(answer, 403, 'audit:read')
  expect(await auditRows({ request_id: answer.headers.get('x-request-id') ?? '' })).toEqual([])
})
