import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { toCents } from '../../domain/payment-event.ts'
import type { CreditMovementRow } from '../../store/queries/credits.ts'
import {
  findDefaultPaymentMethod,
  getLivePaymentMethod,
  type PaymentMethodRow,
} from '../../store/queries/payment-methods.ts'
import { type ControlContext, organizationOf } from '../context.ts'

type Provider = PaymentMethodRow['provider']

/** Who takes a payment, and with which method; without one the payer is asked. */
export interface ChosenPayment {
  provider: Provider
  method: PaymentMethodRow | undefined
}

/** The kind of deliveries in the outbox that a payment provider is to carry out. */
const PAYMENT_KIND = 'payment'
/** The least that Stripe charges. */
const CENTS_MIN = 50
const STRIPE_SETTINGS = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']

interface Wanted {
  payment_method_id?: string | null | undefined
  provider?: Provider | undefined
  workspaceId: string | null
  amount: bigint
}

/**
 * How a purchase is paid: with the method that is named, with none where it is null, else, unless another provider is named,
 * with the default of its workspace or, for none, of the organization. Throws `invalid_request` where the provider can't take it, and `not_found` for a method
 * that is not for such a purchase.
 */
export async function choosePayment(context: ControlContext, wanted: Wanted): Promise<ChosenPayment> {
  const method = await chooseMethod(context, wanted)
  const provider = wanted.provider ?? method?.provider ?? 'manual'
  if (method !== undefined && method.provider !== provider)
    throw new AppError('invalid_request', `provider: the payment method is of ${method.provider}`)
  if (provider === 'stripe') {
    requireStripe(context)
    centsOf(wanted.amount)
    if (method !== undefined && method.status !== 'active')
      throw new AppError('invalid_request', 'payment_method_id: nobody has left a card there yet')
  }
  return { provider, method }
}

async function chooseMethod(
  context: ControlContext,
  { payment_method_id: id, provider, workspaceId }: Wanted,
): Promise<PaymentMethodRow | undefined> {
  const organizationId = organizationOf(context)
  if (id === null) return undefined
  if (id === undefined) {
    const standing = await findDefaultPaymentMethod(context.tx, { organizationId, workspaceId })
    const isUsable = standing?.status === 'active' && (provider ?? standing.provider) === standing.provider
    return isUsable ? standing : undefined
  }
  const row = await getLivePaymentMethod(context.tx, organizationId, id)
  const isOwn = row.workspace_id === workspaceId
  const isOfOrganization = row.workspace_id === null && reachIn(context.access, 'credit:purchase', null) === 'ws'
  if (!isOwn && !isOfOrganization) throw new AppError('not_found', 'Payment method not found')
  return row
}

/** Has the payment made: with the card that was left, else on a page for the payer. */
export async function queuePayment(
  context: ControlContext,
  row: CreditMovementRow,
  { provider, method }: ChosenPayment,
): Promise<void> {
  if (provider !== 'stripe') return
  const about = { purchaseId: row.id, cents: centsOf(row.amount_nano) }
  const { card_customer: customer, card_reference: card } = method ?? {}
  const payload = card && customer ? { task: 'charge', ...about, card, customer } : { task: 'checkout', ...about }
  await queuePaymentTask(context, row.workspace_id, payload)
}

export async function queuePaymentTask(
  context: ControlContext,
  workspaceId: string | null,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  await context.queue({ kind: PAYMENT_KIND, workspaceId, payload })
}

/** Throws `invalid_request` that names the settings without which nothing can be paid by card here. */
export function requireStripe(context: ControlContext): void {
  if (context.outside.isStripeOn) return
  const message = `provider: payments by card are not set up here, set ${STRIPE_SETTINGS.join(' and ')}`
  throw new AppError('invalid_request', message, {}, { metadata: { settings: STRIPE_SETTINGS } })
}

function centsOf(amount: bigint): number {
  const cents = toCents(amount)
  if (cents === undefined || cents < CENTS_MIN)
    throw new AppError('invalid_request', 'amount_usd: must be whole cents and at least $0.50 to be paid by card')
  return cents
}
