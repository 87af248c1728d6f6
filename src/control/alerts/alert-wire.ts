import type { AlertChannelWire } from '../../contract/management/alert-channels.ts'
import type { AlertRuleWire, AlertWire } from '../../contract/management/alerts.ts'
import type { AlertChannelRow } from '../../store/queries/alert-channels.ts'
import type { AlertRuleRow } from '../../store/queries/alert-rules.ts'
import type { AlertRow } from '../../store/queries/alerts.ts'
import { findKeyNames } from '../../store/queries/names.ts'
import { type Db, toIso } from '../../store/schema.ts'

export function alertChannelToWire(row: AlertChannelRow): AlertChannelWire {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    user_id: row.user_id,
    name: row.name,
    target: { type: row.type, destination: row.destination },
    enabled: row.enabled,
    disabled_reason: row.disabled_reason,
    failures: row.failures,
    last_error: row.last_error,
    last_delivered_at: isoOrNull(row.last_delivered_at),
    created_at: toIso(row.created_at),
    created_by: row.created_by,
    updated_at: toIso(row.updated_at),
  }
}

export function alertRuleToWire(row: AlertRuleRow): AlertRuleWire {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    user_id: row.user_id,
    name: row.name,
    enabled: row.enabled,
    condition: row.condition,
    recipients: row.recipients,
    channel_ids: row.channel_ids,
    created_at: toIso(row.created_at),
    created_by: row.created_by,
    updated_at: toIso(row.updated_at),
  }
}

/** Alerts of one organization. Keys are shown by their hash of today. */
export async function loadAlertWires(db: Db, organizationId: string, rows: readonly AlertRow[]): Promise<AlertWire[]> {
  const keyIds = rows.flatMap((row) => (row.subject_kind === 'key' ? [BigInt(row.subject_id)] : []))
  const keys = await findKeyNames(db, organizationId, [...new Set(keyIds)])
  const idOf = ({ subject_id: id, subject_kind: kind }: AlertRow) => {
    if (kind === 'key') return keys.get(BigInt(id))?.hash ?? ''
    // Of the member in the workspace.
    return kind === 'member' ? id.slice(id.indexOf('/') + 1) : id
  }
  return rows.map((row) => ({
    id: row.id,
    rule_id: row.rule_id,
    kind: row.kind,
    workspace_id: row.workspace_id,
    user_id: row.user_id,
    subject: { kind: row.subject_kind, id: idOf(row), name: row.subject_name },
    message: row.message,
    details: row.details,
    created_at: toIso(row.created_at),
    resolved_at: isoOrNull(row.resolved_at),
    acknowledged_at: isoOrNull(row.acknowledged_at),
    acknowledged_by: row.acknowledged_by,
  }))
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : toIso(at)
}
