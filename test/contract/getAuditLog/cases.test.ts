import { expect, test } from 'vitest'
import { AUDIT_OPERATIONS } from '../../../src/contract/management/audit.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_UUID, newKey } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 shows one entry, as in the list, and who looked at it is in the log', async () => {
  const { data: key } = await newKey({ workspace_id: gateway.teamWorkspaceId })
  const [row] = await auditRows({ resource_id: key.hash })
  const answer = await send('GET', `/api/v1/audit-logs/${row?.id}`, { cookie: gateway.sessions.admin.cookie })
  expect(expectAnswer(answer, 200, AUDIT_OPERATIONS.getAuditLog.output).data).toEqual(row)
  const [seen] = await auditRows({ request_id: answer.headers.get('x-request-id') ?? '' })
  expect(seen).toMatchObject({
    action: 'getAuditLog',
    user_id: gateway.sessions.admin.userId,
    resource_id: row?.id,
    workspace_id: gateway.teamWorkspaceId,
  })
})

test('404 for an unknown entry, and for one of a workspace where one is no Admin', async () => {
  expectError(await send('GET', `/api/v1/audit-logs/${NO_UUID}`), 404, '^Audit log entry not found$')
  const { data: key } = await newKey()
  const [row] = await auditRows({ resource_id: key.hash })
  const { cookie } = gateway.sessions.admin
  expectError(await send('GET', `/api/v1/audit-logs/${row?.id}`, { cookie }), 404, '^Audit log entry not found$')
  const key2 = gateway.other.managementKey
  expectError(await send('GET', `/api/v1/audit-logs/${row?.id}`, { key: key2 }), 404, '^Audit log entry not found$')
})
