import { type Insertable, type Selectable, sql } from 'kysely'
import type { AlertKind, AlertRecipient } from '../../contract/management/alert-conditions.ts'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import type { AlertTable } from '../tables/alerts.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'
import { type Visibility, visibleRows } from './visibility.ts'

export type AlertRow = Selectable<AlertTable>

const KNOWN_MAX = 1_000

/** Newest first. */
export async function listAlertRows(
  db: Db,
  wanted: {
    organizationId: string
    visible: Visibility
    workspaceId: string | undefined
    kind: AlertKind | undefined
    isAcknowledged: boolean | undefined
  },
  page: OffsetPage,
): Promise<CountedRows<AlertRow>> {
  const { isAcknowledged, kind, organizationId, workspaceId } = wanted
  let alerts = db.selectFrom('alert').where('organization_id', '=', organizationId)
  if (workspaceId !== undefined) alerts = alerts.where('workspace_id', '=', workspaceId)
  if (kind !== undefined) alerts = alerts.where('kind', '=', kind)
  if (isAcknowledged !== undefined) alerts = alerts.where('acknowledged_at', isAcknowledged ? 'is not' : 'is', null)
  const visible = visibleRows(wanted.visible)
  if (visible !== undefined) alerts = alerts.where(visible)
  return await readOffsetPage(alerts, alerts.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc'), page)
}

/** Throws `not_found`, also for one of another organization. */
export async function getAlertRow(db: Db, organizationId: string, id: string): Promise<AlertRow> {
  const row = await db
    .selectFrom('alert')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Alert not found', { id })
  return row
}

export async function acknowledgeAlertRow(
  db: Db,
  id: string,
  by: { userId: string | null; now: number },
): Promise<AlertRow> {
  return await db
    .updateTable('alert')
    .set({ acknowledged_at: toIso(by.now), acknowledged_by: by.userId })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Undefined where it was told before, by whichever replica. */
export async function insertAlert(db: Db, row: Insertable<AlertTable>): Promise<AlertRow | undefined> {
  return await db
    .insertInto('alert')
    .values(row)
    .onConflict((conflict) => conflict.columns(['rule_id', 'subject_kind', 'subject_id', 'occurrence']).doNothing())
    .returningAll()
    .executeTakeFirst()
}

export async function countToldSince(db: Db, ruleId: string, since: number): Promise<number> {
  const { total } = await db
    .selectFrom('alert')
    .select(({ fn }) => fn.countAll<bigint>().as('total'))
    .where('rule_id', '=', ruleId)
    .where('created_at', '>', toIso(since) as never)
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** What names something that is told once. */
export type AlertName = Pick<AlertRow, 'rule_id' | 'subject_kind' | 'subject_id' | 'occurrence'>

/** Those that were not told yet. */
export async function withoutTold<Name extends AlertName>(db: Db, names: readonly Name[]): Promise<Name[]> {
  const left: Name[] = []
  for (let at = 0; at < names.length; at += KNOWN_MAX) {
    const some = names.slice(at, at + KNOWN_MAX)
    const { rows } = await sql<{ place: number }>`
      SELECT place::integer AS place
      FROM unnest(${some.map(({ rule_id }) => rule_id)}::uuid[], ${some.map(({ subject_kind }) => subject_kind)}::text[],
        ${some.map(({ subject_id }) => subject_id)}::text[], ${some.map(({ occurrence }) => occurrence)}::text[])
        WITH ORDINALITY AS named (rule_id, subject_kind, subject_id, occurrence, place)
        JOIN alert USING (rule_id, subject_kind, subject_id, occurrence)`.execute(db)
    const told = new Set(rows.map(({ place }) => place - 1))
    left.push(...some.filter((_name, index) => !told.has(index)))
  }
  return left
}

/** Those about low balances that are so still, as far as is known. */
export async function listUnresolvedAlerts(db: Db): Promise<AlertRow[]> {
  return await db
    .selectFrom('alert')
    .selectAll()
    .where('kind', '=', 'low_balance')
    .where('resolved_at', 'is', null)
    .execute()
}

/** It is no longer so, and is told again when it is so again. */
export async function resolveAlert(db: Db, { id, occurrence }: AlertRow, now: number): Promise<void> {
  await db
    .updateTable('alert')
    .set({ resolved_at: toIso(now), occurrence: `${occurrence} until ${toIso(now)} ${id}` })
    .where('id', '=', id)
    .where('resolved_at', 'is', null)
    .execute()
}

/** The addresses of those who have such a part in what an alert is about, each once. */
export async function findAlertAddresses(
  db: Db,
  about: { organizationId: string; workspaceId: string | null; userId: string | null },
  recipients: readonly AlertRecipient[],
): Promise<string[]> {
  if (recipients.length === 0) return []
  const { organizationId, userId, workspaceId } = about
  const roles = [
    ...(recipients.includes('workspace_admins') ? ['admin'] : []),
    ...(recipients.includes('billing_managers') ? ['billing_manager'] : []),
  ]
  const { rows } = await sql<{ email: string }>`
    SELECT DISTINCT email
    FROM organization_member AS member JOIN user_account ON user_account.id = member.user_id
    WHERE member.organization_id = ${organizationId}
      AND ((${recipients.includes('organization_admins')} AND member.role = 'org:admin')
        OR (${recipients.includes('key_owner')} AND member.user_id = ${userId})
        OR EXISTS (SELECT FROM workspace_member AS place WHERE place.user_id = member.user_id
          AND place.workspace_id = ${workspaceId}::uuid AND place.workspace_role = ANY (${roles})))
    ORDER BY email`.execute(db)
  return rows.map(({ email }) => email)
}
