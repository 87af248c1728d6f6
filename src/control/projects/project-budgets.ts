import type { PROJECT_OPERATIONS, ProjectBudgetWire } from '../../contract/management/projects.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd, toUsd } from '../../domain/money.ts'
import type { Interval } from '../../domain/windows.ts'
import { listWorkspaceBudgetRows } from '../../store/queries/budgets.ts'
import { loadSpendOf, spendByInterval } from '../../store/queries/counters.ts'
import {
  deleteProjectBudgetRows,
  listProjectBudgetRows,
  type ProjectBudgetRow,
  sumOtherProjectBudgets,
  upsertProjectBudgetRow,
} from '../../store/queries/project-budgets.ts'
import { budgetToWire, requireBudgetOrder } from '../budgets/budget-wire.ts'
import type { ControlContext } from '../context.ts'
import { type FoundProject, findProject, findProjectToChange } from './project-access.ts'

type Operations = typeof PROJECT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListProjectBudgets: Handler<'listProjectBudgets'> = async (input, context) => {
  const found = await findProject(context, 'budget:read', input)
  return { data: await toWire(await listProjectBudgetRows(context.tx, found.project.id), found, context) }
}

export const handleGetProjectBudget: Handler<'getProjectBudget'> = async (input, context) => {
  const found = await findProject(context, 'budget:read', input)
  const rows = await listProjectBudgetRows(context.tx, found.project.id)
  const [data] = await toWire(
    rows.filter(({ interval }) => interval === input.interval),
    found,
    context,
  )
  if (data === undefined) throw new AppError('not_found', `The project has no ${input.interval} budget`)
  return { data }
}

/** Who leads the project gives it no more than the workspace's budget leaves beside the other projects'. */
export const handleUpsertProjectBudget: Handler<'upsertProjectBudget'> = async (input, context) => {
  const found = await findProjectToChange(context, 'budget:write', input)
  const limit = fromUsd(input.limit_usd)
  if (found.isLead) await requireRoom(found, { interval: input.interval, limit }, context)
  const existing = await listProjectBudgetRows(context.tx, found.project.id)
  requireBudgetOrder(existing, { interval: input.interval, limit })
  const row = await upsertProjectBudgetRow(context.tx, found.project, {
    interval: input.interval,
    limit,
    now: context.now,
  })
  const [before] = await toWire(
    existing.filter(({ interval }) => interval === input.interval),
    found,
    context,
  )
  const [data] = await toWire([row], found, context)
  if (data === undefined) throw new Error('one budget makes one wire object')
  context.changed('workspace', found.workspace.id)
  context.audit({ resource: 'budget', id: row.id, workspaceId: found.workspace.id, before, after: data })
  return { data }
}

export const handleDeleteProjectBudget: Handler<'deleteProjectBudget'> = async (input, context) => {
  const found = await findProjectToChange(context, 'budget:write', input)
  // Without its own budget a project is held by the workspace's alone, which is more than its lead may give it.
  if (found.isLead) await requireRoom(found, { interval: input.interval, limit: null }, context)
  const rows = await listProjectBudgetRows(context.tx, found.project.id)
  const row = rows.find(({ interval }) => interval === input.interval)
  await deleteProjectBudgetRows(context.tx, found.project.id, input.interval)
  const [before] = await toWire(row ? [row] : [], found, context)
  context.changed('workspace', found.workspace.id)
  context.audit({ resource: 'budget', id: row?.id ?? input.interval, workspaceId: found.workspace.id, before })
  return { deleted: true }
}

/** `limit` null is no limit. */
async function requireRoom(
  { project, workspace }: FoundProject,
  wanted: { interval: Interval; limit: bigint | null },
  { tx }: ControlContext,
): Promise<void> {
  const budgets = await listWorkspaceBudgetRows(tx, workspace.id)
  const own = budgets.find(({ interval }) => interval === wanted.interval)
  if (own === undefined) return
  const others = await sumOtherProjectBudgets(tx, project, wanted.interval)
  const left = own.limit_nano > others ? own.limit_nano - others : 0n
  if (wanted.limit !== null && wanted.limit <= left) return
  throw new AppError(
    'invalid_request',
    `limit_usd: the ${wanted.interval} budget of the workspace leaves $${toUsd(left)} for this project`,
  )
}

async function toWire(
  rows: readonly ProjectBudgetRow[],
  { project, workspace }: FoundProject,
  { tx, now }: ControlContext,
): Promise<ProjectBudgetWire[]> {
  const spend = await loadSpendOf(tx, { now, scopeKind: 'project', scopeId: project.id })
  const spent = spendByInterval(spend, workspace.include_byok_in_budgets)
  return rows.map((row) => ({ ...budgetToWire(row, spent), project_id: project.id }))
}
