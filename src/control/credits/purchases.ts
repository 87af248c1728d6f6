import type { CREDIT_OPERATIONS, CreditPurchaseWire } from '../../contract/management/credits.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import {
  bookMovement,
  type CreditMovementRow,
  completeMovement,
  funding,
  getMovement,
  listMovementRows,
  organizationBalance,
  workspaceBalance,
} from '../../store/queries/credits.ts'
import { findLiveWorkspaces } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn, requireInOrganization, visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { choosePaymentMethod } from '../payments/choose-payment-method.ts'
import { movementToWire, recordMovement, workspaceNamed } from './movements.ts'

type Operations = typeof CREDIT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

/** Only a promise to pay: nothing is in the ledger before it is confirmed. */
export const handleCreateCreditPurchase: Handler<'createCreditPurchase'> = async (input, context) => {
  const workspace = await workspaceNamed(context, input.workspace_id)
  if (workspace === null) requireInOrganization(context, 'credit:purchase')
  else requireIn(context, 'credit:purchase', { workspaceId: workspace.id }, 'Workspace')
  const workspaceId = workspace?.id ?? null
  const about = { kind: 'purchase', workspace_id: workspaceId, direction: null, status: 'pending' } as const
  const method = await choosePaymentMethod(context, { id: input.payment_method_id, workspaceId })
  const paidBy = { payment_method_id: method?.id ?? null }
  const { row, isNew } = await recordMovement(context, input, { ...about, ...paidBy })
  const data = purchaseToWire(row)
  context.audit({
    resource: 'credit_purchase',
    id: row.id,
    workspaceId,
    ...(isNew ? {} : { before: data }),
    after: data,
  })
  return { data }
}

export const handleListCreditPurchases: Handler<'listCreditPurchases'> = async (input, context) => {
  const { workspaceIds } = visibleIn(context.access, 'credit:read')
  const wanted = { kind: 'purchase', workspaceIds, ...toPage(input) } as const
  const { rows, total } = await listMovementRows(context.tx, organizationOf(context), wanted)
  return { data: rows.map(purchaseToWire), total_count: total }
}

export const handleGetCreditPurchase: Handler<'getCreditPurchase'> = async (input, context) => {
  const row = await getMovement(context.tx, organizationOf(context), { kind: 'purchase', id: input.id })
  requireIn(context, 'credit:read', { workspaceId: row.workspace_id }, 'Credit purchase')
  return { data: purchaseToWire(row) }
}

/** To the pool that the workspace has now; to the organization when it has none, or is gone. */
export const handleConfirmCreditPurchase: Handler<'confirmCreditPurchase'> = async (input, context) => {
  requireInOrganization(context, 'credit:grant')
  const organizationId = organizationOf(context)
  const pending = await getMovement(context.tx, organizationId, { kind: 'purchase', id: input.id })
  if (pending.status === 'completed') throw new AppError('conflict', 'The purchase is confirmed already')
  const row = await completeMovement(context.tx, pending.id, context.now)
  const [workspace] = await findLiveWorkspaces(context.tx, organizationId, row.workspace_id ? [row.workspace_id] : [])
  const isPool = workspace?.credit_pool === 'dedicated'
  const to = isPool ? workspaceBalance(workspace.id) : organizationBalance(organizationId)
  await bookMovement(context.tx, row, { from: funding(organizationId), to, now: context.now })
  context.changed('organization', organizationId)
  const data = purchaseToWire(row)
  const before = purchaseToWire(pending)
  context.audit({ resource: 'credit_purchase', id: row.id, workspaceId: row.workspace_id, before, after: data })
  return { data }
}

/** Short enough to be typed, and told from the id. */
function paymentReferenceOf(id: string): string {
  return `SW-${id.replaceAll('-', '').slice(-12).toUpperCase()}`
}

function purchaseToWire(row: CreditMovementRow): CreditPurchaseWire {
  return {
    ...movementToWire(row),
    workspace_id: row.workspace_id,
    status: row.status,
    provider: 'manual',
    payment_method_id: row.payment_method_id,
    payment_reference: paymentReferenceOf(row.id),
    completed_at: row.completed_at === null ? null : toIso(row.completed_at),
  }
}
