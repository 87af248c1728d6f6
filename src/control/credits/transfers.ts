import type { CREDIT_OPERATIONS, CreditTransferWire } from '../../contract/management/credits.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd, toUsd } from '../../domain/money.ts'
import {
  bookMovement,
  type CreditMovementRow,
  listMovementRows,
  loadBalance,
  organizationBalance,
  sumReserved,
  workspaceBalance,
} from '../../store/queries/credits.ts'
import { lockPools } from '../../store/queries/pools.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { MoneyLeased } from './money-leased.ts'
import { movementToWire, recordMovement, requirePool } from './movements.ts'

type Operations = typeof CREDIT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

/** Never more than is there beside what replicas have leased, of which nothing can be taken back here. */
export const handleCreateCreditTransfer: Handler<'createCreditTransfer'> = async (input, context) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'credit:transfer', { workspaceId: workspace.id }, 'Workspace')
  requirePool(workspace, 'id')
  const about = {
    kind: 'transfer',
    workspace_id: workspace.id,
    direction: input.direction,
    status: 'completed',
  } as const
  const { row, isNew } = await recordMovement(context, input, about)
  if (isNew) {
    const pool = workspaceBalance(workspace.id)
    const shared = organizationBalance(workspace.organization_id)
    const [from, to] = input.direction === 'to_workspace' ? [shared, pool] : [pool, shared]
    const leased = (await lockPools(context.tx, [from, to])).get(from) ?? 0n
    const kept = from === shared ? await reservedByOthers(context) : 0n
    const there = (await loadBalance(context.tx, from)) - kept
    if (fromUsd(input.amount_usd) > there) throw new AppError('invalid_request', tooMuch(input.direction, there))
    if (fromUsd(input.amount_usd) > there - leased)
      throw new MoneyLeased(from, tooMuch(input.direction, there - leased, leased))
    await bookMovement(context.tx, row, { from, to, now: context.now })
    context.changed('workspace', workspace.id)
    context.changed('organization', workspace.organization_id)
  }
  const data = transferToWire(row, workspace.id)
  context.audit({
    resource: 'credit_transfer',
    id: row.id,
    workspaceId: workspace.id,
    ...(isNew ? {} : { before: data }),
    after: data,
  })
  return { data }
}

export const handleListCreditTransfers: Handler<'listCreditTransfers'> = async (input, context) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'credit:read', { workspaceId: workspace.id }, 'Workspace')
  const { rows, total } = await listMovementRows(context.tx, workspace.organization_id, {
    kind: 'transfer',
    workspaceIds: [workspace.id],
    ...toPage(input),
  })
  return {
    data: rows.map((row) => transferToWire(row, workspace.id)),
    total_count: total,
    balance_usd: toUsd(await loadBalance(context.tx, workspaceBalance(workspace.id))),
  }
}

/** A workspace with a pool of its own reserves nothing, so all of it is for others, whoever sees them. */
async function reservedByOthers(context: ControlContext): Promise<bigint> {
  let reserved = 0n
  await context.seeingAll(async () => {
    reserved = await sumReserved(context.tx, organizationOf(context))
  })
  return reserved
}

function tooMuch(direction: CreditTransferWire['direction'], there: bigint, leased = 0n): string {
  const holder = direction === 'to_workspace' ? 'organization' : 'pool'
  const beside = leased > 0n ? ` beside $${toUsd(leased)} that requests may use at the moment` : ''
  return `amount_usd: the ${holder} has only $${toUsd(there > 0n ? there : 0n)}${beside}`
}

function transferToWire(row: CreditMovementRow, workspaceId: string): CreditTransferWire {
  return { ...movementToWire(row), workspace_id: workspaceId, direction: row.direction ?? 'to_workspace' }
}
