import { sql } from 'kysely'
import type { OrganizationRole } from '../../contract/common/permissions.ts'
import { randomAlphanumeric } from '../../platform/ids.ts'
import { type Db, toIso } from '../schema.ts'

/** Those of the addresses, in lower case, that members of the organization have. */
export async function findMemberEmails(db: Db, organizationId: string, emails: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('organization_member as member')
    .innerJoin('user_account as user', 'user.id', 'member.user_id')
    .select('user.email')
    .where('member.organization_id', '=', organizationId)
    .where((where) => where(where.fn<string>('lower', ['user.email']), 'in', [...emails]))
    .execute()
  return rows.map(({ email }) => email.toLowerCase())
}

/** The user with this address, made if there is none in the whole installation. Needs to see users of other organizations. */
export async function ensureUser(
  db: Db,
  user: { email: string; firstName: string | null; lastName: string | null; now: number },
): Promise<string> {
  await db
    .insertInto('user_account')
    .values({
      id: `user_${randomAlphanumeric(24)}`,
      email: user.email,
      first_name: user.firstName,
      last_name: user.lastName,
      name: [user.firstName, user.lastName].filter((part) => part !== null).join(' '),
      email_verified: true,
      created_at: toIso(user.now),
    })
    .onConflict((conflict) => conflict.expression(sql`lower(email)`).doNothing())
    .execute()
  const { id } = await db
    .selectFrom('user_account')
    .select('id')
    .where((where) => where(where.fn<string>('lower', ['email']), '=', user.email.toLowerCase()))
    .executeTakeFirstOrThrow()
  return id
}

/** Gives somebody a seat, or a higher one than they have. Returns the role they have then. */
export async function joinOrganization(
  db: Db,
  seat: { organizationId: string; userId: string; role: OrganizationRole; now: number },
): Promise<OrganizationRole> {
  const { role } = await db
    .insertInto('organization_member')
    .values({
      organization_id: seat.organizationId,
      user_id: seat.userId,
      role: seat.role,
      created_at: toIso(seat.now),
    })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'user_id']).doUpdateSet({
        role: sql`CASE WHEN excluded.role = 'org:admin' THEN excluded.role ELSE organization_member.role END`,
      }),
    )
    .returning('role')
    .executeTakeFirstOrThrow()
  return role
}

export async function getOrganizationName(db: Db, organizationId: string): Promise<string> {
  const { name } = await db
    .selectFrom('organization')
    .select('name')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow()
  return name
}
