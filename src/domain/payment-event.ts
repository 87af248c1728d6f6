/** Something that a payment provider says has happened. Amounts are in cents of the currency. */
export type PaymentEvent = { id: string; organizationId: string } & (
  | { kind: 'paid'; purchaseId: string; payment: Payment }
  | { kind: 'failed'; purchaseId: string; reason: string }
  | Reversal
  | { kind: 'card_saved'; methodId: string; card: SavedCard }
)

/** Money goes back to who paid, or comes again: a refund that failed, a dispute that was won. */
export interface Reversal {
  kind: 'taken_back' | 'returned'
  purchaseId: string
  payment: Payment
  cause: 'refund' | 'dispute'
  /** The refund or the dispute. */
  reference: string
  cents: number
}

export interface Payment {
  reference: string
  cents: number
  /** Lowercase. */
  currency: string
}

/** What is known of a card: enough to tell it from another, nothing to pay with elsewhere. */
export interface SavedCard {
  /** The provider's names of the card and of whose it is. */
  reference: string
  customer: string
  brand: string
  last4: string
  expMonth: number
  expYear: number
}

const NANO_PER_CENT = 10_000_000n

/** Whole cents, or undefined for an amount that has a fraction of one. */
export function toCents(nano: bigint): number | undefined {
  return nano % NANO_PER_CENT === 0n ? Number(nano / NANO_PER_CENT) : undefined
}

export function fromCents(cents: number): bigint {
  return BigInt(cents) * NANO_PER_CENT
}
