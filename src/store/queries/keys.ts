import {
  type Expression,
  expressionBuilder,
  type Insertable,
  type Selectable,
  type SqlBool,
  sql,
  type Updateable,
} from 'kysely'
import type { KeyType } from '../../contract/common/permissions.ts'
import { AppError } from '../../domain/app-error.ts'
import type { ScopeSpend } from '../../domain/spend-scopes.ts'
import { type ApiKeyTable, type Db, type Schema, toIso } from '../schema.ts'
import { type CountedScope, loadSpend, noSpend } from './counters.ts'
import { type Visibility, visibleRows } from './visibility.ts'

export type KeyRow = Selectable<ApiKeyTable>

/** Throws `not_found`, also for a key of another organization or a deleted one. */
export async function getLiveKey(db: Db, organizationId: string, hash: string): Promise<KeyRow> {
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .where('hash', '=', hash)
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'API key not found', { hash })
  return row
}

/** Those of the numeric ids that living keys of the organization have. */
export async function findLiveKeyIds(db: Db, organizationId: string, ids: readonly bigint[]): Promise<Set<bigint>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('api_key')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .where('id', 'in', [...ids])
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export type KeyOrigin = Pick<KeyRow, 'id' | 'workspace_id' | 'creator_user_id'>

/** What a key's history goes by, also when the key was deleted. Throws `not_found`. */
export async function getKeyOrigin(db: Db, organizationId: string, hash: string): Promise<KeyOrigin> {
  const row = await db
    .selectFrom('api_key')
    .select(['id', 'workspace_id', 'creator_user_id'])
    .where('hash', '=', hash)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'API key not found', { hash })
  return row
}

export interface KeyFilter {
  /** Null: of none, which is the management keys. */
  workspaceId: string | null | 'all'
  /** Of all workspaces: those that are seen. */
  visible?: Visibility | undefined
  /** Only keys of this member. */
  ownerUserId?: string | undefined
  /** Words that all stand in name or label, or the beginning of the hash. */
  search?: string | undefined
  includeDisabled: boolean
  includeHidden: boolean
  type?: KeyType | undefined
  offset: number
  limit: number
}

/** Newest first. */
export async function listKeyRows(db: Db, organizationId: string, filter: KeyFilter): Promise<KeyRow[]> {
  let query = db
    .selectFrom('api_key')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
  if (filter.workspaceId === null) query = query.where('workspace_id', 'is', null)
  else if (filter.workspaceId !== 'all') query = query.where('workspace_id', '=', filter.workspaceId)
  else query = query.where(isInLiveWorkspace(organizationId))
  const isVisible = filter.visible && visibleRows(filter.visible, 'creator_user_id')
  if (isVisible !== undefined) query = query.where(isVisible)
  if (filter.search !== undefined) query = query.where(isCalled(filter.search))
  if (filter.ownerUserId !== undefined) query = query.where('creator_user_id', '=', filter.ownerUserId)
  if (filter.type !== undefined) query = query.where('type', '=', filter.type)
  if (!filter.includeHidden) query = query.where('hidden', '=', false)
  if (!filter.includeDisabled) query = query.where('disabled', '=', false)
  return await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .offset(filter.offset)
    .limit(filter.limit)
    .execute()
}

function isInLiveWorkspace(organizationId: string): Expression<SqlBool> {
  return sql`workspace_id IN (
    SELECT id FROM workspace WHERE organization_id = ${organizationId} AND deleted_at IS NULL)`
}

const HASH_START = /^[0-9a-f]{1,64}$/i

function isCalled(search: string): Expression<SqlBool> {
  const { and, or } = expressionBuilder<Schema, 'api_key'>()
  const words = search.split(/\s+/).map((word) => sql<SqlBool>`strpos(lower(name || ' ' || label), lower(${word})) > 0`)
  return HASH_START.test(search)
    ? or([and(words), sql<SqlBool>`starts_with(hash, ${search.toLowerCase()})`])
    : and(words)
}

/** Throws `invalid_request` when a key with this hash was ever made. */
export async function insertKey(db: Db, row: Insertable<ApiKeyTable>): Promise<KeyRow> {
  const inserted = await db
    .insertInto('api_key')
    .values(row)
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!inserted) throw new AppError('invalid_request', 'external.api_key: this key is already in use')
  return inserted
}

export async function updateKeyRow(db: Db, id: bigint, changes: Updateable<ApiKeyTable>): Promise<KeyRow> {
  return await db.updateTable('api_key').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

export type KeySpend = ScopeSpend & Pick<CountedScope, 'pending'>

/** What each key has spent in the windows that contain `now`, and what may be spent of it without asking again. */
export async function loadKeySpend(db: Db, keyIds: readonly bigint[], now: number): Promise<Map<bigint, KeySpend>> {
  const scopes = await loadSpend(db, { now, scopeKind: 'key', scopeIds: keyIds.map(String) })
  const found = new Map(scopes.map(({ pending, scopeId, spend }) => [scopeId, { ...spend, pending }]))
  return new Map(keyIds.map((id) => [id, found.get(String(id)) ?? { ...noSpend(), pending: 0n }]))
}

/** Disables all living keys of a workspace; returns their hashes. */
export async function disableInferenceKeys(db: Db, workspaceId: string, now: number): Promise<string[]> {
  const rows = await db
    .updateTable('api_key')
    .set({ disabled: true, updated_at: toIso(now) })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .returning('hash')
    .execute()
  return rows.map(({ hash }) => hash)
}
