import { sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type ApiKeyTable, type Db, type Tx, toIso } from '../schema.ts'
import { type KeyRow, updateKeyRow } from './keys.ts'

const DELETED_DAYS_MAX = 30
const DAY_MS = 86_400_000

/** A key that may get a new secret: any of the organization that isn't deleted for longer than 30 days. Throws `not_found`. */
export async function getRotatableKey(db: Db, organizationId: string, hash: string, now: number): Promise<KeyRow> {
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .where('hash', '=', hash)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
  const isGone =
    row?.deleted_at !== null && row?.deleted_at !== undefined && row.deleted_at < now - DELETED_DAYS_MAX * DAY_MS
  if (!row || isGone) throw new AppError('not_found', 'API key not found', { hash })
  return row
}

/**
 * Gives a key another secret and whatever else `changes` names. The present one and those before it are good for at most
 * `overlapMs` more.
 */
export async function replaceSecret(
  tx: Tx,
  key: KeyRow,
  change: { hash: string; label: string; overlapMs: number; now: number; changes: Updateable<ApiKeyTable> },
): Promise<KeyRow> {
  const { changes, hash, label, now, overlapMs } = change
  await shortenOverlap(tx, key.id, now + overlapMs)
  await tx
    .insertInto('retired_secret')
    .values({
      hash: key.hash,
      organization_id: key.organization_id,
      workspace_id: key.workspace_id,
      key_id: key.id,
      retired_at: toIso(now),
      valid_until: toIso(now + overlapMs),
    })
    .execute()
  // Lists that name keys by hash go on naming this one.
  await tx
    .updateTable('observability_destination')
    .set({ api_key_hashes: sql`array_replace(api_key_hashes, ${key.hash}, ${hash})` })
    .where('organization_id', '=', key.organization_id)
    .where(sql<boolean>`${key.hash} = ANY (api_key_hashes)`)
    .execute()
  return await updateKeyRow(tx, key.id, { ...changes, hash, label, updated_at: toIso(now) })
}

/** Ends the earlier secrets of a key at `until`, where they would be good for longer. */
async function shortenOverlap(tx: Tx, keyId: bigint, until: number): Promise<void> {
  await tx
    .updateTable('retired_secret')
    .set({ valid_until: toIso(until) })
    .where('key_id', '=', keyId)
    .where('valid_until', '>', toIso(until) as never)
    .execute()
}

/** Whether a key once had the secret with this hash. */
export async function isRetiredHash(db: Db, hash: string): Promise<boolean> {
  const row = await db.selectFrom('retired_secret').select('hash').where('hash', '=', hash).executeTakeFirst()
  return row !== undefined
}
