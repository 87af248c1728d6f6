import { type Selectable, sql } from 'kysely'
import { type Db, toIso } from '../schema.ts'
import type { SecurityEventTable } from '../tables/security-events.ts'
import { type Visibility, visibleRows } from './visibility.ts'

export type SecurityEventRow = Selectable<SecurityEventTable>

/** A row's place in the list, newest first; of a minute by key, kind and network. */
export type SecurityEventPlace = Pick<SecurityEventRow, 'minute' | 'key_id' | 'kind' | 'network'>

export interface SecurityEventFilter {
  organizationId: string
  visible: Visibility
  workspaceId?: string
  keyId?: bigint
  kind?: SecurityEventRow['kind'] | undefined
  /** Epoch milliseconds; `to` is not part of it. */
  from?: number | undefined
  to?: number | undefined
  after?: SecurityEventPlace | undefined
  limit: number
}

export async function listSecurityEventRows(db: Db, filter: SecurityEventFilter): Promise<SecurityEventRow[]> {
  const { after, from, keyId, kind, to, workspaceId } = filter
  let query = db.selectFrom('security_event').selectAll().where('organization_id', '=', filter.organizationId)
  const visible = visibleRows(filter.visible)
  if (visible) query = query.where(visible)
  if (workspaceId !== undefined) query = query.where('workspace_id', '=', workspaceId)
  if (keyId !== undefined) query = query.where('key_id', '=', keyId)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (from !== undefined) query = query.where('minute', '>=', toIso(from) as never)
  if (to !== undefined) query = query.where('minute', '<', toIso(to) as never)
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(minute, key_id, kind, network) < (${toIso(after.minute)}::timestamptz, ${after.key_id}::bigint, ${after.kind}, ${after.network})`,
    )
  return await query
    .orderBy('minute', 'desc')
    .orderBy('key_id', 'desc')
    .orderBy('kind', 'desc')
    .orderBy('network', 'desc')
    .limit(filter.limit)
    .execute()
}
