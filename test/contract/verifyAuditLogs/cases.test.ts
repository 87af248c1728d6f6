import { expect, test } from 'vitest'
import { AUDIT_OPERATIONS } from '../../../src/contract/management/audit.ts'
import { auditRows } from '../audit-trail.ts'
import { newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/audit-logs/verify'
const { verifyAuditLogs } = AUDIT_OPERATIONS

test('200 finds the log intact, against the head that was kept of it too, and notes the verification', async () => {
  const kept = (await call(verifyAuditLogs, {})).data.head
  await newKey()
  const answer = await send('POST', PATH, { body: { heads: [kept] } })
  const { data } = expectAnswer(answer, 200, verifyAuditLogs.output)
  expect(data).toMatchObject({ is_intact: true, fault: null, rows_checked: kept.sequence + 2 })
  expect(data.heads_checked).toBeGreaterThanOrEqual(1)
  expect(data.head).toMatchObject({ organization_id: gateway.organizationId, sequence: data.rows_checked })
  const [seen] = await auditRows({ request_id: answer.headers.get('x-request-id') ?? '' })
  expect(seen).toMatchObject({ action: 'verifyAuditLogs', after: { is_intact: true } })
})

test('200 does not take a head that was not signed here for one, and leaves those of others alone', async () => {
  const { head } = (await call(verifyAuditLogs, {})).data
  const forged = { ...head, sequence: head.sequence + 1_000 }
  expect((await call(verifyAuditLogs, { heads: [forged] })).data).toMatchObject({
    is_intact: false,
    fault: { reason: 'head_not_authentic', sequence: forged.sequence, id: null },
  })
  const foreign = { ...forged, organization_id: gateway.other.organizationId }
  expect((await call(verifyAuditLogs, { heads: [foreign] })).data.is_intact).toBe(true)
})

test('400 names what is wrong with a head', async () => {
  expectError(await send('POST', PATH, { body: { heads: [{ sequence: 1 }] } }), 400, '^heads\\.0\\.')
})

test('403 for an Admin of a workspace, who sees only a part of the log', async () => {
  expectError(await send('POST', PATH, { cookie: gateway.sessions.admin.cookie, body: {} }), 403, 'audit:verify')
})
