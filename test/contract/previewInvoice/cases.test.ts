import { expect, test } from 'vitest'
import { INVOICE_OPERATIONS } from '../../../src/contract/management/invoices.ts'
import { as } from '../credit-fixtures.ts'
import { eventually, newKey, newWorkspace, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { previewInvoice } = INVOICE_OPERATIONS
const PATH = '/api/v1/credits/invoices/preview'

test('200 has what was charged this month, by workspace and model', async () => {
  const { id } = await newWorkspace({ name: 'Previewed' })
  const { key } = await newKey({ workspace_id: id })
  const spent = [await spend(key), await spend(key)]
  const nano = spent.reduce((sum, { cost }) => sum + Math.round(cost * 1e9), 0)
  const lineOf = async () => {
    // A page has at most a hundred lines.
    for (let offset = 0; ; offset += 100) {
      const { data } = await call(previewInvoice, { offset, limit: 100 })
      const line = data.lines.find(({ workspace_id }) => workspace_id === id)
      if (line !== undefined || offset + 100 >= data.line_count) return line
    }
  }
  const line = await eventually(lineOf, (found) => found?.requests === 2)
  expect(line).toEqual({
    workspace_id: id,
    workspace_name: 'Previewed',
    model: 'sim/lorem',
    month: new Date().toISOString().slice(0, 7),
    requests: 2,
    prompt_tokens: spent.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
    completion_tokens: spent.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
    amount_usd: nano / 1e9,
  })
  const { data } = expectAnswer(await send('GET', PATH), 200, previewInvoice.output)
  expect(data).toMatchObject({ is_partial: false, currency: 'USD' })
  expect(data.total_usd).toBeGreaterThanOrEqual(nano / 1e9)
})

test('200 for a Billing Manager has the lines of the workspace alone', async () => {
  const answer = await send('GET', PATH, as(gateway.sessions.billingManager))
  const { data } = expectAnswer(answer, 200, previewInvoice.output)
  expect(data.is_partial).toBe(true)
  expect(data.lines.filter(({ workspace_id }) => workspace_id !== gateway.teamWorkspaceId)).toEqual([])
  const sum = data.lines.reduce((nano, { amount_usd }) => nano + Math.round(amount_usd * 1e9), 0)
  expect(data.total_usd).toBe(sum / 1e9)
})

test('400 for a page that is none', async () => {
  expectError(await send('GET', `${PATH}?offset=-1`), 400, 'offset')
})
