import { type RawBuilder, sql } from 'kysely'
import type { AlertSubject } from '../domain/alerts/alert-hit.ts'
import type { LimitUse, PoolUse } from '../domain/alerts/spend-alerts.ts'
import type { ScopeKind, ScopeSpend } from '../domain/spend-scopes.ts'
import { INTERVALS, type Interval, toDate, windowStart } from '../domain/windows.ts'
import type { Budget, WorkspaceLimits } from '../gateway/snapshot/spend-limits.ts'
import { loadWorkspaceLimits } from './load-limits.ts'
import { loadSpend } from './queries/counters.ts'
import { loadPoolCredits } from './queries/pools.ts'
import type { Db } from './schema.ts'

const DAY_MS = 86_400_000

/** What workspaces, projects and members have spent of their budgets, in the windows that contain `now`. */
export async function loadBudgetUse(db: Db, now: number): Promise<LimitUse[]> {
  const all = await loadWorkspaceLimits(db)
  const spend = await loadSpendByScope(db, now)
  const workspaces = await loadNames(db, 'workspace')
  const members = await loadNames(
    db,
    'user_account',
    all.flatMap((limits) => [...limits.members.keys()]),
  )
  return all.flatMap((limits) => {
    const { includesByok, projects, workspaceId } = limits
    const subjectOf = subjectsIn(limits)
    const use = (scope: { kind: 'workspace' | 'project' | 'member'; id: string }, budgets: readonly Budget[]) => {
      const { subject, who } = subjectOf(scope, { workspaces, members })
      const spent = spend.get(`${scope.kind} ${scope.id}`)
      return budgets.map(({ interval, limit }) => ({
        subject,
        who,
        what: `${interval} ${scope.kind === 'member' ? 'spending limit' : 'budget'}`,
        interval,
        windowStart: windowStart(interval, now),
        spent: (spent?.credit[interval] ?? 0n) + (includesByok ? (spent?.byok[interval] ?? 0n) : 0n),
        limit,
      }))
    }
    return [
      ...use({ kind: 'workspace', id: workspaceId }, limits.budgets),
      ...projects.flatMap(({ budgets, id }) => use({ kind: 'project', id }, budgets)),
      ...[...limits.members].flatMap(([userId, budget]) =>
        use({ kind: 'member', id: `${workspaceId}/${userId}` }, [budget]),
      ),
    ]
  })
}

/** What keys have spent of their limits, of those that have spent at least so many percent of them: of all keys, or only of those
 *  that were used today or yesterday, which are far fewer. */
export async function loadKeyLimitUse(
  db: Db,
  wanted: { now: number; percentMin: number; isThorough: boolean; organizationIds: readonly string[] },
): Promise<LimitUse[]> {
  const { isThorough, now, organizationIds, percentMin } = wanted
  const used = sql`key.id = ANY (ARRAY(SELECT scope_id::bigint FROM counter
    WHERE scope_kind = 'key' AND interval = 'daily' AND window_start >= ${toDate(now - DAY_MS)}::date))`
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

/** What the pools hold: those of workspaces that have one and, where credits are paid in advance, those of organizations. */
export async function loadPoolUse(db: Db, { isPrepaid, now }: { isPrepaid: boolean; now: number }): Promise<PoolUse[]> {
  const credits = await loadPoolCredits(db, { isPrepaid })
  const spend = await loadSpendByScope(db, now)
  const workspaces = await loadNames(db, 'workspace')
  const organizations = await loadNames(db, 'organization')
  return [...credits].flatMap(([side, amount]) => {
    const [kind, id = ''] = side.split(':')
    const spent = spend.get(`pool ${side}`)?.credit.lifetime ?? 0n
    const owner = (kind === 'workspace' ? workspaces : organizations).get(id)
    if (owner === undefined) return []
    const { name, organizationId } = owner
    const isOfWorkspace = kind === 'workspace'
    const subject: AlertSubject = {
      kind: isOfWorkspace ? 'workspace' : 'organization',
      id,
      name,
      organizationId,
      workspaceId: isOfWorkspace ? id : null,
      userId: null,
    }
    const who = isOfWorkspace ? `The pool of workspace "${name}"` : `The balance of "${name}"`
    return [{ subject, who, credits: amount, spent }]
  })
}

type Names = ReadonlyMap<string, { name: string; organizationId: string }>

function subjectsIn({ organizationId, projects, workspaceId }: WorkspaceLimits) {
  return (
    scope: { kind: 'workspace' | 'project' | 'member'; id: string },
    { members, workspaces }: { workspaces: Names; members: Names },
  ): { subject: AlertSubject; who: string } => {
    const userId = scope.kind === 'member' ? scope.id.slice(workspaceId.length + 1) : null
    const workspace = workspaces.get(workspaceId)?.name ?? workspaceId
    const project = projects.find(({ id }) => id === scope.id)?.slug
    const name = userId === null ? (project ?? workspace) : (members.get(userId)?.name ?? userId)
    const inside = scope.kind === 'workspace' ? '' : ` in workspace "${workspace}"`
    const who = `${{ workspace: 'Workspace', project: 'Project', member: 'Member' }[scope.kind]} "${name}"${inside}`
    return { subject: { ...scope, name, organizationId, workspaceId, userId }, who }
  }
}

async function loadSpendByScope(db: Db, now: number): Promise<Map<`${ScopeKind} ${string}`, ScopeSpend>> {
  const scopes = await loadSpend(db, { now })
  return new Map(scopes.map(({ scopeId, scopeKind, spend }) => [`${scopeKind} ${scopeId}`, spend]))
}

/** What things are called, all or some: people by their address. */
async function loadNames(
  db: Db,
  table: 'workspace' | 'organization' | 'user_account',
  ids?: readonly string[],
): Promise<Names> {
  const columns = {
    workspace: sql`id::text, name, organization_id`,
    organization: sql`id, name, id AS organization_id`,
    user_account: sql`id, email AS name, '' AS organization_id`,
  }[table]
  const { rows } = await sql<{ id: string; name: string; organization_id: string }>`
    SELECT ${columns} FROM ${sql.table(table)} WHERE ${ids === undefined ? sql`true` : sql`id::text = ANY (${ids})`}`.execute(
    db,
  )
  return new Map(rows.map(({ id, name, organization_id }) => [id, { name, organizationId: organization_id }]))
}
