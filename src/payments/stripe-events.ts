import type Stripe from 'stripe'
import type { PaymentEvent, Reversal } from '../domain/payment-event.ts'

type About = Pick<PaymentEvent, 'id' | 'organizationId'>

/** In the metadata of payments that were made with a card that had been left before, with nobody there. */
export const CHARGED_CARD = 'charged_card'

/** What events mean to us. Those about payments and cards that aren't ours, which carry none of our ids, mean nothing. */
export class StripeEventReader {
  readonly #stripe: Stripe

  constructor(stripe: Stripe) {
    this.#stripe = stripe
  }

  async read(event: Stripe.Event): Promise<PaymentEvent | undefined> {
    switch (event.type) {
      case 'checkout.session.completed':
      case 'checkout.session.async_payment_succeeded':
        return await this.#completed(event.id, event.data.object)
      case 'checkout.session.expired':
        return failed(event.id, event.data.object, 'Nobody paid before the page expired')
      case 'checkout.session.async_payment_failed':
        return failed(event.id, event.data.object, 'The payment failed')
      case 'payment_intent.succeeded':
        return paid(event.id, event.data.object)
      case 'payment_intent.payment_failed':
        return refused(event.id, event.data.object)
      case 'payment_intent.canceled':
        return failed(event.id, event.data.object, 'The payment was cancelled')
      case 'refund.created':
      case 'refund.updated':
      case 'refund.failed':
        return await this.#refunded(event.id, event.data.object)
      case 'charge.dispute.funds_withdrawn':
        return await this.#disputed(event.id, 'taken_back', event.data.object)
      case 'charge.dispute.funds_reinstated':
        return await this.#disputed(event.id, 'returned', event.data.object)
      default:
        return undefined
    }
  }

  async #completed(id: string, session: Stripe.Checkout.Session): Promise<PaymentEvent | undefined> {
    if (session.mode === 'setup') return await this.#cardSaved(id, session)
    const named = purchaseOf(id, session.metadata)
    if (named === undefined || session.payment_status !== 'paid') return undefined
    const reference = idOf(session.payment_intent)
    const payment = { reference, cents: session.amount_total ?? 0, currency: session.currency ?? '' }
    return { ...named, kind: 'paid', payment }
  }

  async #cardSaved(id: string, session: Stripe.Checkout.Session): Promise<PaymentEvent | undefined> {
    const { method_id: methodId, organization_id: organizationId } = session.metadata ?? {}
    if (methodId === undefined || organizationId === undefined) return undefined
    const intent = await this.#stripe.setupIntents.retrieve(idOf(session.setup_intent), { expand: ['payment_method'] })
    const method = intent.payment_method
    if (method === null || typeof method === 'string' || method.card === undefined) return undefined
    const { brand, exp_month: expMonth, exp_year: expYear, last4 } = method.card
    const card = { reference: method.id, customer: idOf(intent.customer), brand, last4, expMonth, expYear }
    return { id, organizationId, kind: 'card_saved', methodId, card }
  }

  async #refunded(id: string, refund: Stripe.Refund): Promise<PaymentEvent | undefined> {
    const isOff = refund.status === 'failed' || refund.status === 'canceled'
    return await this.#reversed(id, idOf(refund.payment_intent), {
      kind: isOff ? 'returned' : 'taken_back',
      cause: 'refund',
      reference: refund.id,
      cents: refund.amount,
    })
  }

  async #disputed(id: string, kind: Reversal['kind'], dispute: Stripe.Dispute): Promise<PaymentEvent | undefined> {
    const { amount: cents, id: reference } = dispute
    return await this.#reversed(id, idOf(dispute.payment_intent), { kind, cause: 'dispute', reference, cents })
  }

  /** Refunds and disputes carry ids of Stripe alone: the payment they are about has ours. */
  async #reversed(
    id: string,
    paymentId: string,
    reversal: Omit<Reversal, 'purchaseId' | 'payment'>,
  ): Promise<PaymentEvent | undefined> {
    if (paymentId === '') return undefined
    const payment = paid(id, await this.#stripe.paymentIntents.retrieve(paymentId))
    return payment === undefined ? undefined : { ...payment, ...reversal }
  }
}

function paid(id: string, intent: Stripe.PaymentIntent) {
  const named = purchaseOf(id, intent.metadata)
  if (named === undefined) return undefined
  const payment = { reference: intent.id, cents: intent.amount_received, currency: intent.currency }
  return { ...named, kind: 'paid' as const, payment }
}

/** On a page the payer may try another card, so there nothing is over yet. */
function refused(id: string, intent: Stripe.PaymentIntent): PaymentEvent | undefined {
  if (intent.metadata[CHARGED_CARD] === undefined) return undefined
  return failed(id, intent, intent.last_payment_error?.message ?? 'The payment failed')
}

function failed(
  id: string,
  { metadata }: Pick<Stripe.PaymentIntent | Stripe.Checkout.Session, 'metadata'>,
  reason: string,
): PaymentEvent | undefined {
  const named = purchaseOf(id, metadata)
  return named === undefined ? undefined : { ...named, kind: 'failed', reason }
}

function purchaseOf(id: string, metadata: Stripe.Metadata | null): (About & { purchaseId: string }) | undefined {
  const { organization_id: organizationId, purchase_id: purchaseId } = metadata ?? {}
  return organizationId === undefined || purchaseId === undefined ? undefined : { id, organizationId, purchaseId }
}

function idOf(reference: string | { id: string } | null): string {
  return typeof reference === 'string' ? reference : (reference?.id ?? '')
}
