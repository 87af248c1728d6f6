import type { Generated } from 'kysely'
import type { Instant, NullableInstant } from './column-types.ts'

export interface CreditMovementTable {
  id: string
  organization_id: string
  /** Null: about the organization's own balance. */
  workspace_id: string | null
  kind: 'grant' | 'purchase' | 'transfer'
  /** Of transfers. */
  direction: 'to_workspace' | 'to_organization' | null
  amount_nano: bigint
  status: 'pending' | 'completed' | 'failed'
  payment_method_id: string | null
  /** Of purchases. */
  provider: Generated<'manual' | 'stripe'>
  /** Where to pay. */
  checkout_url: Generated<string | null>
  /** Why it was not paid. */
  failure: Generated<string | null>
  refunded_nano: Generated<bigint>
  reference: string | null
  note: string | null
  created_at: Instant
  created_by: string | null
  completed_at: NullableInstant
}

export interface CreditTables {
  credit_movement: CreditMovementTable
}
