import { expect, test } from 'vitest'
import { AUDIT_OPERATIONS, type AuditLogWire } from '../../../src/contract/management/audit.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/audit-logs/export'
const { exportAuditLogs } = AUDIT_OPERATIONS

test('200 gives the whole log as JSON Lines, oldest first, each row following the one before, with the signed head', async () => {
  const rows: AuditLogWire[] = []
  let cursor: string | null = null
  do {
    const page: { data: { content: string; row_count: number }; next_cursor: string | null } = await call(
      exportAuditLogs,
      { limit: 40, ...(cursor === null ? {} : { cursor }) },
    )
    const lines = page.data.content.split('\n').slice(0, -1)
    expect(lines).toHaveLength(page.data.row_count)
    rows.push(...lines.map((line) => JSON.parse(line) as AuditLogWire))
    cursor = page.next_cursor
  } while (cursor !== null)
  expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_row, index) => index + 1))
  expect(rows.map(({ previous_hash }) => previous_hash)).toEqual(['', ...rows.slice(0, -1).map(({ hash }) => hash)])
  const { data } = expectAnswer(await send('GET', `${PATH}?limit=1`), 200, exportAuditLogs.output)
  expect(data).toMatchObject({ format: 'jsonl', row_count: 1 })
  expect(data.head).toEqual({
    organization_id: gateway.organizationId,
    sequence: expect.any(Number),
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    created_at: expect.stringMatching(/Z$/),
    signature: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(data.head?.sequence).toBeGreaterThan(rows.length)
})

test('200 gives CSV whose cells no spreadsheet calculates, and notes who exported', async () => {
  const { id } = await newWorkspace({ name: 'One, "two"' })
  await send('PATCH', `/api/v1/workspaces/${id}`, { body: { name: 'x' }, headers: { 'user-agent': '=1+1' } })
  const answer = await send('GET', `${PATH}?format=csv&workspace_id=${id}`)
  const { data } = expectAnswer(answer, 200, exportAuditLogs.output)
  const [titles, first, second, ...rest] = data.content.split('\n')
  expect(titles).toMatch(/^id,sequence,created_at,actor_kind,.*,before,after,previous_hash,hash$/)
  expect(first).toContain('createWorkspace')
  expect(first).toContain(String.raw`""One, \""two\""""`)
  expect(second).toContain(",'=1+1,")
  expect(rest).toEqual([''])
  const [seen] = await auditRows({ request_id: answer.headers.get('x-request-id') ?? '' })
  expect(seen).toMatchObject({ action: 'exportAuditLogs', after: { format: 'csv', row_count: 2 } })
})

test('200 gives an Admin of a workspace its rows, and no head of the whole', async () => {
  await newKey({ workspace_id: gateway.teamWorkspaceId })
  const answer = await send('GET', PATH, { cookie: gateway.sessions.admin.cookie })
  const { data } = expectAnswer(answer, 200, exportAuditLogs.output)
  expect(data.head).toBeNull()
  const rows = data.content
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AuditLogWire)
  expect(new Set(rows.map(({ workspace_id }) => workspace_id))).toEqual(new Set([gateway.teamWorkspaceId]))
})

test('400 for more than a thousand rows at once, or another format', async () => {
  expectError(await send('GET', `${PATH}?limit=1001`), 400, '^limit: ')
  expectError(await send('GET', `${PATH}?format=xml`), 400, '^format: ')
})

test('404 for an unknown workspace', async () => {
  expectError(await send('GET', `${PATH}?workspace_id=${NO_UUID}`), 404, '^Workspace not found$')
})
