import type { Generated } from 'kysely'
import type { Instant, NullableInstant } from './column-types.ts'

export interface PaymentMethodTable {
  id: string
  organization_id: string
  /** Null: of the organization. */
  workspace_id: string | null
  provider: 'manual' | 'stripe'
  name: string
  /** One at most in a workspace, and one of the organization. */
  is_default: boolean
  created_at: Instant
  created_by: string | null
  deleted_at: NullableInstant
  /** `pending` until somebody has left a card. */
  status: Generated<'pending' | 'active' | 'failed'>
  /** Where to leave it. */
  setup_url: Generated<string | null>
  /** The provider's names of the card and of whose it is. */
  card_reference: Generated<string | null>
  card_customer: Generated<string | null>
  card_brand: Generated<string | null>
  card_last4: Generated<string | null>
  card_exp_month: Generated<number | null>
  card_exp_year: Generated<number | null>
}

export interface PaymentEventTable {
  organization_id: string
  /** The provider's. */
  id: string
  kind: string
  received_at: Instant
}

export interface PaymentReversalTable {
  organization_id: string
  purchase_id: string
  /** The provider's id of the refund or dispute. */
  reference: string
  cause: 'refund' | 'dispute'
  amount_nano: bigint
  is_returned: boolean
  created_at: Instant
}

export interface PaymentTables {
  payment_method: PaymentMethodTable
  payment_event: PaymentEventTable
  payment_reversal: PaymentReversalTable
}
