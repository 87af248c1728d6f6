import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BudgetForecastWire } from '../../src/contract/management/budgets.ts'
import { newUuid } from '../../src/platform/ids.ts'
import { ORIGIN } from './two-organizations.ts'
import { UsageWorld } from './usage-world.ts'

/* What is forecast of budgets out of what was posted day by day, at a noon. */

const DAY_MS = 86_400_000
const USD = 1_000_000_000n
/** A Wednesday in the middle of a month. */
const NOW = Date.parse('2026-07-15T12:00:00Z')

let usage: UsageWorld
beforeAll(async () => {
  usage = await UsageWorld.make()
}, 60_000)
afterAll(() => usage?.close())

async function forecasts(workspaceId: string): Promise<BudgetForecastWire[]> {
  const control = usage.world.controlWith({ clock: { now: () => NOW, monotonic: () => 0 } })
  const answer = await control.invoke('listBudgetForecasts', usage.management, { id: workspaceId }, ORIGIN)
  return (answer as { data: BudgetForecastWire[] }).data
}

/** So much at each noon of as many days back from today on. */
function atNoons(days: number, fields: object) {
  return Array.from({ length: days }, (_, ago) => ({ at: NOW - ago * DAY_MS, ...fields }))
}

test('a budget runs out on the day that the pace gives, with how far such forecasts were off, beside what is only for projects', async () => {
  const id = await usage.newWorkspace('Steady')
  const key = await usage.newKey(id, null)
  const slug = `p-${newUuid().slice(0, 13)}`
  const { data: project } = await usage.invoke<{ data: { id: string } }>('createProject', usage.management, {
    id,
    slug,
    name: 'Tagged',
  })
  await usage.use(key, [
    ...atNoons(120, { cost: 8n * USD }),
    ...atNoons(120, { cost: 2n * USD, projectId: project.id }),
  ])
  for (const [interval, limit_usd] of [
    ['daily', 5],
    ['weekly', 60],
    ['monthly', 1_000],
    ['lifetime', 1_500],
  ] as const)
    await usage.invoke('upsertWorkspaceBudget', usage.management, { id, interval, limit_usd })
  await usage.invoke('upsertProjectBudget', usage.management, { id, slug, interval: 'weekly', limit_usd: 10 })

  const [daily, weekly, monthly, lifetime, ofProject, ...others] = await forecasts(id)
  expect(others).toEqual([])
  expect(daily).toMatchObject({ outcome: 'used_up', runs_out_at: null, past_error: { mean_percent: 0, windows: 8 } })
  // 30 spent since Monday; half of this day is left, with half of its own 10 and a quarter of the mean's.
  expect(weekly).toMatchObject({
    spent_usd: 30,
    outcome: 'runs_out',
    runs_out_at: '2026-07-18T06:00:00.000Z',
    until: '2026-07-20T00:00:00.000Z',
    expected_usd: { mean: 77.5, p10: 77.5, p90: 77.5 },
    past_error: { mean_percent: 0, windows: 8 },
  })
  // Of the 120 days three whole months are over; in the middle of the one before them nothing was known yet.
  expect(monthly).toMatchObject({
    outcome: 'enough',
    runs_out_at: null,
    until: '2026-08-01T00:00:00.000Z',
    expected_usd: { mean: 317.5 },
    past_error: { mean_percent: 0, windows: 3 },
  })
  expect(lifetime).toMatchObject({
    reset_interval: null,
    outcome: 'runs_out',
    runs_out_at: expect.stringMatching(/^2026-08-14T/),
    until: '2026-10-13T12:00:00.000Z',
    past_error: { mean_percent: null, windows: 0 },
  })
  expect(ofProject).toMatchObject({
    project_id: project.id,
    spent_usd: 6,
    outcome: 'runs_out',
    runs_out_at: '2026-07-17T06:00:00.000Z',
    expected_usd: { mean: 15.5 },
  })
})

test('what runs on own credentials counts in the pace where it counts in the budgets', async () => {
  const id = await usage.newWorkspace('Own credentials')
  const key = await usage.newKey(id, null)
  await usage.use(key, atNoons(10, { cost: 0n, spendKind: 'byok', byokCost: 10n * USD }))
  const budget = { id, interval: 'weekly', limit_usd: 60 }
  await usage.invoke('upsertWorkspaceBudget', usage.management, budget)
  expect(await forecasts(id)).toMatchObject([{ spent_usd: 0, outcome: 'insufficient_data', expected_usd: null }])
  await usage.invoke('upsertWorkspaceBudget', usage.management, { ...budget, include_byok_in_budgets: true })
  expect(await forecasts(id)).toMatchObject([{ spent_usd: 30, outcome: 'runs_out', expected_usd: { mean: 77.5 } }])
})
