import { sql } from 'kysely'
import type { AlertSubject } from '../domain/alerts/alert-hit.ts'
import type { LimitUse } from '../domain/alerts/spend-alerts.ts'
import type { Interval } from '../domain/windows.ts'
import { keySubject, runningWindows } from './load-limit-use.ts'
import type { Db } from './schema.ts'

interface GuardrailUseRow {
  guardrail_id: string
  guardrail_name: string
  organization_id: string
  workspace_id: string
  workspace_name: string
  limit_nano: bigint
  interval: Interval
  window_start: string
  spent: bigint
  key_id: bigint | null
  key_name: string | null
  creator_user_id: string | null
  user_id: string | null
  email: string | null
}

/**
 * What has been spent of the budgets of guardrails, by each key and member that one is assigned to, and by the workspace where it
 * is the default; of those that have spent at least so many percent. They count where requests count them
 * (`gateway/lease/chains.ts`).
 */
export async function loadGuardrailUse(
  db: Db,
  { now, percentMin }: { now: number; percentMin: number },
): Promise<LimitUse[]> {
  const { rows } = await sql<GuardrailUseRow>`
    SELECT guardrail.id AS guardrail_id, guardrail.name AS guardrail_name, guardrail.organization_id, guardrail.workspace_id,
      workspace.name AS workspace_name, guardrail.limit_nano, running.interval, running.window_start, spent,
      key.id AS key_id, key.name AS key_name, key.creator_user_id, scope.user_id, email
    FROM guardrail
      JOIN workspace ON workspace.id = guardrail.workspace_id
      JOIN ${runningWindows(now)} AS running (interval, window_start)
        ON running.interval = coalesce(guardrail.reset_interval, 'lifetime')
      CROSS JOIN LATERAL (
        SELECT 'workspace' AS kind, guardrail.workspace_id::text AS id, NULL::bigint AS key_id, NULL::text AS user_id
        WHERE guardrail.is_default
        UNION ALL
        SELECT 'key', key_id::text, key_id, NULL FROM guardrail_key_assignment WHERE guardrail_id = guardrail.id
        UNION ALL
        SELECT CASE WHEN is_organization_wide THEN 'organization_member' ELSE 'member' END,
          CASE WHEN is_organization_wide THEN organization_id ELSE workspace_id::text END || '/' || user_id, NULL, user_id
        FROM guardrail_member_assignment WHERE guardrail_id = guardrail.id
      ) AS scope
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(settled_nano), 0)::bigint AS spent
        FROM counter
        WHERE scope_kind = scope.kind AND scope_id = scope.id AND counter.interval = running.interval
          AND counter.window_start = running.window_start AND (kind = 'credit' OR guardrail.include_byok_in_budgets)
      ) AS used
      LEFT JOIN api_key AS key ON key.id = scope.key_id
      LEFT JOIN user_account ON user_account.id = scope.user_id
    WHERE guardrail.limit_nano > 0 AND workspace.deleted_at IS NULL AND key.deleted_at IS NULL
      AND spent::numeric * 100 >= guardrail.limit_nano::numeric * ${percentMin}::integer`.execute(db)
  return rows.map((row) => ({
    ...subjectOf(row),
    what: `${row.interval} limit by guardrail "${row.guardrail_name}"`,
    interval: row.interval,
    windowStart: row.window_start,
    spent: row.spent,
    limit: row.limit_nano,
    limitedBy: row.guardrail_id,
  }))
}

function subjectOf(row: GuardrailUseRow): { subject: AlertSubject; who: string } {
  const { key_id: id, organization_id, user_id: userId, workspace_id: workspaceId, workspace_name: workspace } = row
  if (id !== null) {
    const subject = keySubject({ ...row, id, name: row.key_name ?? '' })
    return { subject, who: `Key "${subject.name}"` }
  }
  const common = { organizationId: organization_id, workspaceId, userId }
  if (userId === null)
    return {
      subject: { kind: 'workspace', id: workspaceId, name: workspace, ...common },
      who: `Workspace "${workspace}"`,
    }
  const name = row.email ?? userId
  return { subject: { kind: 'member', id: `${workspaceId}/${userId}`, name, ...common }, who: `Member "${name}"` }
}
