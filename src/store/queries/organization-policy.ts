import type { Insertable, Selectable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import type { Db } from '../schema.ts'
import type { OrganizationPolicyTable, PromptInjectionPhraseTable } from '../tables/guardrails.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type OrganizationPolicyRow = Selectable<OrganizationPolicyTable>
export type PhraseRow = Selectable<PromptInjectionPhraseTable>

export async function findOrganizationPolicy(
  db: Db,
  organizationId: string,
): Promise<OrganizationPolicyRow | undefined> {
  return await db
    .selectFrom('organization_policy')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
}

/** Columns that `row` leaves out keep their values. */
export async function upsertOrganizationPolicy(
  db: Db,
  row: Partial<Insertable<OrganizationPolicyTable>> &
    Pick<Insertable<OrganizationPolicyTable>, 'organization_id' | 'updated_at'>,
): Promise<OrganizationPolicyRow> {
  return await db
    .insertInto('organization_policy')
    .values(row as Insertable<OrganizationPolicyTable>)
    .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(row))
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function listPhraseRows(
  db: Db,
  organizationId: string,
  page: OffsetPage,
): Promise<CountedRows<PhraseRow>> {
  const all = db.selectFrom('prompt_injection_phrase').where('organization_id', '=', organizationId)
  return await readOffsetPage(all, all.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Undefined when the organization has the phrase already, in whatever case. */
export async function insertPhrase(
  db: Db,
  row: Insertable<PromptInjectionPhraseTable>,
): Promise<PhraseRow | undefined> {
  return await db
    .insertInto('prompt_injection_phrase')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** Returns what was deleted. Throws `not_found`. */
export async function deletePhraseRow(db: Db, organizationId: string, id: string): Promise<PhraseRow> {
  const row = await db
    .deleteFrom('prompt_injection_phrase')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Phrase not found', { id })
  return row
}
