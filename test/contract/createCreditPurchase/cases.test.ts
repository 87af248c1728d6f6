import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { as, newPool, newViewer, poolBalance } from '../credit-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { newPaymentMethod } from '../payment-fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createCreditPurchase } = CREDIT_OPERATIONS
const PATH = '/api/v1/credits/purchases'

test('201 is a promise to pay: nothing counts before it is confirmed', async () => {
  const { id } = await newPool(0)
  const body = { amount_usd: 25, workspace_id: id }
  const { data } = expectAnswer(await send('POST', PATH, { body }), 201, createCreditPurchase.output)
  expect(data).toEqual({
    id: expect.any(String),
    workspace_id: id,
    amount_usd: 25,
    status: 'pending',
    provider: 'manual',
    payment_method_id: null,
    payment_reference: expect.stringMatching(/^SW-[0-9A-F]{12}$/),
    checkout_url: null,
    failure: null,
    refunded_usd: 0,
    reference: null,
    note: null,
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
    completed_at: null,
  })
  expect(await poolBalance(id)).toBe(0)
})

test("201 is paid with the method that is named, the workspace's or the organization's, else with the default one", async () => {
  const { id: workspace_id } = await newPool(0)
  const standing = await newPaymentMethod({ workspace_id })
  const named = await newPaymentMethod({ workspace_id })
  const ours = await newPaymentMethod()
  const paidWith = async (fields: object) =>
    (await call(createCreditPurchase, { amount_usd: 5, workspace_id, ...fields })).data.payment_method_id
  expect(await paidWith({})).toBe(standing.id)
  expect(await paidWith({ payment_method_id: null })).toBeNull()
  for (const { id } of [named, ours]) expect(await paidWith({ payment_method_id: id })).toBe(id)
})

test('404 for a payment method of another workspace, and for one of the organization to a Billing Manager', async () => {
  const { id: workspace_id } = await newPool(0)
  const elsewhere = await newPaymentMethod({ workspace_id })
  const ours = await newPaymentMethod()
  const body = { amount_usd: 5, workspace_id: gateway.teamWorkspaceId, payment_method_id: elsewhere.id }
  expectError(await send('POST', PATH, { body }), 404, 'Payment method not found')
  const asManager = as(gateway.sessions.billingManager, { ...body, payment_method_id: ours.id })
  expectError(await send('POST', PATH, asManager), 404, 'Payment method not found')
})

test('201 once for a reference that is sent again', async () => {
  const body = { amount_usd: 5, reference: newSlug() }
  const first = await send('POST', PATH, { body })
  expect((await send('POST', PATH, { body })).body).toEqual(first.body)
})

test('201 for a Billing Manager who names their workspace, 403 for the whole organization', async () => {
  const { billingManager } = gateway.sessions
  const body = { amount_usd: 5, workspace_id: gateway.teamWorkspaceId }
  const { data } = expectAnswer(await send('POST', PATH, as(billingManager, body)), 201, createCreditPurchase.output)
  expect(data.created_by).toBe(billingManager.userId)
  expectError(await send('POST', PATH, as(billingManager, { amount_usd: 5 })), 403, 'credit:purchase')
})

test('404 for a Viewer of the workspace, who sees nothing of its credits', async () => {
  const viewer = await newViewer()
  const body = { amount_usd: 5, workspace_id: viewer.workspaceId }
  expectError(await send('POST', PATH, as(viewer, body)), 404, 'Workspace not found')
})

test.each([
  ['no amount', {}, 'amount_usd'],
  ['nothing', { amount_usd: 0 }, 'amount_usd'],
  ['an amount as text', { amount_usd: '5' }, 'amount_usd'],
  ['a long note', { amount_usd: 1, note: 'x'.repeat(501) }, 'note'],
])('400 for %s', async (_name, body, named) => {
  expectError(await send('POST', PATH, { body }), 400, named)
})

test('400 for a provider that the payment method is not of, and for one that is not set up', async () => {
  const { id } = await newPaymentMethod()
  const body = { amount_usd: 1, provider: 'stripe' }
  expectError(await send('POST', PATH, { body: { ...body, payment_method_id: id } }), 400, 'provider: .* manual')
  expectError(await send('POST', PATH, { body }), 400, 'STRIPE_SECRET_KEY')
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('POST', PATH, { body: { amount_usd: 1, workspace_id: NO_UUID } }), 404, 'Workspace not found')
})

test('409 for a reference that bought something else', async () => {
  const reference = newSlug()
  await call(createCreditPurchase, { amount_usd: 1, reference })
  expectError(await send('POST', PATH, { body: { amount_usd: 2, reference } }), 409, 'reference')
})
