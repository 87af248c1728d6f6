import { sql } from 'kysely'
import type { Db } from '../schema.ts'
import { type Visibility, visibleRows } from './visibility.ts'

export interface ActivityFilter {
  organizationId: string
  /** First and last UTC date, both included, `YYYY-MM-DD`. */
  from: string
  to: string
  keyId?: bigint
  userId?: string
  workspaceId?: string
  byWorkspace: boolean
  visible: Visibility
}

export interface ActivityRow {
  date: string
  model: string
  endpoint_id: string
  provider_name: string
  workspace_id?: string
  usage_nano: bigint
  byok_usage_nano: bigint
  requests: bigint
  prompt_tokens: bigint
  completion_tokens: bigint
  reasoning_tokens: bigint
}

/** Sums by date, (on demand) workspace, model and endpoint, newest date first. */
export async function listActivityRows(db: Db, filter: ActivityFilter): Promise<ActivityRow[]> {
  if (isOfWholeOrganization(filter)) return await listTotalRows(db, filter)
  if (filter.byWorkspace && isOfWholeWorkspaces(filter)) return await listWorkspaceRows(db, filter)
  let query = db
    .selectFrom(isOfWholeWorkspaces(filter) ? 'activity_by_workspace' : 'activity')
    .where('organization_id', '=', filter.organizationId)
    .where('date', '>=', filter.from)
    .where('date', '<=', filter.to)
    .select(['date', 'model', 'endpoint_id', 'provider_name'])
    .select(({ cast, fn }) => [
      cast<bigint>(fn.sum('usage_nano'), 'bigint').as('usage_nano'),
      cast<bigint>(fn.sum('byok_usage_nano'), 'bigint').as('byok_usage_nano'),
      cast<bigint>(fn.sum('requests'), 'bigint').as('requests'),
      cast<bigint>(fn.sum('prompt_tokens'), 'bigint').as('prompt_tokens'),
      cast<bigint>(fn.sum('completion_tokens'), 'bigint').as('completion_tokens'),
      cast<bigint>(fn.sum('reasoning_tokens'), 'bigint').as('reasoning_tokens'),
    ])
    .groupBy(['date', 'model', 'endpoint_id', 'provider_name'])
    .orderBy('date', 'desc')
  const visible = visibleRows(filter.visible)
  if (visible) query = query.where(visible)
  if (filter.keyId !== undefined) query = query.where(sql.ref('key_id'), '=', filter.keyId)
  if (filter.userId !== undefined) query = query.where(sql.ref('user_id'), '=', filter.userId)
  if (filter.workspaceId !== undefined) query = query.where('workspace_id', '=', filter.workspaceId)
  if (filter.byWorkspace) query = query.select('workspace_id').groupBy('workspace_id').orderBy('workspace_id')
  return await query.orderBy('model').orderBy('endpoint_id').execute()
}

function isOfWholeOrganization(filter: ActivityFilter): boolean {
  const isOfAll = filter.visible.workspaceIds === 'all' && filter.workspaceId === undefined && !filter.byWorkspace
  return isOfAll && isOfWholeWorkspaces(filter)
}

function isOfWholeWorkspaces({ visible, keyId, userId }: ActivityFilter): boolean {
  return visible.ownOnlyIn.length === 0 && keyId === undefined && userId === undefined
}

const SUMS = [
  ...(['usage_nano', 'byok_usage_nano', 'requests'] as const),
  ...(['prompt_tokens', 'completion_tokens', 'reasoning_tokens'] as const),
]

/** From the organization's own sums, which are already by date, model and endpoint. */
async function listTotalRows(db: Db, filter: ActivityFilter): Promise<ActivityRow[]> {
  return await db
    .selectFrom('activity_total')
    .where('organization_id', '=', filter.organizationId)
    .where('date', '>=', filter.from)
    .where('date', '<=', filter.to)
    .select(['date', 'model', 'endpoint_id', 'provider_name', ...SUMS])
    .orderBy('date', 'desc')
    .orderBy('model')
    .orderBy('endpoint_id')
    .execute()
}

/** From the sums of workspaces, which are by workspace as well. */
async function listWorkspaceRows(db: Db, filter: ActivityFilter): Promise<ActivityRow[]> {
  let query = db
    .selectFrom('activity_by_workspace')
    .where('organization_id', '=', filter.organizationId)
    .where('date', '>=', filter.from)
    .where('date', '<=', filter.to)
    .select(['date', 'workspace_id', 'model', 'endpoint_id', 'provider_name', ...SUMS])
  const visible = visibleRows(filter.visible)
  if (visible) query = query.where(visible)
  if (filter.workspaceId !== undefined) query = query.where('workspace_id', '=', filter.workspaceId)
  // Workspaces come before models: they are cheap to compare.
  return await query.orderBy('date', 'desc').orderBy('workspace_id').orderBy('model').orderBy('endpoint_id').execute()
}
