import { expect, test } from 'vitest'
import { INVOICE_OPERATIONS } from '../../../src/contract/management/invoices.ts'
import { as } from '../credit-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { oldInvoices } from '../invoice-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const { exportInvoice } = INVOICE_OPERATIONS
const path = (id: string, query = '') => `/api/v1/credits/invoices/${id}/export${query}`
const HEAD =
  'invoice_number,workspace_id,workspace_name,model,month,requests,prompt_tokens,completion_tokens,amount_usd'

test('200 is CSV with the amounts to the nano-dollar and nothing that a spreadsheet would calculate', async () => {
  const [older] = await oldInvoices()
  const { data } = expectAnswer(await send('GET', path(older.id)), 200, exportInvoice.output)
  expect(data).toMatchObject({ format: 'csv', row_count: 2, next_offset: null })
  const [head, team, other, ...rest] = data.content.split('\n')
  expect([head, team, rest]).toEqual([
    HEAD,
    `1,${gateway.teamWorkspaceId},Team,sim/lorem,2026-01,3,40,5,1.500000000`,
    [''],
  ])
  expect(other).toMatch(/^1,[\w-]{36},[\w-]{36},'=sim\/other,2026-01,3,40,5,0\.000000001$/)
})

test('200 in parts', async () => {
  const [older] = await oldInvoices()
  const first = expectAnswer(await send('GET', path(older.id, '?limit=1')), 200, exportInvoice.output).data
  expect(first).toMatchObject({ row_count: 1, next_offset: 1 })
  const second = expectAnswer(await send('GET', path(older.id, '?limit=1&offset=1')), 200, exportInvoice.output).data
  expect(second).toMatchObject({ row_count: 1, next_offset: null })
})

test('200 for a Billing Manager has the lines of the workspace alone', async () => {
  const [older] = await oldInvoices()
  const answer = await send('GET', path(older.id), as(gateway.sessions.billingManager))
  expect(expectAnswer(answer, 200, exportInvoice.output).data.content).not.toContain('other')
})

test('400 for more lines than are given at once', async () => {
  const [older] = await oldInvoices()
  expectError(await send('GET', path(older.id, '?limit=10001')), 400, 'limit')
})

test('404 for an unknown id', async () => {
  expectError(await send('GET', path(NO_UUID)), 404, 'Invoice not found')
})
