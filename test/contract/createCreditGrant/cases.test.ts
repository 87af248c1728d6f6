import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { getCredits } from '../../../src/contract/management/organization.ts'
import { as, newPool, poolBalance } from '../credit-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createCreditGrant } = CREDIT_OPERATIONS
const PATH = '/api/v1/credits/grants'

test('201 adds to the credits of the organization', async () => {
  const before = (await call(getCredits, {})).data.total_credits
  const body = { amount_usd: 7.25, note: 'welcome' }
  const { data } = expectAnswer(await send('POST', PATH, { body }), 201, createCreditGrant.output)
  expect(data).toEqual({
    id: expect.any(String),
    workspace_id: null,
    amount_usd: 7.25,
    reference: null,
    note: 'welcome',
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
  })
  expect((await call(getCredits, {})).data.total_credits).toBeGreaterThanOrEqual(Number((before + 7.25).toFixed(9)))
})

test('201 fills the pool of a workspace, once for a reference', async () => {
  const { id } = await newPool(0)
  const body = { amount_usd: 1.5, workspace_id: id, reference: newSlug() }
  for (let time = 0; time < 2; time += 1) expect((await send('POST', PATH, { body })).status).toBe(201)
  expect(await poolBalance(id)).toBe(1.5)
})

test.each([
  ['no amount', {}, 'amount_usd'],
  ['less than nothing', { amount_usd: -1 }, 'amount_usd'],
  ['more than a million', { amount_usd: 1e6 + 1 }, 'amount_usd'],
  ['no UUID', { amount_usd: 1, workspace_id: 'default' }, 'workspace_id'],
])('400 for %s', async (_name, body, named) => {
  expectError(await send('POST', PATH, { body }), 400, named)
})

test('400 for a workspace without a pool', async () => {
  const { id } = await newWorkspace()
  expectError(await send('POST', PATH, { body: { amount_usd: 1, workspace_id: id } }), 400, 'workspace_id')
})

test('403 for the Billing Manager of a workspace, who would give to themselves', async () => {
  expectError(await send('POST', PATH, as(gateway.sessions.billingManager, { amount_usd: 1 })), 403, 'credit:grant')
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('POST', PATH, { body: { amount_usd: 1, workspace_id: NO_UUID } }), 404, 'Workspace not found')
})

test('409 for a reference that gave something else', async () => {
  const reference = newSlug()
  await call(createCreditGrant, { amount_usd: 1, reference })
  expectError(await send('POST', PATH, { body: { amount_usd: 2, reference } }), 409, 'reference')
})
