import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { PAYMENT_METHOD_OPERATIONS } from '../../../src/contract/management/payment-methods.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newPaymentMethod } from '../payment-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const path = (id: string) => `/api/v1/credits/payment-methods/${id}`

test('200 and it is gone, while the purchase that was paid with it still names it', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { id } = await newPaymentMethod({ workspace_id })
  const bought = await call(CREDIT_OPERATIONS.createCreditPurchase, { amount_usd: 5, workspace_id })
  expect(bought.data.payment_method_id).toBe(id)
  const answer = await send('DELETE', path(id))
  expect(expectAnswer(answer, 200, PAYMENT_METHOD_OPERATIONS.deletePaymentMethod.output)).toEqual({ deleted: true })
  expectError(await send('GET', path(id)), 404, 'Payment method not found')
  expect((await call(CREDIT_OPERATIONS.getCreditPurchase, { id: bought.data.id })).data).toEqual(bought.data)
  const next = await call(CREDIT_OPERATIONS.createCreditPurchase, { amount_usd: 5, workspace_id })
  expect(next.data.payment_method_id).toBeNull()
})

test('404 for one that is deleted already, and for an unknown id', async () => {
  const { id } = await newPaymentMethod()
  await send('DELETE', path(id))
  expectError(await send('DELETE', path(id)), 404, 'Payment method not found')
  expectError(await send('DELETE', path(NO_UUID)), 404, 'Payment method not found')
})
