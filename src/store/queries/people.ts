import type { OrganizationRole } from '../../contract/common/permissions.ts'
import { newUuid } from '../../platform/ids.ts'
import { type Db, toIso } from '../schema.ts'

/** better-auth's name for a password as a way to sign in. */
const PASSWORD_PROVIDER = 'credential'

export interface Person {
  id: string
  email: string
  first_name: string | null
  last_name: string | null
  two_factor_enabled: boolean
}

export async function findPerson(db: Db, userId: string): Promise<Person | undefined> {
  return await db
    .selectFrom('user_account')
    .select(['id', 'email', 'first_name', 'last_name', 'two_factor_enabled'])
    .where('id', '=', userId)
    .executeTakeFirst()
}

export async function findPersonByEmail(db: Db, email: string): Promise<Person | undefined> {
  return await db
    .selectFrom('user_account')
    .select(['id', 'email', 'first_name', 'last_name', 'two_factor_enabled'])
    .where((where) => where(where.fn<string>('lower', ['email']), '=', email.toLowerCase()))
    .executeTakeFirst()
}

export interface Seat {
  id: string
  name: string
  role: OrganizationRole
}

/** The organizations somebody is in, in the order they joined them. */
export async function listSeats(db: Db, userId: string): Promise<Seat[]> {
  return await db
    .selectFrom('organization_member as member')
    .innerJoin('organization', 'organization.id', 'member.organization_id')
    .select(['organization.id', 'organization.name', 'member.role'])
    .where('member.user_id', '=', userId)
    .orderBy('member.created_at')
    .orderBy('organization.id')
    .execute()
}

export async function findPasswordHash(db: Db, userId: string): Promise<string | null> {
  const row = await db
    .selectFrom('sign_in_method')
    .select('password_hash')
    .where('user_id', '=', userId)
    .where('provider_id', '=', PASSWORD_PROVIDER)
    .executeTakeFirst()
  return row?.password_hash ?? null
}

export async function setPasswordHash(db: Db, userId: string, hash: string, now: number): Promise<void> {
  const at = toIso(now)
  await db
    .insertInto('sign_in_method')
    .values({
      id: newUuid(),
      user_id: userId,
      provider_id: PASSWORD_PROVIDER,
      provider_user_id: userId,
      password_hash: hash,
      access_token: null,
      refresh_token: null,
      id_token: null,
      scope: null,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) =>
      conflict.columns(['provider_id', 'provider_user_id']).doUpdateSet({ password_hash: hash, updated_at: at }),
    )
    .execute()
}

/** In how many ways somebody can sign in: a password, a passkey, an identity elsewhere. */
export async function countSignInMethods(db: Db, userId: string): Promise<number> {
  const { methods, passkeys } = await db
    .selectNoFrom((of) => [
      of
        .selectFrom('sign_in_method')
        .select((e) => e.fn.countAll<bigint>().as('total'))
        .where('user_id', '=', userId)
        .as('methods'),
      of
        .selectFrom('passkey')
        .select((e) => e.fn.countAll<bigint>().as('total'))
        .where('user_id', '=', userId)
        .as('passkeys'),
    ])
    .executeTakeFirstOrThrow()
  return Number(methods ?? 0n) + Number(passkeys ?? 0n)
}

/** Who has this identity at a provider. */
export async function findPersonByIdentity(
  db: Db,
  provider: string,
  providerUserId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('sign_in_method')
    .select('user_id')
    .where('provider_id', '=', provider)
    .where('provider_user_id', '=', providerUserId)
    .executeTakeFirst()
  return row?.user_id
}

/** False where somebody has that identity already. */
export async function insertIdentityAt(
  db: Db,
  identity: { provider: string; providerUserId: string; userId: string; now: number },
): Promise<boolean> {
  const at = toIso(identity.now)
  const row = await db
    .insertInto('sign_in_method')
    .values({
      id: newUuid(),
      user_id: identity.userId,
      provider_id: identity.provider,
      provider_user_id: identity.providerUserId,
      password_hash: null,
      access_token: null,
      refresh_token: null,
      id_token: null,
      scope: null,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function renamePerson(
  db: Db,
  userId: string,
  names: { firstName: string | null; lastName: string | null },
  now: number,
): Promise<void> {
  await db
    .updateTable('user_account')
    .set({
      first_name: names.firstName,
      last_name: names.lastName,
      name: [names.firstName, names.lastName].filter((part) => part !== null).join(' '),
      updated_at: toIso(now),
    })
    .where('id', '=', userId)
    .execute()
}

/** False when somebody else has the address. */
export async function changeEmailAddress(db: Db, userId: string, email: string, now: number): Promise<boolean> {
  const taken = await findPersonByEmail(db, email)
  if (taken !== undefined && taken.id !== userId) return false
  await db
    .updateTable('user_account')
    .set({ email, email_verified: true, updated_at: toIso(now) })
    .where('id', '=', userId)
    .execute()
  return true
}

/** Whether there was one in force. One that was never confirmed goes, too. */
export async function deleteSecondFactor(db: Db, userId: string, now: number): Promise<boolean> {
  await db.deleteFrom('two_factor').where('user_id', '=', userId).execute()
  const row = await db
    .updateTable('user_account')
    .set({ two_factor_enabled: false, updated_at: toIso(now) })
    .where('id', '=', userId)
    .where('two_factor_enabled', '=', true)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
