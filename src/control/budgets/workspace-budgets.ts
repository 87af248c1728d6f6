import type { BUDGET_OPERATIONS, BudgetWire } from '../../contract/management/budgets.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { findBudgetConflict } from '../../domain/budget-order.ts'
import { fromUsd, toUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import {
  deleteWorkspaceBudgetRow,
  getWorkspaceBudgetRow,
  listWorkspaceBudgetRows,
  loadWorkspaceSpend,
  upsertWorkspaceBudgetRow,
  type WorkspaceBudgetRow,
} from '../../store/queries/budgets.ts'
import { getLiveWorkspace, updateWorkspaceRow, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'

type Operations = typeof BUDGET_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListWorkspaceBudgets: Handler<'listWorkspaceBudgets'> = async (input, context) => {
  const workspace = await findWorkspace(context, 'budget:read', input.id)
  const rows = await listWorkspaceBudgetRows(context.tx, workspace.id)
  return { data: await budgetsToWire(rows, workspace, context), ...flagOf(workspace) }
}

export const handleGetWorkspaceBudget: Handler<'getWorkspaceBudget'> = async (input, context) => {
  const workspace = await findWorkspace(context, 'budget:read', input.id)
  const row = await getWorkspaceBudgetRow(context.tx, workspace.id, input.interval)
  return { data: await budgetToWire(row, workspace, context), ...flagOf(workspace) }
}

/** Lowering a budget below what is spent is allowed: then the window has nothing left. */
export const handleUpsertWorkspaceBudget: Handler<'upsertWorkspaceBudget'> = async (input, context) => {
  const current = await findWorkspace(context, 'budget:write', input.id)
  const limit = fromUsd(input.limit_usd)
  const existing = await listWorkspaceBudgetRows(context.tx, current.id)
  requireOrder(existing, { interval: input.interval, limit })
  const workspace = await setByokFlag(current, input.include_byok_in_budgets, context)
  const row = await upsertWorkspaceBudgetRow(context.tx, {
    organizationId: workspace.organization_id,
    workspaceId: workspace.id,
    interval: input.interval,
    limit,
    now: context.now,
  })
  const before = existing.find(({ interval }) => interval === input.interval)
  const data = await budgetToWire(row, workspace, context)
  context.changed('workspace', workspace.id)
  context.audit({
    resource: 'budget',
    id: row.id,
    workspaceId: workspace.id,
    before: before && { ...(await budgetToWire(before, current, context)), ...flagOf(current) },
    after: { ...data, ...flagOf(workspace) },
  })
  return { data, ...flagOf(workspace) }
}

export const handleDeleteWorkspaceBudget: Handler<'deleteWorkspaceBudget'> = async (input, context) => {
  const workspace = await findWorkspace(context, 'budget:write', input.id)
  const rows = await listWorkspaceBudgetRows(context.tx, workspace.id)
  const row = rows.find(({ interval }) => interval === input.interval)
  await deleteWorkspaceBudgetRow(context.tx, workspace.id, input.interval)
  context.changed('workspace', workspace.id)
  context.audit({
    resource: 'budget',
    id: row?.id ?? input.interval,
    workspaceId: workspace.id,
    before: row && (await budgetToWire(row, workspace, context)),
  })
  return { deleted: true }
}

async function findWorkspace(
  context: ControlContext,
  permission: 'budget:read' | 'budget:write',
  ref: string,
): Promise<WorkspaceRow> {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), ref)
  requireIn(context, permission, { workspaceId: workspace.id }, 'Workspace')
  return workspace
}

function requireOrder(existing: readonly WorkspaceBudgetRow[], changed: { interval: Interval; limit: bigint }): void {
  const limits = new Map(existing.map(({ interval, limit_nano }) => [interval, limit_nano]))
  const conflict = findBudgetConflict(limits.set(changed.interval, changed.limit))
  if (conflict === undefined) return
  const { longer, longerLimit, shorter, shorterLimit } = conflict
  throw new AppError(
    'invalid_request',
    'limit_usd: Budget limits must be strictly decreasing as scope narrows: ' +
      `the ${longer} limit ($${toUsd(longerLimit)}) must be greater than the ${shorter} limit ($${toUsd(shorterLimit)}).`,
  )
}

async function setByokFlag(
  workspace: WorkspaceRow,
  include: boolean | undefined,
  context: ControlContext,
): Promise<WorkspaceRow> {
  if (include === undefined || include === workspace.include_byok_in_budgets) return workspace
  return await updateWorkspaceRow(context.tx, workspace, {
    include_byok_in_budgets: include,
    updated_at: toIso(context.now),
  })
}

function flagOf({ include_byok_in_budgets }: WorkspaceRow): { include_byok_in_budgets: boolean } {
  return { include_byok_in_budgets }
}

async function budgetToWire(row: WorkspaceBudgetRow, workspace: WorkspaceRow, context: ControlContext) {
  const [wire] = await budgetsToWire([row], workspace, context)
  if (wire === undefined) throw new Error('one budget makes one wire object')
  return wire
}

async function budgetsToWire(
  rows: readonly WorkspaceBudgetRow[],
  workspace: WorkspaceRow,
  { tx, now }: ControlContext,
): Promise<BudgetWire[]> {
  const spend = await loadWorkspaceSpend(tx, workspace.id, { now, includeByok: workspace.include_byok_in_budgets })
  return rows.map((row) => {
    const spent = spend.get(row.interval) ?? 0n
    return {
      id: row.id,
      workspace_id: row.workspace_id,
      limit_usd: toUsd(row.limit_nano),
      reset_interval: row.interval === 'lifetime' ? null : row.interval,
      created_at: toIso(row.created_at),
      updated_at: toIso(row.updated_at),
      spent_usd: toUsd(spent),
      remaining_usd: spent >= row.limit_nano ? 0 : toUsd(row.limit_nano - spent),
    }
  })
}
