import Stripe from 'stripe'
import { AppError } from '../domain/app-error.ts'
import type { PaymentEvent } from '../domain/payment-event.ts'
import type { CardProvider, Charge, Page } from './card-provider.ts'
import { CHARGED_CARD, StripeEventReader } from './stripe-events.ts'

export interface StripeOptions {
  secretKey: string
  webhookSecret: string
  /** Of the API: `https://api.stripe.com`. */
  apiUrl: string
  /** Where people come back to. */
  publicUrl: string
}

const TIMEOUT_MS = 15_000
const EVENT_AGE_SECONDS_MAX = 300

/** Stripe, through its own package. Idempotency keys are made of our ids, so a repetition finds what was done. */
export function createStripe(options: StripeOptions): CardProvider {
  const { publicUrl, secretKey, webhookSecret } = options
  const stripe = new Stripe(secretKey, {
    ...addressOf(options.apiUrl),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: 0,
    telemetry: false,
  })
  const events = new StripeEventReader(stripe)
  const pages = { success_url: `${publicUrl}/?payment=done`, cancel_url: `${publicUrl}/?payment=cancelled` }
  return {
    openCheckout: (charge) => openPage(stripe, { ...pages, ...checkoutOf(charge) }, `checkout-${charge.purchaseId}`),
    openSetUp: ({ methodId, organizationId }) => {
      const metadata = { organization_id: organizationId, method_id: methodId }
      const session = { mode: 'setup', currency: 'usd', customer_creation: 'always', metadata } as const
      return openPage(stripe, { ...pages, ...session, setup_intent_data: { metadata } }, `set-up-${methodId}`)
    },
    chargeCard: (charge) => chargeCard(stripe, charge),
    forgetCard: async (card) => {
      try {
        await stripe.paymentMethods.detach(card)
      } catch (error) {
        // It is not there any more.
        if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error
      }
    },
    readEvent: (body, signature) => events.read(verified(stripe, { body, signature, webhookSecret })),
  }
}

function addressOf(apiUrl: string): { host: string; port: string; protocol: 'http' | 'https' } {
  const { hostname, port, protocol } = new URL(apiUrl)
  const isPlain = protocol === 'http:'
  return { host: hostname, port: port === '' ? (isPlain ? '80' : '443') : port, protocol: isPlain ? 'http' : 'https' }
}

function metadataOf({ organizationId, purchaseId }: Charge): Record<string, string> {
  return { organization_id: organizationId, purchase_id: purchaseId }
}

function checkoutOf(charge: Charge): Stripe.Checkout.SessionCreateParams {
  const metadata = metadataOf(charge)
  const price = { currency: 'usd', unit_amount: charge.cents, product_data: { name: 'Credits' } }
  return {
    mode: 'payment',
    client_reference_id: charge.purchaseId,
    line_items: [{ quantity: 1, price_data: price }],
    metadata,
    payment_intent_data: { metadata },
  }
}

async function openPage(
  stripe: Stripe,
  session: Stripe.Checkout.SessionCreateParams,
  idempotencyKey: string,
): Promise<Page> {
  try {
    const { url } = await stripe.checkout.sessions.create(session, { idempotencyKey })
    return url === null ? { failure: 'Stripe gave no page' } : { url }
  } catch (error) {
    return { failure: refusalOf(error) }
  }
}

async function chargeCard(
  stripe: Stripe,
  charge: Charge & { card: string; customer: string },
): Promise<PaymentEvent | undefined> {
  const about = { id: `charge-${charge.purchaseId}`, organizationId: charge.organizationId }
  const { purchaseId } = charge
  try {
    const intent = await stripe.paymentIntents.create(
      {
        amount: charge.cents,
        currency: 'usd',
        customer: charge.customer,
        payment_method: charge.card,
        off_session: true,
        confirm: true,
        description: 'Credits',
        metadata: { ...metadataOf(charge), [CHARGED_CARD]: 'yes' },
      },
      { idempotencyKey: `charge-${purchaseId}` },
    )
    if (intent.status !== 'succeeded') return undefined
    const payment = { reference: intent.id, cents: intent.amount_received, currency: intent.currency }
    return { ...about, kind: 'paid', purchaseId, payment }
  } catch (error) {
    return { ...about, kind: 'failed', purchaseId, reason: refusalOf(error) }
  }
}

/** What the same request would meet again, in words. Throws everything else, to be tried again. */
function refusalOf(error: unknown): string {
  const { StripeCardError, StripeInvalidRequestError } = Stripe.errors
  if (error instanceof StripeCardError || error instanceof StripeInvalidRequestError) return error.message
  throw error
}

function verified(stripe: Stripe, sent: { body: Buffer; signature: string; webhookSecret: string }): Stripe.Event {
  try {
    return stripe.webhooks.constructEvent(sent.body, sent.signature, sent.webhookSecret, EVENT_AGE_SECONDS_MAX)
  } catch (cause) {
    throw new AppError('invalid_request', 'The signature of the event is not valid', {}, { cause })
  }
}
