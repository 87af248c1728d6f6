import type { Selectable } from 'kysely'
import { type ApiKeyTable, type Db, type Tx, toIso } from '../schema.ts'

const RECIPIENTS_MAX = 20

export interface LivingSecretOwner {
  key: Selectable<ApiKeyTable>
  /** Whether it is the key's present secret, not one before it. */
  isPresent: boolean
}

/** The key that a secret works for, or would work for if the key were enabled again; whosever it is. None when it was reported
 *  before. */
export async function findKeyBySecret(db: Db, hash: string, now: number): Promise<LivingSecretOwner | undefined> {
  const living = db.selectFrom('api_key').selectAll().where('deleted_at', 'is', null)
  const present = await living.where('hash', '=', hash).where('leaked_at', 'is', null).executeTakeFirst()
  if (present) return { key: present, isPresent: true }
  const earlier = db
    .selectFrom('retired_secret')
    .select('key_id')
    .where('hash', '=', hash)
    .where('valid_until', '>', toIso(now) as never)
  const key = await living.where('id', 'in', earlier).executeTakeFirst()
  return key && { key, isPresent: false }
}

/** Ends one earlier secret. */
export async function endSecret(tx: Tx, hash: string, now: number): Promise<void> {
  await tx
    .updateTable('retired_secret')
    .set({ valid_until: toIso(now) })
    .where('hash', '=', hash)
    .execute()
}

/** Whom to tell about a key: the member whose it is, or else the administrators of the organization. */
export async function listKeyKeepers(db: Db, organizationId: string, ownerUserId: string | null): Promise<string[]> {
  const members = db
    .selectFrom('organization_member as member')
    .innerJoin('user_account as user', 'user.id', 'member.user_id')
    .select('user.email')
    .where('member.organization_id', '=', organizationId)
    .orderBy('member.created_at')
    .limit(RECIPIENTS_MAX)
  const owner = ownerUserId === null ? [] : await members.where('member.user_id', '=', ownerUserId).execute()
  const keepers = owner.length > 0 ? owner : await members.where('member.role', '=', 'org:admin').execute()
  return keepers.map(({ email }) => email)
}
