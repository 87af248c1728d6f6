import { type Db, toIso } from '../schema.ts'

/** Uses a set-up token up. Returns the organization it sets up, or undefined when it is unknown, used or too old. */
export async function takeSetupToken(db: Db, tokenHash: string, now: number): Promise<string | undefined> {
  const token = await db
    .selectFrom('setup_token')
    .select(['expires_at', 'used_at'])
    .where('token_hash', '=', tokenHash)
    .forUpdate()
    .executeTakeFirst()
  if (!token || token.used_at !== null || token.expires_at <= now) return undefined
  await db
    .updateTable('setup_token')
    .set({ used_at: toIso(now) })
    .where('token_hash', '=', tokenHash)
    .execute()
  const organization = await db.selectFrom('organization').select('id').orderBy('created_at').executeTakeFirst()
  return organization?.id
}

export interface FirstAdmin {
  organizationId: string
  userId: string
  email: string
  firstName: string | null
  lastName: string | null
  now: number
}

export async function insertFirstAdmin(db: Db, admin: FirstAdmin): Promise<void> {
  const created_at = toIso(admin.now)
  await db
    .insertInto('user_account')
    .values({
      id: admin.userId,
      email: admin.email,
      first_name: admin.firstName,
      last_name: admin.lastName,
      created_at,
    })
    .execute()
  await db
    .insertInto('organization_member')
    .values({ organization_id: admin.organizationId, user_id: admin.userId, role: 'org:admin', created_at })
    .execute()
}

/** The one that the installation was made with. */
export async function findFirstOrganization(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('organization').select('id').orderBy('created_at').orderBy('id').executeTakeFirst()
  return row?.id
}

/** Whether nobody has set the installation up, so that nobody can sign in. */
export async function needsSetUp(db: Db): Promise<boolean> {
  const row = await db.selectFrom('user_account').select('id').limit(1).executeTakeFirst()
  return row === undefined
}
