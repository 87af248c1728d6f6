import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { uuidV5 } from '../../platform/ids.ts'
import type { Db } from '../schema.ts'
import type { GuardrailTable } from '../tables/guardrails.ts'
import { type CountedRows, readOffsetPage } from './offset-page.ts'

export type GuardrailRow = Selectable<GuardrailTable>

/** The id that a workspace's default guardrail has, whether it exists yet or not. */
export function defaultGuardrailId(workspaceId: string): string {
  return uuidV5(workspaceId, 'default-guardrail')
}

export async function findGuardrail(db: Db, organizationId: string, id: string): Promise<GuardrailRow | undefined> {
  return await db
    .selectFrom('guardrail')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id.toLowerCase())
    .executeTakeFirst()
}

/** Throws `not_found`, also for a guardrail of another organization, for what is no UUID, and for a default guardrail that
 *  nobody has changed yet. */
export async function getGuardrail(db: Db, organizationId: string, id: string): Promise<GuardrailRow> {
  const row = await findGuardrail(db, organizationId, id)
  if (!row) throw new AppError('not_found', 'Guardrail not found', { id })
  return row
}

/** The living workspace whose default guardrail would have this id. It is found by trying all of the organization's, which
 *  an id of any other version than 5 doesn't cause. */
export async function findWorkspaceOfDefaultGuardrail(
  db: Db,
  organizationId: string,
  id: string,
): Promise<string | undefined> {
  if (id[14] !== '5') return undefined
  const rows = await db
    .selectFrom('workspace')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .execute()
  return rows.find((row) => defaultGuardrailId(row.id) === id.toLowerCase())?.id
}

export interface GuardrailFilter {
  workspaceId: string
  /** Only those that apply to this member there. */
  appliesTo?: string | undefined
  offset: number
  limit: number
}

export async function listGuardrailRows(
  db: Db,
  organizationId: string,
  filter: GuardrailFilter,
): Promise<CountedRows<GuardrailRow>> {
  let all = db
    .selectFrom('guardrail')
    .where('guardrail.organization_id', '=', organizationId)
    .where('guardrail.workspace_id', '=', filter.workspaceId)
  if (filter.appliesTo !== undefined) all = all.where(appliesTo(filter.appliesTo))
  return await readOffsetPage(
    all,
    all.selectAll('guardrail').orderBy('guardrail.created_at').orderBy('guardrail.id'),
    filter,
  )
}

/** Whether a guardrail of a workspace that the member works in applies to what they do there. */
export async function appliesToMember(db: Db, guardrailId: string, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('guardrail')
    .select('id')
    .where('id', '=', guardrailId)
    .where(appliesTo(userId))
    .executeTakeFirst()
  return row !== undefined
}

/** The workspace's default one, one assigned to the member, or one assigned to a living key of theirs. */
function appliesTo(userId: string) {
  return sql<boolean>`(guardrail.is_default
    OR EXISTS (SELECT FROM guardrail_member_assignment m WHERE m.guardrail_id = guardrail.id AND m.user_id = ${userId})
    OR EXISTS (SELECT FROM guardrail_key_assignment k JOIN api_key ON api_key.id = k.key_id
      WHERE k.guardrail_id = guardrail.id AND api_key.creator_user_id = ${userId} AND api_key.deleted_at IS NULL))`
}

export async function insertGuardrail(db: Db, row: Insertable<GuardrailTable>): Promise<GuardrailRow> {
  return await db.insertInto('guardrail').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateGuardrailRow(
  db: Db,
  id: string,
  changes: Updateable<GuardrailTable>,
): Promise<GuardrailRow> {
  return await db.updateTable('guardrail').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** With all its assignments. */
export async function deleteGuardrailRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('guardrail').where('id', '=', id).execute()
}

/** With all their assignments; returns how many there were. */
export async function deleteGuardrailsOfWorkspace(db: Db, workspaceId: string): Promise<number> {
  const result = await db.deleteFrom('guardrail').where('workspace_id', '=', workspaceId).executeTakeFirst()
  return Number(result.numDeletedRows)
}

export async function findDefaultGuardrail(db: Db, workspaceId: string): Promise<GuardrailRow | undefined> {
  return await db
    .selectFrom('guardrail')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('is_default', '=', true)
    .executeTakeFirst()
}

/** What is assigned to a member and holds in a workspace: at most one for everywhere and one for there. */
export async function listGuardrailsOfMember(
  db: Db,
  organizationId: string,
  of: { userId: string; workspaceId: string },
): Promise<GuardrailRow[]> {
  return await db
    .selectFrom('guardrail')
    .innerJoin('guardrail_member_assignment as assignment', 'assignment.guardrail_id', 'guardrail.id')
    .selectAll('guardrail')
    .where('assignment.organization_id', '=', organizationId)
    .where('assignment.user_id', '=', of.userId)
    .where((where) =>
      where.or([
        where('assignment.is_organization_wide', '=', true),
        where('assignment.workspace_id', '=', of.workspaceId),
      ]),
    )
    .orderBy('guardrail.id')
    .execute()
}

export async function findGuardrailOfKey(db: Db, keyId: bigint): Promise<GuardrailRow | undefined> {
  return await db
    .selectFrom('guardrail')
    .innerJoin('guardrail_key_assignment as assignment', 'assignment.guardrail_id', 'guardrail.id')
    .selectAll('guardrail')
    .where('assignment.key_id', '=', keyId)
    .executeTakeFirst()
}
