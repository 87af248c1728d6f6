import { expect, test } from 'vitest'
import { AUDIT_OPERATIONS } from '../../../src/contract/management/audit.ts'
import { PAYMENT_METHOD_OPERATIONS, PAYMENT_METHODS_MAX } from '../../../src/contract/management/payment-methods.ts'
import { as } from '../credit-fixtures.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send, sendTo } from '../request.ts'

const { createPaymentMethod, getPaymentMethod, listPaymentMethods } = PAYMENT_METHOD_OPERATIONS
const PATH = '/api/v1/credits/payment-methods'

test('201 makes the first one of a workspace its default, and leaves a line in the audit log', async () => {
  const { id: workspace_id } = await newWorkspace()
  const body = { provider: 'manual', name: 'Bank transfer', workspace_id }
  const { data } = expectAnswer(await send('POST', PATH, { body }), 201, createPaymentMethod.output)
  expect(data).toEqual({
    id: expect.any(String),
    workspace_id,
    provider: 'manual',
    name: 'Bank transfer',
    status: 'active',
    setup_url: null,
    card: null,
    is_default: true,
    created_at: expect.stringMatching(/Z$/),
    created_by: null,
  })
  const logged = await call(AUDIT_OPERATIONS.listAuditLogs, { resource_id: data.id })
  expect(logged.data).toMatchObject([{ action: 'createPaymentMethod', workspace_id, after: data }])
})

test('201 makes a later one the default where it says so, and then no other is', async () => {
  const { id: workspace_id } = await newWorkspace()
  const make = async (fields: object) => {
    const body = { provider: 'manual' as const, name: 'Transfer', workspace_id, ...fields }
    return (await call(createPaymentMethod, body)).data
  }
  const first = await make({})
  expect((await make({ is_default: false })).is_default).toBe(false)
  const third = await make({ is_default: true })
  expect(third.is_default).toBe(true)
  expect((await call(getPaymentMethod, { id: first.id })).data.is_default).toBe(false)
})

test('201 for a Billing Manager in their workspace, 403 for the organization', async () => {
  const { billingManager } = gateway.sessions
  const body = { provider: 'manual', name: 'Transfer', workspace_id: gateway.teamWorkspaceId }
  const { data } = expectAnswer(await send('POST', PATH, as(billingManager, body)), 201, createPaymentMethod.output)
  expect(data.created_by).toBe(billingManager.userId)
  const ofOrganization = { ...body, workspace_id: null }
  expectError(await send('POST', PATH, as(billingManager, ofOrganization)), 403, 'payment-method:write')
})

test.each([
  ['no provider', { name: 'Transfer' }, 'provider'],
  ['a provider that there is not', { provider: 'barter', name: 'Transfer' }, 'provider'],
  ['no name', { provider: 'manual' }, 'name'],
  ['an empty name', { provider: 'manual', name: ' ' }, 'name'],
  ['a card number', { provider: 'manual', name: 'Card', card_number: '4242424242424242' }, 'card_number'],
])('400 for %s', async (_name, body, named) => {
  expectError(await send('POST', PATH, { body }), 400, named)
})

test('400 that names the settings, where payments by card are not set up', async () => {
  const answer = await send('POST', PATH, { body: { provider: 'stripe', name: 'Card' } })
  expectError(answer, 400, 'provider: .* set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET')
  const { metadata } = (answer.body as { error: { metadata: object } }).error
  expect(metadata).toMatchObject({ settings: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] })
  expect((await sendTo(gateway, 'POST', '/webhooks/stripe', { body: {} })).status).toBe(404)
})

test('400 for more than there may be', async () => {
  const { id: workspace_id } = await newWorkspace()
  const body = { provider: 'manual', name: 'Transfer', workspace_id }
  const answers = await Promise.all(Array.from({ length: PAYMENT_METHODS_MAX + 2 }, () => send('POST', PATH, { body })))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(PAYMENT_METHODS_MAX)
  expectError(await send('POST', PATH, { body }), 400, `There are ${PAYMENT_METHODS_MAX} payment methods`)
  const { data } = await call(listPaymentMethods, { limit: 100 })
  const made = data.filter((method) => method.workspace_id === workspace_id)
  expect(made.filter(({ is_default }) => is_default)).toHaveLength(1)
})

test('404 for a workspace that is not there', async () => {
  const body = { provider: 'manual', name: 'Transfer', workspace_id: NO_UUID }
  expectError(await send('POST', PATH, { body }), 404, 'Workspace not found')
})
