import { expect, test } from 'vitest'
import { PAYMENT_METHOD_OPERATIONS } from '../../../src/contract/management/payment-methods.ts'
import { NO_UUID, newWorkspace } from '../fixtures.ts'
import { newPaymentMethod } from '../payment-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { getPaymentMethod, updatePaymentMethod } = PAYMENT_METHOD_OPERATIONS
const path = (id: string) => `/api/v1/credits/payment-methods/${id}`

test('200 renames it and leaves the rest', async () => {
  const made = await newPaymentMethod()
  const answer = await send('PATCH', path(made.id), { body: { name: 'Other bank' } })
  expect(expectAnswer(answer, 200, updatePaymentMethod.output).data).toEqual({ ...made, name: 'Other bank' })
})

test('200 makes it the default in place of the one before', async () => {
  const { id: workspace_id } = await newWorkspace()
  const first = await newPaymentMethod({ workspace_id })
  const second = await newPaymentMethod({ workspace_id })
  const answer = await send('PATCH', path(second.id), { body: { is_default: true } })
  expect(expectAnswer(answer, 200, updatePaymentMethod.output).data).toEqual({ ...second, is_default: true })
  expect((await call(getPaymentMethod, { id: first.id })).data.is_default).toBe(false)
})

test.each([
  ['a workspace without a default', { is_default: false }, 'is_default'],
  ['another provider', { provider: 'manual' }, 'provider'],
  ['a long name', { name: 'x'.repeat(101) }, 'name'],
])('400 for %s', async (_name, body, named) => {
  const { id } = await newPaymentMethod()
  expectError(await send('PATCH', path(id), { body }), 400, named)
})

test('404 for an unknown id', async () => {
  expectError(await send('PATCH', path(NO_UUID), { body: { name: 'x' } }), 404, 'Payment method not found')
})
