import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { as } from '../credit-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { createCreditGrant, createCreditPurchase, getCreditPurchase } = CREDIT_OPERATIONS
const path = (id: string) => `/api/v1/credits/purchases/${id}`

test('200 gives the purchase as it was made', async () => {
  const { data } = await call(createCreditPurchase, { amount_usd: 4.2, note: 'PO 17' })
  expect(expectAnswer(await send('GET', path(data.id)), 200, getCreditPurchase.output).data).toEqual(data)
})

test('404 for an unknown id, for a grant, and for a purchase of the organization asked by a Billing Manager', async () => {
  const { data: grant } = await call(createCreditGrant, { amount_usd: 1 })
  for (const id of [NO_UUID, grant.id]) expectError(await send('GET', path(id)), 404, 'Credit purchase not found')
  const { data: whole } = await call(createCreditPurchase, { amount_usd: 1 })
  expectError(await send('GET', path(whole.id), as(gateway.sessions.billingManager)), 404, 'Credit purchase not found')
})
