import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { WorkspaceRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const BudgetInterval = z.enum(['daily', 'weekly', 'monthly', 'lifetime'])
/** Dollars, more than none, to the nano-dollar, at most a billion. */
export const BudgetLimit = z.number().min(0.000_000_001).max(1_000_000_000)

export const BudgetWire = z.object({
  id: Uuid,
  workspace_id: Uuid,
  limit_usd: z.number(),
  /** null for a budget that never resets, which the path calls `lifetime`. */
  reset_interval: z.enum(['daily', 'weekly', 'monthly']).nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
  /** Charged in the window that is running. */
  spent_usd: z.number(),
  /** What the window leaves, never below 0. */
  remaining_usd: z.number(),
})
export type BudgetWire = z.output<typeof BudgetWire>

export const BudgetForecastWire = z.object({
  budget_id: Uuid,
  workspace_id: Uuid,
  /** null for a budget of the workspace itself. */
  project_id: Uuid.nullable(),
  limit_usd: z.number(),
  reset_interval: BudgetWire.shape.reset_interval,
  spent_usd: z.number(),
  /** `used_up`: nothing is left now; `runs_out`: at this pace the limit is reached before `until`; `enough`: it isn't. */
  outcome: z.enum(['insufficient_data', 'enough', 'runs_out', 'used_up']),
  /** When the limit is reached at this pace: for `runs_out` alone. */
  runs_out_at: Timestamp.nullable(),
  /** The end of the window that is running; of a budget that never resets, 90 days from now. */
  until: Timestamp,
  /** What will have been spent by `until` if nothing is refused, and between what it lies in four of five cases. */
  expected_usd: z.object({ mean: z.number(), p10: z.number(), p90: z.number() }).nullable(),
  /** How far such forecasts were from what was spent, in the middle of windows that are over: percent on average, and of how many. */
  past_error: z.object({ mean_percent: z.number().nullable(), windows: z.number().int() }),
})
export type BudgetForecastWire = z.output<typeof BudgetForecastWire>

const tag = 'Budgets'
const one = z.object({ data: BudgetWire, include_byok_in_budgets: z.boolean() })
const errors = ['unauthorized', 'forbidden', 'not_found'] as const

const listWorkspaceBudgets = operation({
  id: 'listWorkspaceBudgets',
  method: 'GET',
  path: '/api/v1/workspaces/{id}/budgets',
  summary: 'List the budgets of a workspace, shortest window first',
  tag,
  permission: 'budget:read',
  effect: 'read',
  input: z.strictObject({ id: WorkspaceRef }),
  output: z.object({ data: z.array(BudgetWire), include_byok_in_budgets: z.boolean() }),
  errors,
})

const listBudgetForecasts = operation({
  id: 'listBudgetForecasts',
  method: 'GET',
  path: '/api/v1/workspaces/{id}/budget-forecasts',
  summary: 'Forecast when the budgets of a workspace and of its projects are used up, the workspace first',
  tag,
  permission: 'budget:read',
  effect: 'read',
  input: z.strictObject({ id: WorkspaceRef, ...PageQuery }),
  output: pageOf(BudgetForecastWire),
  errors: ['invalid_request', ...errors],
})

const getWorkspaceBudget = operation({
  id: 'getWorkspaceBudget',
  method: 'GET',
  path: '/api/v1/workspaces/{id}/budgets/{interval}',
  summary: 'Get the budget of a workspace for one interval',
  tag,
  permission: 'budget:read',
  effect: 'read',
  input: z.strictObject({ id: WorkspaceRef, interval: BudgetInterval }),
  output: one,
  errors: ['invalid_request', ...errors],
})

const upsertWorkspaceBudget = operation({
  id: 'upsertWorkspaceBudget',
  method: 'PUT',
  path: '/api/v1/workspaces/{id}/budgets/{interval}',
  summary: 'Set the budget of a workspace for one interval',
  tag,
  permission: 'budget:write',
  effect: 'write',
  input: z.strictObject({
    id: WorkspaceRef,
    interval: BudgetInterval,
    limit_usd: BudgetLimit,
    include_byok_in_budgets: z.boolean().optional(),
  }),
  output: one,
  errors: ['invalid_request', ...errors],
})

const deleteWorkspaceBudget = operation({
  id: 'deleteWorkspaceBudget',
  method: 'DELETE',
  path: '/api/v1/workspaces/{id}/budgets/{interval}',
  summary: 'Remove the budget of a workspace for one interval; nothing happens when there is none',
  tag,
  permission: 'budget:write',
  effect: 'destructive',
  input: z.strictObject({ id: WorkspaceRef, interval: BudgetInterval }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['invalid_request', ...errors],
})

export const BUDGET_OPERATIONS = {
  listWorkspaceBudgets,
  listBudgetForecasts,
  getWorkspaceBudget,
  upsertWorkspaceBudget,
  deleteWorkspaceBudget,
} as const
