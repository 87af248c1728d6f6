import type { Insertable, Selectable, Updateable } from 'kysely'
import { AppError } from '../../domain/app-error.ts'
import { type Db, toIso } from '../schema.ts'
import type { PaymentMethodTable } from '../tables/payments.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'

export type PaymentMethodRow = Selectable<PaymentMethodTable>

/** Whose methods: a workspace's, or the organization's own when `workspaceId` is null. */
export interface PaymentScope {
  organizationId: string
  workspaceId: string | null
}

/** Oldest first. `workspaceIds`: only of these; `all` also has those of the organization. */
export async function listPaymentMethodRows(
  db: Db,
  organizationId: string,
  wanted: OffsetPage & { workspaceIds: 'all' | readonly string[] },
): Promise<CountedRows<PaymentMethodRow>> {
  const { workspaceIds } = wanted
  let found = livingMethods(db, organizationId)
  if (workspaceIds !== 'all') found = found.where('workspace_id', 'in', [...workspaceIds])
  return await readOffsetPage(found, found.selectAll().orderBy('created_at').orderBy('id'), wanted)
}

/** Throws `not_found`, also for one that is deleted or of another organization. */
export async function getLivePaymentMethod(db: Db, organizationId: string, id: string): Promise<PaymentMethodRow> {
  const row = await livingMethods(db, organizationId).selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new AppError('not_found', 'Payment method not found')
  return row
}

export async function findDefaultPaymentMethod(
  db: Db,
  { organizationId, workspaceId }: PaymentScope,
): Promise<PaymentMethodRow | undefined> {
  return await livingMethods(db, organizationId)
    .selectAll()
    .where('workspace_id', 'is not distinct from', workspaceId)
    .where('is_default', '=', true)
    .executeTakeFirst()
}

export async function countPaymentMethods(db: Db, { organizationId, workspaceId }: PaymentScope): Promise<number> {
  const { total } = await livingMethods(db, organizationId)
    .where('workspace_id', 'is not distinct from', workspaceId)
    .select((e) => e.fn.countAll<bigint>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** Makes room for another default. */
export async function clearDefaultPaymentMethod(db: Db, { organizationId, workspaceId }: PaymentScope): Promise<void> {
  await db
    .updateTable('payment_method')
    .set({ is_default: false })
    .where('organization_id', '=', organizationId)
    .where('workspace_id', 'is not distinct from', workspaceId)
    .where('is_default', '=', true)
    .execute()
}

export async function insertPaymentMethod(db: Db, row: Insertable<PaymentMethodTable>): Promise<PaymentMethodRow> {
  return await db.insertInto('payment_method').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function updatePaymentMethodRow(
  db: Db,
  id: string,
  fields: Updateable<PaymentMethodTable>,
): Promise<PaymentMethodRow> {
  return await db
    .updateTable('payment_method')
    .set(fields)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The row stays for the purchases that were paid with it. */
export async function deletePaymentMethodRow(db: Db, id: string, now: number): Promise<void> {
  await updatePaymentMethodRow(db, id, { is_default: false, deleted_at: toIso(now) })
}

/** Of a workspace that goes. */
export async function deletePaymentMethodsOfWorkspace(db: Db, workspaceId: string, now: number): Promise<void> {
  await db
    .updateTable('payment_method')
    .set({ is_default: false, deleted_at: toIso(now) })
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .execute()
}

function livingMethods(db: Db, organizationId: string) {
  return db.selectFrom('payment_method').where('organization_id', '=', organizationId).where('deleted_at', 'is', null)
}
