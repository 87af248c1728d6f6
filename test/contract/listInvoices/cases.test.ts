import { expect, test } from 'vitest'
import { INVOICE_OPERATIONS } from '../../../src/contract/management/invoices.ts'
import { as } from '../credit-fixtures.ts'
import { oldInvoices } from '../invoice-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const { listInvoices } = INVOICE_OPERATIONS
const PATH = '/api/v1/credits/invoices'

test('200 newest first, one for each month that had charges, numbered without gaps', async () => {
  const [older, newer] = await oldInvoices()
  const { data, total_count } = expectAnswer(await send('GET', PATH), 200, listInvoices.output)
  expect({ data, total_count }).toEqual({ data: [newer, older], total_count: 2 })
  expect(older).toEqual({
    id: expect.any(String),
    number: 1,
    period: '2026-01',
    period_start: '2026-01-01T00:00:00.000Z',
    period_end: '2026-02-01T00:00:00.000Z',
    issued_at: expect.stringMatching(/Z$/),
    currency: 'USD',
    total_usd: 1.500000001,
    is_partial: false,
  })
  expect(newer).toMatchObject({ number: 2, period: '2026-03', total_usd: 2 })
})

test('200 page by page', async () => {
  const [older] = await oldInvoices()
  const page = expectAnswer(await send('GET', `${PATH}?offset=1&limit=1`), 200, listInvoices.output)
  expect(page).toEqual({ data: [older], total_count: 2 })
})

test('200 for a Billing Manager: the invoices with lines of the workspace, and their sum', async () => {
  const [older] = await oldInvoices()
  const answer = await send('GET', PATH, as(gateway.sessions.billingManager))
  const { data } = expectAnswer(answer, 200, listInvoices.output)
  expect(data).toEqual([{ ...older, total_usd: 1.5, is_partial: true }])
})

test('200 of another organization are its own, from number 1', async () => {
  const answer = await send('GET', PATH, as(gateway.other.orgAdmin))
  const { data } = expectAnswer(answer, 200, listInvoices.output)
  expect(data.map(({ number }) => number)).toEqual([2, 1])
  const ours = (await oldInvoices()).map(({ id }) => id)
  expect(data.filter(({ id }) => ours.includes(id))).toEqual([])
})

test('400 for a page that is none', async () => {
  expectError(await send('GET', `${PATH}?limit=0`), 400, 'limit')
})

test('403 for a Developer and a Viewer', async () => {
  for (const person of [gateway.sessions.developer, gateway.sessions.viewer])
    expectError(await send('GET', PATH, as(person)), 403, 'invoice:read')
})
