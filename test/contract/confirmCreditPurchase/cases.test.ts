import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { getCredits } from '../../../src/contract/management/organization.ts'
import { as, newPool, poolBalance } from '../credit-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { confirmCreditPurchase, createCreditPurchase } = CREDIT_OPERATIONS
const path = (id: string) => `/api/v1/credits/purchases/${id}/confirm`

test('200 books the purchase into the pool of its workspace', async () => {
  const { id } = await newPool(0)
  const { data: pending } = await call(createCreditPurchase, { amount_usd: 25, workspace_id: id })
  const { data } = expectAnswer(await send('POST', path(pending.id)), 200, confirmCreditPurchase.output)
  expect(data).toEqual({ ...pending, status: 'completed', completed_at: expect.stringMatching(/Z$/) })
  expect(await poolBalance(id)).toBe(25)
})

test('200 books it to the organization where the workspace has no pool', async () => {
  const { data } = await call(createCreditPurchase, { amount_usd: 10, workspace_id: gateway.teamWorkspaceId })
  const before = (await call(getCredits, {})).data.total_credits
  await call(confirmCreditPurchase, { id: data.id })
  expect((await call(getCredits, {})).data.total_credits).toBeGreaterThanOrEqual(Number((before + 10).toFixed(9)))
  expect(await poolBalance(gateway.teamWorkspaceId)).toBe(0)
})

test('409 for all but one of those who confirm it, and it is booked once', async () => {
  const { id } = await newPool(0)
  const { data } = await call(createCreditPurchase, { amount_usd: 3, workspace_id: id })
  const answers = await Promise.all(Array.from({ length: 4 }, () => send('POST', path(data.id))))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
  expect(await poolBalance(id)).toBe(3)
})

test('403 for the Billing Manager who bought it', async () => {
  const { data } = await call(createCreditPurchase, { amount_usd: 3, workspace_id: gateway.teamWorkspaceId })
  expectError(await send('POST', path(data.id), as(gateway.sessions.billingManager)), 403, 'credit:grant')
})

test('404 for an unknown id', async () => {
  expectError(await send('POST', path(NO_UUID)), 404, 'Credit purchase not found')
})
