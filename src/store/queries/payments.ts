import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db } from '../schema.ts'
import type { CreditMovementTable } from '../tables/credits.ts'
import type { PaymentEventTable, PaymentReversalTable } from '../tables/payments.ts'
import type { CreditMovementRow } from './credits.ts'

type ReversalRow = Selectable<PaymentReversalTable>

/** Whether it is new. */
export async function insertPaymentEvent(db: Db, row: Insertable<PaymentEventTable>): Promise<boolean> {
  const inserted = await db
    .insertInto('payment_event')
    .values(row)
    .onConflict((conflict) => conflict.columns(['organization_id', 'id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function findReversal(
  db: Db,
  organizationId: string,
  reference: string,
): Promise<ReversalRow | undefined> {
  return await db
    .selectFrom('payment_reversal')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('reference', '=', reference)
    .executeTakeFirst()
}

export async function insertReversal(db: Db, row: Insertable<PaymentReversalTable>): Promise<void> {
  await db.insertInto('payment_reversal').values(row).execute()
}

export async function markReversalReturned(db: Db, organizationId: string, reference: string): Promise<void> {
  await db
    .updateTable('payment_reversal')
    .set({ is_returned: true })
    .where('organization_id', '=', organizationId)
    .where('reference', '=', reference)
    .execute()
}

export async function updateMovement(
  db: Db,
  id: string,
  fields: Updateable<CreditMovementTable>,
): Promise<CreditMovementRow> {
  return await db
    .updateTable('credit_movement')
    .set(fields)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Which balance the purchase went to. */
export async function findCreditedSide(
  db: Db,
  organizationId: string,
  purchaseId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('ledger_entry')
    .select('credit_account')
    .where('organization_id', '=', organizationId)
    .where('id', '=', purchaseId)
    .executeTakeFirst()
  return row?.credit_account
}
