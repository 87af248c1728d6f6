import type { Instant, NullableInstant } from './column-types.ts'

export interface PaymentMethodTable {
  id: string
  organization_id: string
  /** Null: of the organization. */
  workspace_id: string | null
  provider: 'manual'
  name: string
  /** One at most in a workspace, and one of the organization. */
  is_default: boolean
  created_at: Instant
  created_by: string | null
  deleted_at: NullableInstant
}

export interface PaymentTables {
  payment_method: PaymentMethodTable
}
