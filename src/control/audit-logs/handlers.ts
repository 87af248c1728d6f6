import {
  AUDIT_EXPORT_ROWS_MAX,
  type AUDIT_OPERATIONS,
  AUDIT_PAGE_SIZE_DEFAULT,
} from '../../contract/management/audit.ts'
import type { HandlersFor, InputOf } from '../../contract/operation.ts'
import { type AuditFilter, type AuditRow, getAuditRow, listAuditRows } from '../../store/queries/audit.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { requireIn, requireInOrganization, visibleIn } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { auditRowToWire, toExportText } from './audit-wire.ts'

type Operations = typeof AUDIT_OPERATIONS
type Handlers = HandlersFor<Operations, ControlContext, MemoryContext>

const RESOURCE = 'audit_log'

const handleListAuditLogs: Handlers['listAuditLogs'] = async (input, context) => {
  const { rows, nextCursor } = await readPage(input, context, {
    permission: 'audit:read',
    order: 'desc',
    limit: input.limit ?? AUDIT_PAGE_SIZE_DEFAULT,
  })
  noteReading(input, context, { row_count: rows.length })
  return { data: rows.map(auditRowToWire), next_cursor: nextCursor }
}

const handleGetAuditLog: Handlers['getAuditLog'] = async (input, context) => {
  const row = await getAuditRow(context.tx, organizationOf(context), input.id)
  requireIn(context, 'audit:read', { workspaceId: row.workspace_id }, 'Audit log entry')
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id })
  return { data: auditRowToWire(row) }
}

const handleExportAuditLogs: Handlers['exportAuditLogs'] = async (input, context) => {
  const format = input.format ?? 'jsonl'
  const { rows, nextCursor } = await readPage(input, context, {
    permission: 'audit:export',
    order: 'asc',
    limit: input.limit ?? AUDIT_EXPORT_ROWS_MAX,
  })
  const isWhole = context.access.organization.has('audit:export')
  const { tx, now } = context
  const head = isWhole ? await context.auditChain.readHead(tx, organizationOf(context), now) : null
  noteReading(input, context, { row_count: rows.length })
  const data = { format, content: toExportText(rows.map(auditRowToWire), format), row_count: rows.length, head }
  return { data, next_cursor: nextCursor }
}

const handleVerifyAuditLogs: Handlers['verifyAuditLogs'] = async (_input, context) => {
  requireInOrganization(context, 'audit:verify')
  const { auditChain, tx, now } = context
  const organizationId = organizationOf(context)
  const verdict = await auditChain.verify(tx)
  const head = await auditChain.readHead(tx, organizationId, now)
  const result = {
    is_intact: verdict.fault === null,
    rows_checked: verdict.rowsChecked,
    heads_checked: verdict.headsChecked,
    fault: verdict.fault,
  }
  context.audit({ resource: RESOURCE, id: organizationId, workspaceId: null, after: result })
  return { data: { ...result, head } }
}

export const AUDIT_HANDLERS: Handlers = {
  listAuditLogs: handleListAuditLogs,
  getAuditLog: handleGetAuditLog,
  exportAuditLogs: handleExportAuditLogs,
  verifyAuditLogs: handleVerifyAuditLogs,
}

type FilterInput = Omit<InputOf<Operations['listAuditLogs']>, 'limit'>

/** A page of what the actor may see, and where the next one begins. */
async function readPage(
  input: FilterInput,
  context: ControlContext,
  page: { permission: 'audit:read' | 'audit:export'; order: 'asc' | 'desc'; limit: number },
): Promise<{ rows: AuditRow[]; nextCursor: string | null }> {
  const { order, limit, permission } = page
  const filter = { ...toFilter(input), workspaceIds: await visibleWorkspaces(input, context, permission) }
  const beyond = input.cursor === undefined ? null : BigInt(input.cursor)
  const found = await listAuditRows(context.tx, organizationOf(context), filter, { order, beyond, limit: limit + 1 })
  const rows = found.slice(0, limit)
  return { rows, nextCursor: found.length > limit ? String(rows.at(-1)?.sequence) : null }
}

async function visibleWorkspaces(
  { workspace_id }: FilterInput,
  context: ControlContext,
  permission: 'audit:read' | 'audit:export',
): Promise<'all' | readonly string[]> {
  if (workspace_id === undefined) return visibleIn(context.access, permission).workspaceIds
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), workspace_id)
  requireIn(context, permission, { workspaceId: workspace.id }, 'Workspace')
  return [workspace.id]
}

function toFilter(input: FilterInput): Omit<AuditFilter, 'workspaceIds'> {
  return {
    actorKind: input.actor_kind,
    actorId: input.actor_id,
    userId: input.user_id,
    action: input.action,
    resourceType: input.resource_type,
    resourceId: input.resource_id,
    requestId: input.request_id,
    ip: input.ip,
    from: input.from,
    to: input.to,
  }
}

/** Who looked at the log is in the log: what was asked for, and how much was seen. */
function noteReading(input: FilterInput, context: ControlContext, seen: { row_count: number }): void {
  const workspaceId = input.workspace_id ?? null
  context.audit({ resource: RESOURCE, id: organizationOf(context), workspaceId, after: { ...input, ...seen } })
}
