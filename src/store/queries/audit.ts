import { type Selectable, sql } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import { type HashedAuditRow, hashAuditRow } from '../audit-chain.ts'
import { type Db, type Tx, toIso } from '../schema.ts'
import type { AuditLogTable } from '../tables/audit.ts'
import type { AuditPlace } from './changes.ts'

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

/** Appends to the organization's log, as part of the transaction that it tells of. `place` is where the log stands, for who
 *  has its head row and appended nothing since. */
export async function appendAudit(tx: Tx, key: Buffer, record: AuditRecord, place?: AuditPlace): Promise<void> {
  const { hash: previousHash, sequence: previous } = place ?? (await takePlace(tx, record.organizationId))
  const sequence = previous + 1n
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
    previous_hash: previousHash,
  }
  const hash = hashAuditRow(key, row)
  await tx
    .with('logged', (db) => db.insertInto('audit_log').values({ ...row, sequence, actor_kind: record.actorKind, hash }))
    .updateTable('organization_head')
    .set({ audit_sequence: sql`${sequence}`, audit_hash: hash })
    .where('organization_id', '=', record.organizationId)
    .execute()
}

async function takePlace(tx: Tx, organizationId: string): Promise<AuditPlace> {
  return await tx
    .selectFrom('organization_head')
    .select(['audit_sequence as sequence', 'audit_hash as hash'])
    .where('organization_id', '=', organizationId)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value)
}

export type AuditRow = Selectable<AuditLogTable>

/** Which rows are meant; what is left out isn't asked for. */
export interface AuditFilter {
  actorKind?: AuditRow['actor_kind'] | undefined
  actorId?: string | undefined
  userId?: string | undefined
  action?: string | undefined
  resourceType?: string | undefined
  resourceId?: string | undefined
  requestId?: string | undefined
  ip?: string | undefined
  /** One workspace, some of them, or all and what belongs to none. */
  workspaceIds: 'all' | readonly string[]
  /** ISO 8601, the first instant that counts and the first that doesn't any more. */
  from?: string | undefined
  to?: string | undefined
}

const NO_ID = '00000000-0000-0000-0000-000000000000'

/** Rows beyond `beyond` (a sequence), in the order asked for. */
export async function listAuditRows(
  db: Db,
  organizationId: string,
  filter: AuditFilter,
  page: { order: 'asc' | 'desc'; beyond: bigint | null; limit: number },
): Promise<AuditRow[]> {
  const { order, beyond, limit } = page
  const equals = {
    actor_kind: filter.actorKind,
    actor_id: filter.actorId,
    user_id: filter.userId,
    action: filter.action,
    resource_type: filter.resourceType,
    resource_id: filter.resourceId,
    request_id: filter.requestId,
    ip: filter.ip,
  }
  let query = db.selectFrom('audit_log').selectAll().where('organization_id', '=', organizationId)
  for (const [column, value] of Object.entries(equals)) {
    if (value !== undefined) query = query.where(column as 'action', '=', value)
  }
  if (filter.workspaceIds !== 'all') {
    query = query.where('workspace_id', 'in', filter.workspaceIds.length > 0 ? [...filter.workspaceIds] : [NO_ID])
  }
  if (filter.from !== undefined) query = query.where('created_at', '>=', filter.from as never)
  if (filter.to !== undefined) query = query.where('created_at', '<', filter.to as never)
  if (beyond !== null) query = query.where('sequence', order === 'desc' ? '<' : '>', beyond)
  return await query.orderBy('sequence', order).limit(limit).execute()
}

/** Throws `not_found`, also for a row of another organization. */
export async function getAuditRow(db: Db, organizationId: string, id: string): Promise<AuditRow> {
  const row = await db
    .selectFrom('audit_log')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Audit log entry not found', { id })
  return row
}
