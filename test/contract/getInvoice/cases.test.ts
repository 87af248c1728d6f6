import { expect, test } from 'vitest'
import { INVOICE_OPERATIONS } from '../../../src/contract/management/invoices.ts'
import { as } from '../credit-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { oldInvoices } from '../invoice-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const { getInvoice } = INVOICE_OPERATIONS
const path = (id: string, query = '') => `/api/v1/credits/invoices/${id}${query}`

test('200 has a line for each workspace and model', async () => {
  const [older] = await oldInvoices()
  const { data } = expectAnswer(await send('GET', path(older.id)), 200, getInvoice.output)
  const usage = { month: '2026-01', requests: 3, prompt_tokens: 40, completion_tokens: 5 }
  const team = { workspace_id: gateway.teamWorkspaceId, workspace_name: 'Team', model: 'sim/lorem', amount_usd: 1.5 }
  const gone = { workspace_id: expect.any(String), workspace_name: expect.any(String), model: '=sim/other' }
  expect(data).toEqual({
    ...older,
    lines: [
      { ...team, ...usage },
      { ...gone, ...usage, amount_usd: 0.000000001 },
    ],
    line_count: 2,
  })
})

test('200 page by page of lines', async () => {
  const [older] = await oldInvoices()
  const { data } = expectAnswer(await send('GET', path(older.id, '?offset=1&limit=1')), 200, getInvoice.output)
  expect(data.lines.map(({ model }) => model)).toEqual(['=sim/other'])
  expect([data.line_count, data.total_usd]).toEqual([2, 1.500000001])
})

test('200 for a Billing Manager has the lines of the workspace alone', async () => {
  const [older] = await oldInvoices()
  const answer = await send('GET', path(older.id), as(gateway.sessions.billingManager))
  const { data } = expectAnswer(answer, 200, getInvoice.output)
  expect(data).toMatchObject({ total_usd: 1.5, is_partial: true, line_count: 1, lines: [{ model: 'sim/lorem' }] })
})

test('400 for a page size out of range', async () => {
  expectError(await send('GET', `${path(NO_UUID)}?limit=101`), 400, 'limit')
})

test('404 for an unknown id, one of another organization, and one without a line of the workspace', async () => {
  const [older, newer] = await oldInvoices()
  expectError(await send('GET', path(NO_UUID)), 404, 'Invoice not found')
  expectError(await send('GET', path(older.id), as(gateway.other.orgAdmin)), 404, 'Invoice not found')
  expectError(await send('GET', path(newer.id), as(gateway.sessions.admin)), 404, 'Invoice not found')
})
