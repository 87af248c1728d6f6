import type { PaymentMethodWire } from '../../contract/management/payment-methods.ts'
import type { PaymentMethodRow } from '../../store/queries/payment-methods.ts'
import { toIso } from '../../store/schema.ts'

export function paymentMethodToWire(row: PaymentMethodRow): PaymentMethodWire {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    provider: row.provider,
    name: row.name,
    status: row.status,
    setup_url: row.setup_url,
    card: cardOf(row),
    is_default: row.is_default,
    created_at: toIso(row.created_at),
    created_by: row.created_by,
  }
}

function cardOf(row: PaymentMethodRow): PaymentMethodWire['card'] {
  const { card_brand: brand, card_exp_month: exp_month, card_exp_year: exp_year, card_last4: last4 } = row
  return brand && last4 && exp_month && exp_year ? { brand, last4, exp_month, exp_year } : null
}
