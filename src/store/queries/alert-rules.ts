import type { Insertable, Selectable, Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import type { AlertRuleTable } from '../tables/alerts.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'
import { type Visibility, visibleRows } from './visibility.ts'

export type AlertRuleRow = Selectable<AlertRuleTable>

/** Whose something about alerts is: of a workspace or, with null, of the organization; somebody's own where a user is named. */
export interface AlertPlace {
  organizationId: string
  workspaceId: string | null
  userId: string | null
}

/** Oldest first. `workspaceId`: only those of this workspace. */
export async function listAlertRuleRows(
  db: Db,
  wanted: { organizationId: string; visible: Visibility; workspaceId: string | undefined },
  page: OffsetPage,
): Promise<CountedRows<AlertRuleRow>> {
  let rules = livingRules(db, wanted.organizationId)
  if (wanted.workspaceId !== undefined) rules = rules.where('workspace_id', '=', wanted.workspaceId)
  const visible = visibleRows(wanted.visible)
  if (visible !== undefined) rules = rules.where(visible)
  return await readOffsetPage(rules, rules.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Throws `not_found`, also for one of another organization or a deleted one. */
export async function getAlertRuleRow(db: Db, organizationId: string, id: string): Promise<AlertRuleRow> {
  const row = await livingRules(db, organizationId).selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Alert rule not found', { id })
  return row
}

/** How many there are in one place, whoever's own they are. */
export async function countAlertRules(db: Db, { organizationId, workspaceId }: AlertPlace): Promise<number> {
  const { total } = await livingRules(db, organizationId)
    .select(({ fn }) => fn.countAll<bigint>().as('total'))
    .where('workspace_id', 'is not distinct from', workspaceId)
    .executeTakeFirstOrThrow()
  return Number(total)
}

export async function insertAlertRule(db: Db, row: Insertable<AlertRuleTable>): Promise<AlertRuleRow> {
  return await db.insertInto('alert_rule').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updateAlertRuleRow(
  db: Db,
  id: string,
  changes: Updateable<AlertRuleTable>,
): Promise<AlertRuleRow> {
  return await db.updateTable('alert_rule').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Of a workspace that goes. */
export async function deleteAlertRulesOfWorkspace(db: Db, workspaceId: string, now: number): Promise<void> {
  await db
    .updateTable('alert_rule')
    .set({ enabled: false, deleted_at: toIso(now) })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .execute()
}

/** Those that are in force, of every organization. */
export async function listActiveAlertRules(db: Db): Promise<AlertRuleRow[]> {
  return await db
    .selectFrom('alert_rule')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where('enabled', '=', true)
    .orderBy('id')
    .execute()
}

function livingRules(db: Db, organizationId: string) {
  return db.selectFrom('alert_rule').where('organization_id', '=', organizationId).where('deleted_at', 'is', null)
}
