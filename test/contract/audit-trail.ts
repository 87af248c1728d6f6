import { AUDIT_OPERATIONS, type AuditLogWire } from '../../src/contract/management/audit.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { call } from './request.ts'

/** The rows of the audit log that fit, newest first. */
export async function auditRows(
  filter: RequestOf<typeof AUDIT_OPERATIONS.listAuditLogs>,
): Promise<readonly AuditLogWire[]> {
  return (await call(AUDIT_OPERATIONS.listAuditLogs, { limit: 200, ...filter })).data
}
