import type { AuditLogWire } from '../../contract/management/audit.ts'
import { toCsvLine } from '../../domain/csv.ts'
import type { AuditRow } from '../../store/queries/audit.ts'
import { toIso } from '../../store/schema.ts'

export function auditRowToWire(row: AuditRow): AuditLogWire {
  return {
    id: row.id,
    sequence: Number(row.sequence),
    created_at: toIso(row.created_at),
    actor_kind: row.actor_kind,
    actor_id: row.actor_id,
    user_id: row.user_id,
    surface: row.surface,
    ip: row.ip,
    user_agent: row.user_agent,
    request_id: row.request_id,
    action: row.action,
    resource_type: row.resource_type,
    resource_id: row.resource_id,
    workspace_id: row.workspace_id,
    before: row.before,
    after: row.after,
    previous_hash: row.previous_hash,
    hash: row.hash,
  }
}

/** The rows as JSON Lines, or as CSV with a line of column names. */
export function toExportText(rows: readonly AuditLogWire[], format: 'jsonl' | 'csv'): string {
  if (format === 'jsonl') return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  return [toCsvLine(COLUMNS), ...rows.map((row) => toCsvLine(COLUMNS.map((column) => toCell(row[column]))))].join('')
}

const COLUMNS = [
  'id',
  'sequence',
  'created_at',
  'actor_kind',
  'actor_id',
  'user_id',
  'surface',
  'ip',
  'user_agent',
  'request_id',
  'action',
  'resource_type',
  'resource_id',
  'workspace_id',
  'before',
  'after',
  'previous_hash',
  'hash',
] as const satisfies readonly (keyof AuditLogWire)[]

function toCell(value: unknown): string | number | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)
}
