import type { Selectable } from 'kysely'
import { mayInfer, permissionsOfKey } from '../domain/key-types.ts'
import { INTERVALS, windowStart } from '../domain/windows.ts'
import type { KeySpend } from '../gateway/ports.ts'
import type { KeySnapshot, WorkspaceSnapshot } from '../gateway/snapshot/snapshot.ts'
import type { ApiKeyTable, Db } from './schema.ts'

export interface LoadedKey {
  key: KeySnapshot
  spend: KeySpend
}

const NO_SPEND: KeySpend = { daily: 0n, weekly: 0n, monthly: 0n, lifetime: 0n }

/** Living keys with their spend in the current windows, newest first, at most `keysMax`. */
export async function loadKeys(db: Db, nowMs: number, keysMax: number): Promise<LoadedKey[]> {
  const rows = await db
    .selectFrom('api_key')
    .selectAll()
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(keysMax)
    .execute()
  const spend = await loadSpend(db, nowMs, rows.length > 500 ? undefined : rows.map(({ id }) => String(id)))
  return rows.map((row) => ({ key: toKeySnapshot(row), spend: spend.get(String(row.id)) ?? NO_SPEND }))
}

/** One living key by hash, with its spend. */
export async function findKey(db: Db, hash: string, nowMs: number): Promise<LoadedKey | undefined> {
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .where('hash', '=', hash)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) return undefined
  const spend = await loadSpend(db, nowMs, [String(row.id)])
  return { key: toKeySnapshot(row), spend: spend.get(String(row.id)) ?? NO_SPEND }
}

export async function loadWorkspaces(db: Db): Promise<WorkspaceSnapshot[]> {
  const rows = await db.selectFrom('workspace').select(WORKSPACE_COLUMNS).where('deleted_at', 'is', null).execute()
  return rows.map(toWorkspaceSnapshot)
}

export async function findWorkspace(db: Db, id: string): Promise<WorkspaceSnapshot | undefined> {
  const row = await db
    .selectFrom('workspace')
    .select(WORKSPACE_COLUMNS)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row ? toWorkspaceSnapshot(row) : undefined
}

const WORKSPACE_COLUMNS = ['id', 'organization_id', 'default_text_model'] as const

function toWorkspaceSnapshot(row: {
  id: string
  organization_id: string
  default_text_model: string | null
}): WorkspaceSnapshot {
  return { id: row.id, organizationId: row.organization_id, defaultTextModel: row.default_text_model }
}

function toKeySnapshot(row: Selectable<ApiKeyTable>): KeySnapshot {
  const permissions = permissionsOfKey({ ...row, isReadOnly: row.read_only })
  return {
    id: row.id,
    hash: row.hash,
    organizationId: row.organization_id,
    workspaceId: row.workspace_id,
    type: row.type,
    permissions,
    allowedIps: row.allowed_ips,
    mayInfer: mayInfer(row.type, permissions),
    disabled: row.disabled,
    expiresAt: row.expires_at,
    limit: row.limit_nano,
    limitInterval: row.limit_reset ?? 'lifetime',
    creatorUserId: row.creator_user_id,
  }
}

async function loadSpend(db: Db, nowMs: number, keyIds: string[] | undefined): Promise<Map<string, KeySpend>> {
  let query = db
    .selectFrom('counter')
    .select(['scope_id', 'interval', 'settled_nano'])
    .where('scope_kind', '=', 'key')
    .where('kind', '=', 'credit')
    .where((where) =>
      where.or(
        INTERVALS.map((interval) =>
          where.and([where('interval', '=', interval), where('window_start', '=', windowStart(interval, nowMs))]),
        ),
      ),
    )
  if (keyIds !== undefined) {
    if (keyIds.length === 0) return new Map()
    query = query.where('scope_id', 'in', keyIds)
  }
  const spend = new Map<string, KeySpend>()
  for (const row of await query.execute()) {
    spend.set(row.scope_id, { ...(spend.get(row.scope_id) ?? NO_SPEND), [row.interval]: row.settled_nano })
  }
  return spend
}
