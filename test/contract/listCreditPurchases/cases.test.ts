import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { as } from '../credit-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { createCreditPurchase, listCreditPurchases } = CREDIT_OPERATIONS
const PATH = '/api/v1/credits/purchases'

test('200 lists purchases, those of the organization for who sees it alone', async () => {
  const { data: whole } = await call(createCreditPurchase, { amount_usd: 1 })
  const { data: team } = await call(createCreditPurchase, { amount_usd: 2, workspace_id: gateway.teamWorkspaceId })
  const all = expectAnswer(await send('GET', `${PATH}?limit=100`), 200, listCreditPurchases.output)
  expect(all.data).toEqual(expect.arrayContaining([whole, team]))
  const some = await send('GET', `${PATH}?limit=100`, as(gateway.sessions.billingManager))
  const { data } = expectAnswer(some, 200, listCreditPurchases.output)
  expect(data).toContainEqual(team)
  expect(new Set(data.map(({ workspace_id }) => workspace_id))).toEqual(new Set([gateway.teamWorkspaceId]))
})

test('400 for a page that cannot be', async () => {
  expectError(await send('GET', `${PATH}?limit=101`), 400, 'limit')
})
