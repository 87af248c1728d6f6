import { type RawBuilder, sql } from 'kysely'
import type { AlertSubject } from '../domain/alerts/alert-hit.ts'
import type { LimitUse, PoolUse } from '../domain/alerts/spend-alerts.ts'
import { INTERVALS, type Interval, toDate, windowStart } from '../domain/windows.ts'
import { loadPoolCredits } from './queries/pools.ts'
import type { Db } from './schema.ts'

const DAY_MS = 86_400_000

interface BudgetUseRow {
  kind: 'workspace' | 'project' | 'member'
  id: string
  name: string
  organization_id: string
  workspace_id: string
  workspace_name: string
  user_id: string | null
  limit_nano: bigint
  interval: Interval
  window_start: string
  spent: bigint
}

/** What workspaces, projects and members have spent of their budgets, in the windows that contain `now`; of those that have
 *  spent at least so many percent. */
export async function loadBudgetUse(
  db: Db,
  { now, percentMin }: { now: number; percentMin: number },
): Promise<LimitUse[]> {
  const { rows } = await sql<BudgetUseRow>`
    SELECT budget.kind, budget.id, coalesce(budget.name, workspace.name) AS name, workspace.organization_id,
      workspace.id AS workspace_id, workspace.name AS workspace_name, user_id, limit_nano, running.interval, window_start, spent
    FROM (
        SELECT 'workspace' AS kind, workspace_id::text AS id, NULL AS name, workspace_id, NULL AS user_id, interval, limit_nano
        FROM workspace_budget
        UNION ALL
        SELECT 'project', project_id::text, slug, project.workspace_id, NULL, interval, limit_nano
        FROM project_budget JOIN project ON project.id = project_id
        WHERE project.deleted_at IS NULL
        UNION ALL
        SELECT 'member', workspace_id || '/' || user_id, email, workspace_id, user_id, coalesce(limit_reset, 'lifetime'),
          spending_limit_nano
        FROM workspace_member JOIN user_account ON user_account.id = user_id
        WHERE spending_limit_nano IS NOT NULL
      ) AS budget
      JOIN workspace ON workspace.id = budget.workspace_id
      JOIN ${runningWindows(now)} AS running (interval, window_start) ON running.interval = budget.interval
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(settled_nano), 0)::bigint AS spent
        FROM counter
        WHERE scope_kind = budget.kind AND scope_id = budget.id AND counter.interval = running.interval
          AND counter.window_start = running.window_start AND (kind = 'credit' OR workspace.include_byok_in_budgets)
      ) AS used
    WHERE workspace.deleted_at IS NULL AND limit_nano > 0
      AND spent::numeric * 100 >= limit_nano::numeric * ${percentMin}::integer`.execute(db)
  return rows.map((row) => ({
    ...subjectOf(row),
    what: `${row.interval} ${row.kind === 'member' ? 'spending limit' : 'budget'}`,
    interval: row.interval,
    windowStart: row.window_start,
    spent: row.spent,
    limit: row.limit_nano,
  }))
}

function subjectOf(row: BudgetUseRow): { subject: AlertSubject; who: string } {
  const { id, kind, name, organization_id: organizationId, user_id: userId, workspace_id: workspaceId } = row
  const inside = kind === 'workspace' ? '' : ` in workspace "${row.workspace_name}"`
  const who = `${{ workspace: 'Workspace', project: 'Project', member: 'Member' }[kind]} "${name}"${inside}`
  return { subject: { kind, id, name, organizationId, workspaceId, userId }, who }
}

/** What keys have spent of their limits, of those that have spent at least so many percent of them: of all keys, or only of those
 *  that were used today or yesterday, which are far fewer. */
export async function loadKeyLimitUse(
  db: Db,
  wanted: { now: number; percentMin: number; isThorough: boolean; organizationIds: readonly string[] },
): Promise<LimitUse[]> {
  const { isThorough, now, organizationIds, percentMin } = wanted
  const used = sql`key.id::text IN (SELECT scope_id FROM counter
    WHERE scope_kind = 'key' AND interval = 'daily' AND window_start >= ${toDate(now - DAY_MS)}::date)`
  const { rows } = await sql<KeyLimitRow>`
    SELECT key.id, name, organization_id, workspace_id, creator_user_id, limit_nano, running.interval, window_start, spent
    FROM api_key AS key
      JOIN ${runningWindows(now)} AS running (interval, window_start)
        ON running.interval = coalesce(key.limit_reset, 'lifetime')
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(settled_nano), 0)::bigint AS spent
        FROM counter
        WHERE scope_kind = 'key' AND scope_id = key.id::text AND counter.interval = running.interval
          AND counter.window_start = running.window_start AND (kind = 'credit' OR key.include_byok_in_limit)
      ) AS used
    WHERE key.deleted_at IS NULL AND NOT key.disabled AND key.limit_nano > 0
      AND key.organization_id = ANY (${organizationIds}) AND ${isThorough ? sql`true` : used}
      AND spent::numeric * 100 >= key.limit_nano::numeric * ${percentMin}::integer`.execute(db)
  return rows.map((row) => ({
    subject: keySubject(row),
    who: `Key "${row.name}"`,
    what: row.interval === 'lifetime' ? 'limit' : `${row.interval} limit`,
    interval: row.interval,
    windowStart: row.window_start,
    spent: row.spent,
    limit: row.limit_nano,
  }))
}

/** The windows that contain `now`, each with its interval and its first day. */
export function runningWindows(now: number): RawBuilder<unknown> {
  return sql`(VALUES ${sql.join(INTERVALS.map((interval) => sql`(${interval}, ${windowStart(interval, now)}::date)`))})`
}

/** What is told of a key. */
export interface KeyColumns {
  id: bigint
  name: string
  organization_id: string
  workspace_id: string | null
  creator_user_id: string | null
}

interface KeyLimitRow extends KeyColumns {
  limit_nano: bigint
  interval: Interval
  window_start: string
  spent: bigint
}

export function keySubject(row: KeyColumns): AlertSubject {
  return {
    kind: 'key',
    id: String(row.id),
    name: row.name,
    organizationId: row.organization_id,
    workspaceId: row.workspace_id,
    userId: row.creator_user_id,
  }
}

interface PoolOwnerRow {
  side: string
  kind: 'workspace' | 'organization'
  id: string
  name: string
  organization_id: string
  spent: bigint
}

/** What the pools hold: those of workspaces that have one and, where credits are paid in advance, those of organizations. */
export async function loadPoolUse(db: Db, { isPrepaid }: { isPrepaid: boolean }): Promise<PoolUse[]> {
  const credits = await loadPoolCredits(db, { isPrepaid })
  const { rows } = await sql<PoolOwnerRow>`
    SELECT side, owner.kind, owner.id, owner.name, organization_id, coalesce(settled_nano, 0)::bigint AS spent
    FROM unnest(${[...credits.keys()]}::text[]) AS side
      CROSS JOIN LATERAL (
        SELECT 'workspace' AS kind, id::text AS id, name, organization_id
        FROM workspace WHERE side LIKE 'workspace:%' AND id::text = split_part(side, ':', 2)
        UNION ALL
        SELECT 'organization', id, name, id FROM organization WHERE side = 'organization:' || id
      ) AS owner
      LEFT JOIN counter ON scope_kind = 'pool' AND scope_id = side AND counter.kind = 'credit' AND interval = 'lifetime'`.execute(
    db,
  )
  return rows.map(({ id, kind, name, organization_id: organizationId, side, spent }) => ({
    subject: { kind, id, name, organizationId, workspaceId: kind === 'workspace' ? id : null, userId: null },
    who: kind === 'workspace' ? `The pool of workspace "${name}"` : `The balance of "${name}"`,
    credits: credits.get(side) ?? 0n,
    spent,
  }))
}
