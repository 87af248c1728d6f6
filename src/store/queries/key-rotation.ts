import { sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type ApiKeyTable, type Db, type Tx, toIso } from '../schema.ts'
import { supersedeDeliveries } from './key-deliveries.ts'
import { type KeyRow, updateKeyRow } from './keys.ts'

const DELETED_DAYS_MAX = 30
const LIVING_SECRETS_MAX = 100
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

/** Until when a secret is good whose end is not known yet. */
const OPEN_END = '9999-12-31T23:59:59.999Z'

export interface SecretChange {
  hash: string
  label: string
  now: number
  /** For how long the present secret and those before it are good at most; undefined until it is decided. */
  overlapMs: number | undefined
  changes: Updateable<ApiKeyTable>
}

/** Gives a key another secret and whatever else `changes` names. A delivery of an earlier one that is under way is called off. */
export async function replaceSecret(tx: Tx, key: KeyRow, change: SecretChange): Promise<KeyRow> {
  const { changes, hash, label, now, overlapMs } = change
  const until = overlapMs === undefined ? OPEN_END : toIso(now + overlapMs)
  await supersedeDeliveries(tx, key.id, now)
  await tx.updateTable('retired_secret').set({ delivery_id: null }).where('key_id', '=', key.id).execute()
  await endSecrets(tx, key.id, until)
  await tx
    .insertInto('retired_secret')
    .values({
      hash: key.hash,
      organization_id: key.organization_id,
      workspace_id: key.workspace_id,
      key_id: key.id,
      retired_at: toIso(now),
      valid_until: until,
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

/** Ends the earlier secrets of a key at `until` (ISO 8601), where they would be good for longer; only those whose end waits
 *  for `deliveryId`, if that is given. Returns the hashes of those it was about. */
export async function endSecrets(tx: Tx, keyId: bigint, until: string, deliveryId?: string): Promise<string[]> {
  let query = tx
    .updateTable('retired_secret')
    .set({ valid_until: until })
    .where('key_id', '=', keyId)
    .where('valid_until', '>', until as never)
    .returning('hash')
  if (deliveryId !== undefined) query = query.where('delivery_id', '=', deliveryId)
  return (await query.execute()).map(({ hash }) => hash)
}

/** Whether a key, of whatever organization, once had the secret with this hash. */
export async function isRetiredHash(db: Db, hash: string): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`SELECT is_retired_secret(${hash}) AS is`.execute(db)
  return rows[0]?.is === true
}

export interface LivingSecret {
  hash: string
  /** Null while that is not decided. */
  validUntil: number | null
}

/** The secrets that a key had before and that are good yet, newest first. */
export async function listLivingSecrets(db: Db, keyId: bigint, now: number): Promise<LivingSecret[]> {
  const rows = await db
    .selectFrom('retired_secret')
    .select(['hash', 'valid_until'])
    .where('key_id', '=', keyId)
    .where('valid_until', '>', toIso(now) as never)
    .orderBy('retired_at', 'desc')
    .limit(LIVING_SECRETS_MAX)
    .execute()
  return rows.map(({ hash, valid_until }) => ({
    hash,
    validUntil: toIso(valid_until) === OPEN_END ? null : valid_until,
  }))
}

/** Keys whose next secret is due, oldest first: living ones, whose last delivery isn't under way and hasn't failed. */
export async function listDueRotations(
  db: Db,
  now: number,
  limit: number,
): Promise<{ hash: string; organizationId: string }[]> {
  const rows = await db
    .selectFrom('api_key')
    .select(['hash', 'organization_id'])
    .where('next_rotation_at', '<=', toIso(now) as never)
    .where('deleted_at', 'is', null)
    .where('disabled', '=', false)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', toIso(now) as never)]))
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('key_delivery')
            .select('id')
            .whereRef('key_delivery.key_id', '=', 'api_key.id')
            .whereRef('key_delivery.hash', '=', 'api_key.hash')
            .where('status', 'in', ['pending', 'failed']),
        ),
      ),
    )
    .orderBy('next_rotation_at')
    .limit(limit)
    .execute()
  return rows.map(({ hash, organization_id }) => ({ hash, organizationId: organization_id }))
}
