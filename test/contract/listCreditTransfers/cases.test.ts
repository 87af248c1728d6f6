import { expect, test } from 'vitest'
import { CREDIT_OPERATIONS } from '../../../src/contract/management/credits.ts'
import { as, newPool, newViewer } from '../credit-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { createCreditTransfer, listCreditTransfers } = CREDIT_OPERATIONS

test('200 lists transfers newest first, by pages, with what is in the pool', async () => {
  const { id } = await newPool(3)
  const { data: back } = await call(createCreditTransfer, { id, direction: 'to_organization', amount_usd: 1 })
  const answer = await send('GET', `/api/v1/workspaces/${id}/credit-transfers?limit=1`)
  const page = expectAnswer(answer, 200, listCreditTransfers.output)
  expect(page).toEqual({ data: [back], total_count: 2, balance_usd: 2 })
  const second = await call(listCreditTransfers, { id, offset: 1 })
  expect(second.data.map(({ direction, amount_usd }) => [direction, amount_usd])).toEqual([['to_workspace', 3]])
})

test('200 for the Billing Manager of the workspace, 404 for a Viewer', async () => {
  const path = `/api/v1/workspaces/${gateway.teamWorkspaceId}/credit-transfers`
  expect((await send('GET', path, as(gateway.sessions.billingManager))).status).toBe(200)
  const viewer = await newViewer()
  const theirs = `/api/v1/workspaces/${viewer.workspaceId}/credit-transfers`
  expectError(await send('GET', theirs, as(viewer)), 404, 'Workspace not found')
})

test('400 for a page that cannot be', async () => {
  expectError(await send('GET', '/api/v1/workspaces/default/credit-transfers?limit=0'), 400, 'limit')
})

test('404 for a workspace that is not there', async () => {
  expectError(await send('GET', `/api/v1/workspaces/${NO_UUID}/credit-transfers`), 404, 'Workspace not found')
})
