import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { as, newPool } from '../credit-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { createCreditGrant, listCreditGrants } = CREDIT_OPERATIONS
const PATH = '/api/v1/credits/grants'

test('200 lists what was given, to the organization and to pools', async () => {
  const { id } = await newPool(0)
  const { data: whole } = await call(createCreditGrant, { amount_usd: 1 })
  const { data: pool } = await call(createCreditGrant, { amount_usd: 2, workspace_id: id })
  const page = expectAnswer(await send('GET', `${PATH}?limit=100`), 200, listCreditGrants.output)
  expect(page.data).toEqual(expect.arrayContaining([whole, pool]))
  expect(page.total_count).toBeGreaterThanOrEqual(2)
})

test('200 with those of their own workspace alone for a Billing Manager', async () => {
  await call(createCreditGrant, { amount_usd: 1 })
  const answer = await send('GET', PATH, as(gateway.sessions.billingManager))
  const { data } = expectAnswer(answer, 200, listCreditGrants.output)
  expect(data.filter(({ workspace_id }) => workspace_id !== gateway.teamWorkspaceId)).toEqual([])
})

test('400 for a page that cannot be', async () => {
  expectError(await send('GET', `${PATH}?offset=-1`), 400, 'offset')
})
