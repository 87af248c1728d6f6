import type { PaymentEvent } from '../domain/payment-event.ts'

/** What is to be paid. The same id asks for the same payment, however often. */
export interface Charge {
  purchaseId: string
  organizationId: string
  /** US cents. */
  cents: number
}

/** Where a person goes on, with a card that we never see; or why it can't be. */
export type Page = { url: string } | { failure: string }

/** Takes payments by card. Each call throws when it should be tried again, and repeats nothing that was done. */
export interface CardProvider {
  /** A page on which somebody pays. */
  openCheckout: (charge: Charge) => Promise<Page>
  /** A page on which somebody leaves a card for later purchases. */
  openSetUp: (method: { methodId: string; organizationId: string }) => Promise<Page>
  /** Charges a card that was left. Undefined: it is told later. */
  chargeCard: (charge: Charge & { card: string; customer: string }) => Promise<PaymentEvent | undefined>
  forgetCard: (card: string) => Promise<void>
  /** The event that the provider sent, if it is about us. Throws `invalid_request` when it isn't from the provider, or is old. */
  readEvent: (body: Buffer, signature: string) => Promise<PaymentEvent | undefined>
}
