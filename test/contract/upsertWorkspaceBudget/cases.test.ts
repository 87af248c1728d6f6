import { expect, test } from 'vitest'
import { BUDGET_OPERATIONS } from '../../../src/contract/management/budgets.ts'
import { getWorkspace } from '../../../src/contract/management/workspaces.ts'
import { eventually, NO_UUID, newKey, newWorkspace, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { getWorkspaceBudget, listWorkspaceBudgets, upsertWorkspaceBudget } = BUDGET_OPERATIONS

async function put(id: string, interval: string, body: unknown) {
  return await send('PUT', `/api/v1/workspaces/${id}/budgets/${interval}`, { body })
}

test('200 makes a budget, and again changes it in place', async () => {
  const { id, slug } = await newWorkspace()
  const first = expectAnswer(await put(id, 'monthly', { limit_usd: 12.345678901 }), 200, upsertWorkspaceBudget.output)
  expect(first).toEqual({
    data: {
      id: expect.any(String),
      workspace_id: id,
      limit_usd: 12.345678901,
      reset_interval: 'monthly',
      created_at: expect.stringMatching(/Z$/),
      updated_at: first.data.created_at,
      spent_usd: 0,
      remaining_usd: 12.345678901,
    },
    include_byok_in_budgets: false,
  })
  const second = expectAnswer(await put(slug, 'monthly', { limit_usd: 20 }), 200, upsertWorkspaceBudget.output)
  expect(second.data).toMatchObject({ id: first.data.id, limit_usd: 20, created_at: first.data.created_at })
})

test('200 for a lifetime budget, whose reset is null', async () => {
  const { id } = await newWorkspace()
  expect((await call(upsertWorkspaceBudget, { id, interval: 'lifetime', limit_usd: 5 })).data.reset_interval).toBeNull()
})

test('200 sets the flag about BYOK for all budgets of the workspace, and leaves it when it is omitted', async () => {
  const { id } = await newWorkspace()
  await call(upsertWorkspaceBudget, { id, interval: 'daily', limit_usd: 1, include_byok_in_budgets: true })
  const later = await call(upsertWorkspaceBudget, { id, interval: 'weekly', limit_usd: 2 })
  expect(later.include_byok_in_budgets).toBe(true)
  expect((await call(getWorkspace, { id })).data.include_byok_in_budgets).toBe(true)
})

test('200 counts what the running window was charged, also before there was a budget', async () => {
  const { id } = await newWorkspace()
  const { key } = await newKey({ workspace_id: id })
  const { cost } = await spend(key)
  await call(upsertWorkspaceBudget, { id, interval: 'daily', limit_usd: 1 })
  const ask = async () => (await call(getWorkspaceBudget, { id, interval: 'daily' })).data
  const budget = await eventually(ask, ({ spent_usd }) => spent_usd > 0)
  expect(budget).toMatchObject({ spent_usd: cost, remaining_usd: Number((1 - cost).toFixed(9)) })
  const lowered = await call(upsertWorkspaceBudget, { id, interval: 'daily', limit_usd: 0.000000001 })
  expect(lowered.data).toMatchObject({ spent_usd: cost, remaining_usd: 0 })
})

test('400 when a longer window would not have more than a shorter one, and nothing changes', async () => {
  const { id } = await newWorkspace()
  await call(upsertWorkspaceBudget, { id, interval: 'weekly', limit_usd: 600 })
  for (const limit_usd of [500, 600]) {
    expectError(
      await put(id, 'monthly', { limit_usd, include_byok_in_budgets: true }),
      400,
      `Budget limits must be strictly decreasing as scope narrows: the monthly limit \\(\\$${limit_usd}\\) must be greater than the weekly limit \\(\\$600\\)\\.`,
    )
  }
  expectError(await put(id, 'daily', { limit_usd: 600 }), 400, 'the weekly limit')
  const { data, include_byok_in_budgets } = await call(listWorkspaceBudgets, { id })
  expect([data.map(({ limit_usd }) => limit_usd), include_byok_in_budgets]).toEqual([[600], false])
})

test.each([
  ['no limit', 'daily', {}, 'limit_usd'],
  ['a limit of 0', 'daily', { limit_usd: 0 }, 'limit_usd'],
  ['a negative limit', 'daily', { limit_usd: -1 }, 'limit_usd'],
  ['a limit as text', 'daily', { limit_usd: '5' }, 'limit_usd'],
  ['a limit beyond a billion', 'daily', { limit_usd: 1e10 }, 'limit_usd'],
  ['a flag that is no boolean', 'daily', { limit_usd: 1, include_byok_in_budgets: 'yes' }, 'include_byok_in_budgets'],
  ['an unknown interval', 'yearly', { limit_usd: 1 }, 'interval'],
])('400 for %s', async (_name, interval, body, named) => {
  expectError(await put('default', interval, body), 400, named)
})

test('404 for a workspace that is not there', async () => {
  expectError(await put(NO_UUID, 'daily', { limit_usd: 1 }), 404, 'Workspace not found')
})

test('403 for a member who may only read budgets', async () => {
  const { cookie } = gateway.sessions.viewer
  const options = { body: { limit_usd: 1 }, cookie, key: null, headers: { origin: gateway.url } }
  const workspace = gateway.teamWorkspaceId
  const answer = await send('PUT', `/api/v1/workspaces/${workspace}/budgets/daily`, options)
  expectError(answer, 403, 'budget:write')
})
