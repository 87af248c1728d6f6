import type { BUDGET_OPERATIONS } from '../../contract/management/budgets.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleListBudgetForecasts } from './budget-forecasts.ts'
import {
  handleDeleteWorkspaceBudget,
  handleGetWorkspaceBudget,
  handleListWorkspaceBudgets,
  handleUpsertWorkspaceBudget,
} from './workspace-budgets.ts'

export const BUDGET_HANDLERS: HandlersFor<typeof BUDGET_OPERATIONS, ControlContext, MemoryContext> = {
  listWorkspaceBudgets: handleListWorkspaceBudgets,
  listBudgetForecasts: handleListBudgetForecasts,
  getWorkspaceBudget: handleGetWorkspaceBudget,
  upsertWorkspaceBudget: handleUpsertWorkspaceBudget,
  deleteWorkspaceBudget: handleDeleteWorkspaceBudget,
}
