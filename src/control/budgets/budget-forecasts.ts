import type { BUDGET_OPERATIONS, BudgetForecastWire } from '../../contract/management/budgets.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { type BudgetForecast, forecastBudget, type SpendByDay } from '../../domain/budget-forecast.ts'
import { type ForecastError, firstDayOfForecast, measureForecastError } from '../../domain/forecast-error.ts'
import { toUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import {
  type AnyBudgetRow,
  listAnyBudgetRows,
  loadDailySpendOfProjects,
  loadDailySpendOfWorkspace,
  type SpendWanted,
} from '../../store/queries/budget-forecasts.ts'
import { loadSpend, loadSpendOf, spendByInterval } from '../../store/queries/counters.ts'
import type { WorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import type { ControlContext } from '../context.ts'
import { toPage } from '../page.ts'
import { findBudgetedWorkspace } from './workspace-budgets.ts'

/** What a workspace or a project has spent. */
interface ScopeHistory {
  running: ReadonlyMap<Interval, bigint>
  byDay: SpendByDay
}

/** Of the days before, the sums by day are read; of the running windows, the counters that the limits are held by. */
export const handleListBudgetForecasts: HandlerOf<
  typeof BUDGET_OPERATIONS.listBudgetForecasts,
  ControlContext
> = async (input, context) => {
  const workspace = await findBudgetedWorkspace(context, 'budget:read', input.id)
  const { rows, total } = await listAnyBudgetRows(context.tx, workspace.id, toPage(input))
  const histories = await loadHistories(rows, workspace, context)
  const data = rows.map((row) => {
    const { running, byDay: spentByDay } = histories.get(row.project_id) ?? { running: new Map(), byDay: new Map() }
    const { now } = context
    const [spent, spentToday] = [running.get(row.interval) ?? 0n, running.get('daily') ?? 0n]
    const { interval, limit_nano: limit } = row
    const forecast = forecastBudget({ now, interval, limit, spent, spentToday, spentByDay })
    const error = measureForecastError(interval, now, spentByDay)
    return { ...scopeOf(row, workspace), ...spendOf(row, spent), ...toWire(forecast, error, spent >= limit) }
  })
  return { data, total_count: total }
}

/** By project; null is the workspace. Nothing is read of who has no budget among the rows. */
async function loadHistories(
  rows: readonly AnyBudgetRow[],
  workspace: WorkspaceRow,
  { tx, now }: ControlContext,
): Promise<Map<string | null, ScopeHistory>> {
  const { id: workspaceId, organization_id: organizationId, include_byok_in_budgets: includeByok } = workspace
  const histories = new Map<string | null, ScopeHistory>()
  const wantedBy = (of: readonly AnyBudgetRow[]): SpendWanted => ({
    organizationId,
    workspaceId,
    fromDay: Math.min(...of.map(({ interval }) => firstDayOfForecast(interval, now))),
    includeByok,
  })
  const own = rows.filter((row) => row.project_id === null)
  if (own.length > 0) {
    const spend = await loadSpendOf(tx, { now, scopeKind: 'workspace', scopeId: workspaceId })
    const byDay = await loadDailySpendOfWorkspace(tx, wantedBy(own))
    histories.set(null, { running: spendByInterval(spend, includeByok), byDay })
  }
  const ofProjects = rows.filter((row) => row.project_id !== null)
  const projectIds = [...new Set(ofProjects.flatMap(({ project_id: id }) => id ?? []))]
  const byProject = await loadDailySpendOfProjects(tx, projectIds, wantedBy(ofProjects))
  for (const { scopeId, spend } of await loadSpend(tx, { now, scopeKind: 'project', scopeIds: projectIds }))
    histories.set(scopeId, { running: spendByInterval(spend, includeByok), byDay: byProject.get(scopeId) ?? new Map() })
  return histories
}

function scopeOf(row: AnyBudgetRow, workspace: WorkspaceRow) {
  return { budget_id: row.id, workspace_id: workspace.id, project_id: row.project_id }
}

function spendOf({ interval, limit_nano: limit }: AnyBudgetRow, spent: bigint) {
  const reset_interval = interval === 'lifetime' ? null : interval
  return { limit_usd: toUsd(limit), reset_interval, spent_usd: toUsd(spent) }
}

type Told = Pick<BudgetForecastWire, 'outcome' | 'runs_out_at' | 'until' | 'expected_usd' | 'past_error'>

function toWire({ until, expected, runsOutAt }: BudgetForecast, error: ForecastError, isUsedUp: boolean): Told {
  const outcome = expected === null ? 'insufficient_data' : runsOutAt === null ? 'enough' : 'runs_out'
  return {
    outcome: isUsedUp ? 'used_up' : outcome,
    runs_out_at: isUsedUp || runsOutAt === null ? null : toIso(runsOutAt),
    until: toIso(until),
    expected_usd: expected && { mean: toUsd(expected.mean), p10: toUsd(expected.p10), p90: toUsd(expected.p90) },
    past_error: {
      mean_percent: error.meanPercent === null ? null : Math.round(error.meanPercent * 10) / 10,
      windows: error.windows,
    },
  }
}
