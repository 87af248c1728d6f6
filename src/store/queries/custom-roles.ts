import { type Insertable, type Selectable, sql } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { CustomRoleTable, RoleTemplateTable } from '../tables/members.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type CustomRoleRow = Selectable<CustomRoleTable>
export type RoleTemplateRow = Selectable<RoleTemplateTable>

/** Throws `not_found`, also for a role of another organization. */
export async function getCustomRole(db: Db, organizationId: string, id: string): Promise<CustomRoleRow> {
  const row = await findCustomRole(db, organizationId, id)
  if (!row) throw new AppError('not_found', 'Custom role not found', { id })
  return row
}

export async function findCustomRole(db: Db, organizationId: string, id: string): Promise<CustomRoleRow | undefined> {
  const [row] = await findCustomRoles(db, organizationId, [id])
  return row
}

export async function findCustomRoles(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<CustomRoleRow[]> {
  if (ids.length === 0) return []
  return await db
    .selectFrom('custom_role')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...ids])
    .execute()
}

export async function listCustomRoleRows(
  db: Db,
  organizationId: string,
  page: OffsetPage,
): Promise<CountedRows<CustomRoleRow>> {
  const roles = db.selectFrom('custom_role').where('organization_id', '=', organizationId)
  return await readOffsetPage(roles, roles.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `invalid_request` when another role has the name, in whatever case. */
export async function saveCustomRole(db: Db, row: Insertable<CustomRoleTable>): Promise<CustomRoleRow> {
  const taken = await db
    .selectFrom('custom_role')
    .select('id')
    .where('organization_id', '=', row.organization_id)
    .where((where) => where(where.fn<string>('lower', ['name']), '=', row.name.toLowerCase()))
    .where('id', '<>', row.id)
    .executeTakeFirst()
  if (taken) throw new AppError('invalid_request', `name: a custom role named "${row.name}" exists already`)
  const { id: _id, organization_id: _organization, created_at: _at, created_by: _by, ...changes } = row
  return await db
    .insertInto('custom_role')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** With the template that goes by it, and with memberships of workspaces that are gone. */
export async function deleteCustomRoleRow(db: Db, organizationId: string, id: string): Promise<void> {
  await db.deleteFrom('workspace_member').where('custom_role_id', '=', id).execute()
  await deleteRoleTemplateRow(db, organizationId, id)
  await db.deleteFrom('custom_role').where('organization_id', '=', organizationId).where('id', '=', id).execute()
}

/** How many memberships of living workspaces have the role, or get it back when a directory no longer grants another. */
export async function countCustomRoleHolders(db: Db, id: string): Promise<number> {
  const { total } = await db
    .selectFrom('workspace_member as member')
    .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
    .select((e) => e.fn.countAll<bigint>().as('total'))
    .where((where) =>
      where.or([
        where('member.custom_role_id', '=', id),
        where(sql<string>`member.own_role ->> 'custom_role_id'`, '=', id),
      ]),
    )
    .where('workspace.deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** `role` is one of the four, or the id of a custom one. */
export async function findRoleTemplate(
  db: Db,
  organizationId: string,
  role: string,
): Promise<RoleTemplateRow | undefined> {
  return await db
    .selectFrom('role_template')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('role', '=', role)
    .executeTakeFirst()
}

export async function listRoleTemplateRows(
  db: Db,
  organizationId: string,
  page: OffsetPage,
): Promise<CountedRows<RoleTemplateRow>> {
  const templates = db.selectFrom('role_template').where('organization_id', '=', organizationId)
  return await readOffsetPage(templates, templates.selectAll().orderBy('created_at').orderBy('role'), page)
}

export async function upsertRoleTemplate(db: Db, row: Insertable<RoleTemplateTable>): Promise<RoleTemplateRow> {
  const { organization_id: _organization, role: _role, created_at: _at, ...changes } = row
  return await db
    .insertInto('role_template')
    .values(row)
    .onConflict((conflict) => conflict.columns(['organization_id', 'role']).doUpdateSet(changes))
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteRoleTemplateRow(db: Db, organizationId: string, role: string): Promise<void> {
  await db.deleteFrom('role_template').where('organization_id', '=', organizationId).where('role', '=', role).execute()
}
