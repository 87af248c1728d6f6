import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { ScimTokenTable, ScimUserTable } from '../tables/scim.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type ScimUserRow = Selectable<ScimUserTable>
export type ScimTokenRow = Selectable<ScimTokenTable>

/** A comparison that a directory asks for; undefined lists all. */
export interface ScimUserFilter {
  id?: string | undefined
  userName?: string | undefined
  externalId?: string | undefined
  email?: string | undefined
}

export async function listScimUserRows(
  db: Db,
  organizationId: string,
  page: { offset: number; limit: number; filter: ScimUserFilter },
): Promise<CountedRows<ScimUserRow>> {
  const { id, userName, externalId, email } = page.filter
  let users = db.selectFrom('scim_user').where('organization_id', '=', organizationId)
  if (id !== undefined) users = users.where(sql<string>`id::text`, '=', id.toLowerCase())
  if (userName !== undefined) users = users.where(sql<string>`lower(user_name)`, '=', userName.toLowerCase())
  if (externalId !== undefined) users = users.where('external_id', '=', externalId)
  if (email !== undefined) users = users.where(sql<string>`lower(email)`, '=', email.toLowerCase())
  return await readOffsetPage(users, users.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `not_found`, also for a user of another organization. */
export async function getScimUserRow(db: Db, organizationId: string, id: string): Promise<ScimUserRow> {
  const row = await db
    .selectFrom('scim_user')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'User not found', { id })
  return row
}

/** Whether another user of the organization has this name, or is this person. */
export async function isScimUserTaken(
  db: Db,
  organizationId: string,
  by: { userName: string; userId: string; exceptId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('scim_user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '<>', by.exceptId)
    .where((where) =>
      where.or([
        where(sql<string>`lower(user_name)`, '=', by.userName.toLowerCase()),
        where('user_id', '=', by.userId),
      ]),
    )
    .executeTakeFirst()
  return row !== undefined
}

export async function insertScimUser(db: Db, row: Insertable<ScimUserTable>): Promise<ScimUserRow> {
  return await db.insertInto('scim_user').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateScimUserRow(db: Db, id: string, changes: Updateable<ScimUserTable>): Promise<ScimUserRow> {
  return await db.updateTable('scim_user').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

export async function deleteScimUserRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('scim_user').where('id', '=', id).execute()
}

/** The groups that users are in, by user. */
export async function listGroupsOfScimUsers(
  db: Db,
  ids: readonly string[],
): Promise<Map<string, { value: string; display: string }[]>> {
  const groups = new Map<string, { value: string; display: string }[]>(ids.map((id) => [id, []]))
  if (ids.length === 0) return groups
  const rows = await db
    .selectFrom('scim_group_member as member')
    .innerJoin('scim_group as group', 'group.id', 'member.scim_group_id')
    .select(['member.scim_user_id', 'group.id', 'group.display_name'])
    .where('member.scim_user_id', 'in', [...ids])
    .orderBy('group.display_name')
    .execute()
  for (const { scim_user_id, id, display_name } of rows)
    groups.get(scim_user_id)?.push({ value: id, display: display_name })
  return groups
}

/** Whoever has this address, in whatever organization. */
export async function findPersonByEmail(db: Db, email: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string | null }>`SELECT find_person_by_email(${email}) AS id`.execute(db)
  return rows[0]?.id ?? undefined
}

export async function isPersonElsewhere(db: Db, userId: string, organizationId: string): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`
    SELECT is_person_elsewhere(${userId}, ${organizationId}) AS is`.execute(db)
  return rows[0]?.is === true
}

export async function insertPerson(
  db: Db,
  person: { id: string; email: string; firstName: string | null; lastName: string | null; createdAt: string },
): Promise<void> {
  await db
    .insertInto('user_account')
    .values({
      id: person.id,
      email: person.email,
      first_name: person.firstName,
      last_name: person.lastName,
      created_at: person.createdAt,
    })
    .execute()
}

export async function updatePerson(
  db: Db,
  id: string,
  changes: { email: string; first_name: string | null; last_name: string | null; updated_at: string },
): Promise<void> {
  await db.updateTable('user_account').set(changes).where('id', '=', id).execute()
}

/** Gives a person a seat in the organization, unless they have one. */
export async function seatPerson(
  db: Db,
  seat: { organizationId: string; userId: string; role: 'org:admin' | 'org:member'; createdAt: string },
): Promise<void> {
  const { organizationId, userId, role, createdAt } = seat
  await db
    .insertInto('organization_member')
    .values({ organization_id: organizationId, user_id: userId, role, created_at: createdAt })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
    .execute()
}

export async function listScimTokenRows(
  db: Db,
  organizationId: string,
  page: OffsetPage,
): Promise<CountedRows<ScimTokenRow>> {
  const tokens = db.selectFrom('scim_token').where('organization_id', '=', organizationId)
  return await readOffsetPage(tokens, tokens.selectAll().orderBy('created_at', 'desc').orderBy('id'), page)
}

export async function insertScimToken(db: Db, row: Insertable<ScimTokenTable>): Promise<ScimTokenRow> {
  return await db.insertInto('scim_token').values(row).returningAll().executeTakeFirstOrThrow()
}

/** Throws `not_found`, also for a token of another organization. */
export async function deleteScimTokenRow(db: Db, organizationId: string, id: string): Promise<ScimTokenRow> {
  const row = await db
    .deleteFrom('scim_token')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'SCIM token not found', { id })
  return row
}

/** The organization whose directory presents this token. */
export async function findScimToken(db: Db, tokenHash: string): Promise<{ organizationId: string } | undefined> {
  return await db
    .selectFrom('scim_token')
    .select('organization_id as organizationId')
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()
}
