import { PAYMENT_METHOD_OPERATIONS, type PaymentMethodWire } from '../../src/contract/management/payment-methods.ts'
import { call } from './request.ts'

export async function newPaymentMethod(
  fields: { workspace_id?: string; name?: string } = {},
): Promise<PaymentMethodWire> {
  const input = { provider: 'manual' as const, name: 'Transfer', ...fields }
  return (await call(PAYMENT_METHOD_OPERATIONS.createPaymentMethod, input)).data
}
