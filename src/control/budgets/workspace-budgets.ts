import type { BUDGET_OPERATIONS, BudgetWire } from '../../contract/management/budgets.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { fromUsd } from '../../domain/money.ts'
import {
  deleteWorkspaceBudgetRow,
  getWorkspaceBudgetRow,
  listWorkspaceBudgetRows,
  upsertWorkspaceBudgetRow,
  type WorkspaceBudgetRow,
} from '../../store/queries/budgets.ts'
import { loadSpendOf, spendByInterval } from '../../store/queries/counters.ts'
import { getLiveWorkspace, updateWorkspaceRow, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { budgetToWire, requireBudgetOrder } from './budget-wire.ts'

type Operations = typeof BUDGET_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListWorkspaceBudgets: Handler<'listWorkspaceBudgets'> = async (input, context) => {
  const workspace = await findBudgetedWorkspace(context, 'budget:read', input.id)
  const rows = await listWorkspaceBudgetRows(context.tx, workspace.id)
  return { data: await budgetsToWire(rows, workspace, context), ...flagOf(workspace) }
}

export const handleGetWorkspaceBudget: Handler<'getWorkspaceBudget'> = async (input, context) => {
  const workspace = await findBudgetedWorkspace(context, 'budget:read', input.id)
  const row = await getWorkspaceBudgetRow(context.tx, workspace.id, input.interval)
  return { data: await oneToWire(row, workspace, context), ...flagOf(workspace) }
}

/** Lowering a budget below what is spent is allowed: then the window has nothing left. */
export const handleUpsertWorkspaceBudget: Handler<'upsertWorkspaceBudget'> = async (input, context) => {
  const current = await findBudgetedWorkspace(context, 'budget:write', input.id)
  const limit = fromUsd(input.limit_usd)
  const existing = await listWorkspaceBudgetRows(context.tx, current.id)
  requireBudgetOrder(existing, { interval: input.interval, limit })
  const workspace = await setByokFlag(current, input.include_byok_in_budgets, context)
  const row = await upsertWorkspaceBudgetRow(context.tx, {
    organizationId: workspace.organization_id,
    workspaceId: workspace.id,
    interval: input.interval,
    limit,
    now: context.now,
  })
  const before = existing.find(({ interval }) => interval === input.interval)
  const spend = await spendOf(workspace, context)
  const data = budgetToWire(row, spendByInterval(spend, workspace.include_byok_in_budgets))
  const spentBefore = spendByInterval(spend, current.include_byok_in_budgets)
  context.changed('workspace', workspace.id)
  context.audit({
    resource: 'budget',
    id: row.id,
    workspaceId: workspace.id,
    before: before && { ...budgetToWire(before, spentBefore), ...flagOf(current) },
    after: { ...data, ...flagOf(workspace) },
  })
  return { data, ...flagOf(workspace) }
}

export const handleDeleteWorkspaceBudget: Handler<'deleteWorkspaceBudget'> = async (input, context) => {
  const workspace = await findBudgetedWorkspace(context, 'budget:write', input.id)
  const rows = await listWorkspaceBudgetRows(context.tx, workspace.id)
  const row = rows.find(({ interval }) => interval === input.interval)
  await deleteWorkspaceBudgetRow(context.tx, workspace.id, input.interval)
  context.changed('workspace', workspace.id)
  context.audit({
    resource: 'budget',
    id: row?.id ?? input.interval,
    workspaceId: workspace.id,
    before: row && (await oneToWire(row, workspace, context)),
  })
  return { deleted: true }
}

/** Throws `not_found`. */
export async function findBudgetedWorkspace(
  context: ControlContext,
  permission: 'budget:read' | 'budget:write',
  ref: string,
): Promise<WorkspaceRow> {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), ref)
  requireIn(context, permission, { workspaceId: workspace.id }, 'Workspace')
  return workspace
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

async function budgetsToWire(
  rows: readonly WorkspaceBudgetRow[],
  workspace: WorkspaceRow,
  context: ControlContext,
): Promise<BudgetWire[]> {
  const spent = spendByInterval(await spendOf(workspace, context), workspace.include_byok_in_budgets)
  return rows.map((row) => budgetToWire(row, spent))
}

async function spendOf({ id }: WorkspaceRow, { tx, now }: ControlContext) {
  return await loadSpendOf(tx, { now, scopeKind: 'workspace', scopeId: id })
}

async function oneToWire(
  row: WorkspaceBudgetRow,
  workspace: WorkspaceRow,
  context: ControlContext,
): Promise<BudgetWire> {
  const [wire] = await budgetsToWire([row], workspace, context)
  if (wire === undefined) throw new Error('one budget makes one wire object')
  return wire
}
