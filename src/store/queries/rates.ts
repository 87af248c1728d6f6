import { sql } from 'kysely'
import type { RatesByType, WorkspaceRates } from '../../domain/rate-limits.ts'
import type { Db } from '../schema.ts'

interface RateColumns {
  id: string
  rate_limits: RatesByType | null
  organization_rate_limits: RatesByType | null
  /** By user id. */
  member_rates: Record<string, number> | null
}

/** What living workspaces say about the rates of their keys, by id: of one, of an organization's or of all. Those that say
 *  nothing, and whose organization doesn't either, are left out. */
export async function loadRates(
  db: Db,
  which: { workspaceId?: string; organizationId?: string } = {},
): Promise<Map<string, WorkspaceRates>> {
  let query = db
    .selectFrom('workspace')
    .leftJoin('organization_policy', 'organization_policy.organization_id', 'workspace.organization_id')
    .select([
      'workspace.id',
      'workspace.rate_limits',
      'organization_policy.rate_limits as organization_rate_limits',
      sql<RateColumns['member_rates']>`(SELECT json_object_agg(m.user_id, m.key_rate_limit_rpm) FROM workspace_member m
        WHERE m.workspace_id = workspace.id AND m.key_rate_limit_rpm IS NOT NULL)`.as('member_rates'),
    ])
    .where('workspace.deleted_at', 'is', null)
  if (which.workspaceId !== undefined) query = query.where('workspace.id', '=', which.workspaceId)
  if (which.organizationId !== undefined) query = query.where('workspace.organization_id', '=', which.organizationId)
  const rows: RateColumns[] = await query.execute()
  return new Map(rows.flatMap((row) => (saysSomething(row) ? [[row.id, toRates(row)] as const] : [])))
}

function saysSomething(row: RateColumns): boolean {
  return row.rate_limits !== null || row.organization_rate_limits !== null || row.member_rates !== null
}

function toRates({ rate_limits, organization_rate_limits, member_rates }: RateColumns): WorkspaceRates {
  return {
    byType: { ...organization_rate_limits, ...rate_limits },
    byMember: new Map(Object.entries(member_rates ?? {})),
  }
}
