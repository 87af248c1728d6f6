import { toUsd } from '../../domain/money.ts'
import { fromCents, type Payment, type PaymentEvent, type Reversal } from '../../domain/payment-event.ts'
import { bookEntry, type CreditMovementRow, funding, getMovement } from '../../store/queries/credits.ts'
import { getLivePaymentMethod, updatePaymentMethodRow } from '../../store/queries/payment-methods.ts'
import {
  findCreditedSide,
  findReversal,
  insertPaymentEvent,
  insertReversal,
  markReversalReturned,
  updateMovement,
} from '../../store/queries/payments.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { auditPurchase, completePurchase } from '../credits/complete-purchase.ts'
import { paymentMethodToWire } from './payment-method-wire.ts'

/**
 * Does what an event of a payment provider means, once, in whatever order and however often events come. Throws `not_found`
 * for one about a purchase or a method that isn't there.
 */
export async function applyPaymentEvent(context: ControlContext, event: PaymentEvent): Promise<void> {
  if (event.kind === 'card_saved') return await saveCard(context, event)
  const before = await getMovement(context.tx, organizationOf(context), { kind: 'purchase', id: event.purchaseId })
  if (!(await isNew(context, event))) return context.didNothing()
  const after = await applyTo(context, before, event)
  if (after === before) context.didNothing()
  else auditPurchase(context, before, after)
}

async function isNew(context: ControlContext, { id, kind }: PaymentEvent): Promise<boolean> {
  const seen = { organization_id: organizationOf(context), id, kind, received_at: toIso(context.now) }
  return await insertPaymentEvent(context.tx, seen)
}

type PurchaseEvent = Exclude<PaymentEvent, { kind: 'card_saved' }>

async function applyTo(
  context: ControlContext,
  before: CreditMovementRow,
  event: PurchaseEvent,
): Promise<CreditMovementRow> {
  if (before.provider === 'manual') return before
  if (event.kind === 'failed') return await noteFailure(context, before, event.reason)
  // What can be taken back was paid, though nobody may have told yet.
  const paid = await notePayment(context, before, event.payment)
  return event.kind === 'paid' ? paid : await noteReversal(context, paid, event)
}

async function noteFailure(
  context: ControlContext,
  row: CreditMovementRow,
  reason: string,
): Promise<CreditMovementRow> {
  if (row.status !== 'pending') return row
  return await updateMovement(context.tx, row.id, { status: 'failed', failure: reason })
}

/** Only what was bought counts: another amount or currency gives nothing, and somebody has to look. */
async function notePayment(
  context: ControlContext,
  row: CreditMovementRow,
  { cents, currency }: Payment,
): Promise<CreditMovementRow> {
  if (row.status === 'completed') return row
  if (currency === 'usd' && fromCents(cents) === row.amount_nano) return await completePurchase(context, row)
  const paid = `${toUsd(fromCents(cents))} ${currency.toUpperCase()}`
  const failure = `${paid} were paid in place of ${toUsd(row.amount_nano)} USD: nothing was credited`
  return await updateMovement(context.tx, row.id, { status: 'failed', failure })
}

/** An entry against the one of the purchase; one more the other way where the money comes again. */
async function noteReversal(
  context: ControlContext,
  row: CreditMovementRow,
  { cause, cents, kind, reference }: Reversal,
): Promise<CreditMovementRow> {
  const { now, tx } = context
  const organizationId = organizationOf(context)
  const credited = await findCreditedSide(tx, organizationId, row.id)
  if (credited === undefined) return row
  const amount = fromCents(cents)
  const known = await findReversal(tx, organizationId, reference)
  const isReturn = kind === 'returned'
  if (known !== undefined && (known.is_returned || !isReturn)) return row
  if (known === undefined) {
    const about = { organization_id: organizationId, purchase_id: row.id, reference, cause, created_at: toIso(now) }
    await insertReversal(tx, { ...about, amount_nano: amount, is_returned: isReturn })
    // Told the wrong way round: what is returned already needn't be taken.
    if (isReturn) return row
  } else await markReversalReturned(tx, organizationId, reference)
  const [from, to] = isReturn ? [funding(organizationId), credited] : [credited, funding(organizationId)]
  await bookEntry(tx, {
    id: `${reference}-${kind}`,
    organization_id: organizationId,
    kind: cause === 'refund' ? 'refund' : 'adjustment',
    debit_account: from,
    credit_account: to,
    amount_nano: amount,
    note: `${cause} of purchase ${row.id}`,
    created_at: toIso(now),
  })
  context.changed('organization', organizationId)
  const refunded = isReturn ? row.refunded_nano - amount : row.refunded_nano + amount
  return await updateMovement(tx, row.id, { refunded_nano: refunded })
}

async function saveCard(context: ControlContext, event: Extract<PaymentEvent, { kind: 'card_saved' }>): Promise<void> {
  const { card, methodId } = event
  const before = await getLivePaymentMethod(context.tx, organizationOf(context), methodId)
  if (before.provider === 'manual' || !(await isNew(context, event))) return context.didNothing()
  const after = await updatePaymentMethodRow(context.tx, methodId, {
    status: 'active',
    setup_url: null,
    card_reference: card.reference,
    card_customer: card.customer,
    card_brand: card.brand,
    card_last4: card.last4,
    card_exp_month: card.expMonth,
    card_exp_year: card.expYear,
  })
  auditMethod(context, before, after)
}

/** Where to pay for a purchase or to leave a card, or why that can't be. */
export type OpenedPage = ({ purchaseId: string } | { methodId: string }) & ({ url: string } | { failure: string })

export async function noteOpenedPage(context: ControlContext, page: OpenedPage): Promise<void> {
  const isOpen = 'url' in page
  if ('purchaseId' in page) {
    const before = await getMovement(context.tx, organizationOf(context), { kind: 'purchase', id: page.purchaseId })
    if (before.status !== 'pending' || before.checkout_url !== null) return context.didNothing()
    const fields = isOpen ? { checkout_url: page.url } : { status: 'failed' as const, failure: page.failure }
    return auditPurchase(context, before, await updateMovement(context.tx, before.id, fields))
  }
  const before = await getLivePaymentMethod(context.tx, organizationOf(context), page.methodId)
  if (before.status !== 'pending' || before.setup_url !== null) return context.didNothing()
  const fields = isOpen ? { setup_url: page.url } : { status: 'failed' as const }
  auditMethod(context, before, await updatePaymentMethodRow(context.tx, before.id, fields))
}

type MethodRow = Awaited<ReturnType<typeof getLivePaymentMethod>>

function auditMethod(context: ControlContext, before: MethodRow, after: MethodRow): void {
  context.audit({
    resource: 'payment_method',
    id: after.id,
    workspaceId: after.workspace_id,
    before: paymentMethodToWire(before),
    after: paymentMethodToWire(after),
  })
}
