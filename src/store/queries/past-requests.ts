import { type SqlBool, sql } from 'kysely'
import type { PastRequest } from '../../domain/simulation.ts'
import { type Db, toIso } from '../schema.ts'
import { type Visibility, visibleRows } from './visibility.ts'

/** Where a walk through generations is: they are sorted by time, ties by id. */
export interface PastPosition {
  /** Epoch milliseconds. */
  at: number
  id: string
}

export interface PastFilter {
  organizationId: string
  visible: Visibility
  workspaceId?: string
  keyId?: bigint
  userId?: string | undefined
  /** Epoch milliseconds; the end is not part of it. */
  to: number
  after: PastPosition
  limit: number
}

export interface PastRow extends PastPosition {
  request: PastRequest
}

/** Generations in the order in which they began, those behind `after`. */
export async function listPastRequests(db: Db, filter: PastFilter): Promise<PastRow[]> {
  const { organizationId, visible, workspaceId, keyId, userId, to, after, limit } = filter
  const isVisible = visibleRows(visible)
  const from = toIso(after.at)
  let query = db
    .selectFrom('generation')
    .select(['id', 'created_at', 'workspace_id', 'key_id', 'user_id', 'project_id', 'model', 'endpoint_id'])
    .select(['cost_nano', 'byok_nano', 'counted_on', 'tokens_prompt', 'tokens_completion', 'tokens_reasoning'])
    .select(['tokens_cached', 'tokens_cache_write', 'tokens_audio', 'images', 'search_units'])
    .where('organization_id', '=', organizationId)
    .where(sql<SqlBool>`(created_at, id) > (${from}::timestamptz, ${after.id})`)
    .where('created_at', '>=', from as never)
    .where('created_at', '<', toIso(to) as never)
  if (isVisible !== undefined) query = query.where(isVisible)
  if (workspaceId !== undefined) query = query.where('workspace_id', '=', workspaceId)
  if (keyId !== undefined) query = query.where('key_id', '=', keyId)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  const rows = await query.orderBy('created_at').orderBy('id').limit(limit).execute()
  return rows.map((row) => ({
    id: row.id,
    at: row.created_at,
    request: {
      at: row.created_at,
      countedOn: row.counted_on ?? toIso(row.created_at).slice(0, 10),
      workspaceId: row.workspace_id,
      keyId: row.key_id,
      userId: row.user_id,
      projectId: row.project_id,
      model: row.model,
      endpointId: row.endpoint_id,
      cost: row.cost_nano,
      byokCost: row.byok_nano,
      usage: usageOfRow(row),
    },
  }))
}

interface CountedTokens {
  tokens_prompt: number
  tokens_completion: number
  tokens_reasoning: number
  tokens_cached: number
  tokens_cache_write: number | null
  tokens_audio: number | null
  images: number | null
  search_units: number | null
}

/** What a generation used. Counts that earlier versions didn't keep are 0. */
export function usageOfRow(row: CountedTokens): PastRequest['usage'] {
  return {
    promptTokens: row.tokens_prompt,
    completionTokens: row.tokens_completion,
    cachedTokens: row.tokens_cached,
    reasoningTokens: row.tokens_reasoning,
    cacheWriteTokens: row.tokens_cache_write ?? 0,
    audioTokens: row.tokens_audio ?? 0,
    images: row.images ?? 0,
    ...(row.search_units !== null && { searchUnits: row.search_units }),
  }
}
