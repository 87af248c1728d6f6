import type { PaymentMethodWire } from '../../contract/management/payment-methods.ts'
import type { PaymentMethodRow } from '../../store/queries/payment-methods.ts'
import { toIso } from '../../store/schema.ts'

export function paymentMethodToWire(row: PaymentMethodRow): PaymentMethodWire {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    provider: row.provider,
    name: row.name,
    is_default: row.is_default,
    created_at: toIso(row.created_at),
    created_by: row.created_by,
  }
}
