import type { CREDIT_OPERATIONS } from '../../contract/management/credits.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd } from '../../domain/money.ts'
import { getMovement, listMovementRows } from '../../store/queries/credits.ts'
import { requireIn, requireInOrganization, visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { choosePayment, queuePayment } from '../payments/choose-payment.ts'
import { auditPurchase, completePurchase, purchaseToWire } from './complete-purchase.ts'
import { recordMovement, workspaceNamed } from './movements.ts'

type Operations = typeof CREDIT_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

/** Only a promise to pay: nothing is in the ledger before it is confirmed. */
export const handleCreateCreditPurchase: Handler<'createCreditPurchase'> = async (input, context) => {
  const workspace = await workspaceNamed(context, input.workspace_id)
  if (workspace === null) requireInOrganization(context, 'credit:purchase')
  else requireIn(context, 'credit:purchase', { workspaceId: workspace.id }, 'Workspace')
  const workspaceId = workspace?.id ?? null
  const amount = fromUsd(input.amount_usd)
  const payment = await choosePayment(context, { ...input, workspaceId, amount })
  const { row, isNew } = await recordMovement(context, input, {
    kind: 'purchase',
    workspace_id: workspaceId,
    direction: null,
    status: 'pending',
    provider: payment.provider,
    payment_method_id: payment.method?.id ?? null,
  })
  if (isNew) await queuePayment(context, row, payment)
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

export const handleConfirmCreditPurchase: Handler<'confirmCreditPurchase'> = async (input, context) => {
  requireInOrganization(context, 'credit:grant')
  const pending = await getMovement(context.tx, organizationOf(context), { kind: 'purchase', id: input.id })
  if (pending.provider !== 'manual') throw new AppError('conflict', 'The payment provider confirms this purchase')
  if (pending.status === 'completed') throw new AppError('conflict', 'The purchase is confirmed already')
  const row = await completePurchase(context, pending)
  auditPurchase(context, pending, row)
  return { data: purchaseToWire(row) }
}
