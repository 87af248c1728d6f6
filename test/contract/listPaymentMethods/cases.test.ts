import { expect, test } from 'vitest'
import { PAYMENT_METHOD_OPERATIONS } from '../../../src/contract/management/payment-methods.ts'
import { as } from '../credit-fixtures.ts'
import { newWorkspace } from '../fixtures.ts'
import { newPaymentMethod } from '../payment-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { deletePaymentMethod, listPaymentMethods } = PAYMENT_METHOD_OPERATIONS
const PATH = '/api/v1/credits/payment-methods'

test('200 oldest first, page by page, without those that were deleted', async () => {
  const { id: workspace_id } = await newWorkspace()
  const methods = [
    await newPaymentMethod({ workspace_id }),
    await newPaymentMethod(),
    await newPaymentMethod({ workspace_id }),
  ]
  await call(deletePaymentMethod, { id: methods[1]?.id ?? '' })
  const { total_count } = await call(listPaymentMethods, {})
  const path = `${PATH}?offset=${total_count - 2}&limit=2`
  const { data } = expectAnswer(await send('GET', path), 200, listPaymentMethods.output)
  expect(data).toEqual([methods[0], methods[2]])
})

test('200 for a Billing Manager has those of the workspace alone', async () => {
  const own = await newPaymentMethod({ workspace_id: gateway.teamWorkspaceId })
  await newPaymentMethod()
  const answer = await send('GET', `${PATH}?limit=100`, as(gateway.sessions.billingManager))
  const { data } = expectAnswer(answer, 200, listPaymentMethods.output)
  expect(data.map(({ id }) => id)).toContain(own.id)
  expect(data.filter(({ workspace_id }) => workspace_id !== gateway.teamWorkspaceId)).toEqual([])
})

test('400 for a page that is none', async () => {
  expectError(await send('GET', `${PATH}?limit=101`), 400, 'limit')
})
