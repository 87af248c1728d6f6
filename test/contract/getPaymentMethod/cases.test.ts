import { expect, test } from 'vitest'
import { PAYMENT_METHOD_OPERATIONS } from '../../../src/contract/management/payment-methods.ts'
import { as } from '../credit-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { newPaymentMethod } from '../payment-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const path = (id: string) => `/api/v1/credits/payment-methods/${id}`

test('200 as it was made', async () => {
  const made = await newPaymentMethod()
  const answer = await send('GET', path(made.id))
  expect(expectAnswer(answer, 200, PAYMENT_METHOD_OPERATIONS.getPaymentMethod.output).data).toEqual(made)
})

test("404 for an unknown id, for another organization's, and for the organization's own to a Billing Manager", async () => {
  const { id } = await newPaymentMethod()
  expectError(await send('GET', path(NO_UUID)), 404, 'Payment method not found')
  expectError(await send('GET', path(id), as(gateway.other.orgAdmin)), 404, 'Payment method not found')
  expectError(await send('GET', path(id), as(gateway.sessions.billingManager)), 404, 'Payment method not found')
})
