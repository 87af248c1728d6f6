import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { newUuid } from '../../platform/ids.ts'
import { type Tx, toIso } from '../schema.ts'
import type { AuditLogTable } from '../tables/audit.ts'

/** What is told of one management action; `before` and `after` without secrets. */
export interface AuditRecord {
  organizationId: string
  /** Epoch milliseconds. */
  now: number
  actorKind: AuditLogTable['actor_kind']['__select__']
  actorId: string | null
  userId: string | null
  surface: string
  ip: string | null
  userAgent: string | null
  requestId: string | null
  action: string
  resourceType: string
  resourceId: string
  workspaceId: string | null
  before: unknown
  after: unknown
}

/** The columns that a row's hash covers, in the order they are hashed in, as their text in the database. */
export interface HashedAuditRow {
  organization_id: string
  sequence: string
  id: string
  created_at: string
  actor_kind: string
  actor_id: string | null
  user_id: string | null
  surface: string
  ip: string | null
  user_agent: string | null
  request_id: string | null
  action: string
  resource_type: string
  resource_id: string
  workspace_id: string | null
  before: string | null
  after: string | null
  previous_hash: string
}

/** HMAC-SHA256 over the row and the hash of the row before it, 64 hex digits: nothing can be changed, taken out or put in
 *  without the key. */
function hashAuditRow(key: Buffer, row: HashedAuditRow): string {
  const fields = [
    row.organization_id,
    row.sequence,
    row.id,
    row.created_at,
    row.actor_kind,
    row.actor_id,
    row.user_id,
    row.surface,
    row.ip,
    row.user_agent,
    row.request_id,
    row.action,
    row.resource_type,
    row.resource_id,
    row.workspace_id,
    row.before,
    row.after,
    row.previous_hash,
  ]
  return createHmac('sha256', key).update(JSON.stringify(fields)).digest('hex')
}

/** Appends to the organization's log, as part of the transaction that it tells of. */
export async function appendAudit(tx: Tx, key: Buffer, record: AuditRecord): Promise<void> {
  const head = await tx
    .selectFrom('organization_head')
    .select(['audit_sequence', 'audit_hash'])
    .where('organization_id', '=', record.organizationId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const sequence = head.audit_sequence + 1n
  const row: HashedAuditRow = {
    organization_id: record.organizationId,
    sequence: String(sequence),
    id: newUuid(),
    created_at: toIso(record.now),
    actor_kind: record.actorKind,
    actor_id: record.actorId,
    user_id: record.userId,
    surface: record.surface,
    ip: record.ip,
    user_agent: record.userAgent,
    request_id: record.requestId,
    action: record.action,
    resource_type: record.resourceType,
    resource_id: record.resourceId,
    workspace_id: record.workspaceId,
    before: toJson(record.before),
    after: toJson(record.after),
    previous_hash: head.audit_hash,
  }
  const hash = hashAuditRow(key, row)
  await tx
    .insertInto('audit_log')
    .values({ ...row, sequence, actor_kind: record.actorKind, hash })
    .execute()
  await tx
    .updateTable('organization_head')
    .set({ audit_sequence: sql`${sequence}`, audit_hash: hash })
    .where('organization_id', '=', record.organizationId)
    .execute()
}

function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value)
}
