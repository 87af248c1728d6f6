import type { CreditPurchaseWire } from '../../contract/management/credits.ts'
import { toUsd } from '../../domain/money.ts'
import {
  bookMovement,
  type CreditMovementRow,
  completeMovement,
  funding,
  organizationBalance,
  workspaceBalance,
} from '../../store/queries/credits.ts'
import { findLiveWorkspaces } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { movementToWire } from './movements.ts'

/** Books a purchase that was paid: to the pool that its workspace has now; to the organization when it has none, or is gone. */
export async function completePurchase(context: ControlContext, unpaid: CreditMovementRow): Promise<CreditMovementRow> {
  const organizationId = organizationOf(context)
  const row = await completeMovement(context.tx, unpaid.id, context.now)
  const [workspace] = await findLiveWorkspaces(context.tx, organizationId, row.workspace_id ? [row.workspace_id] : [])
  const isPool = workspace?.credit_pool === 'dedicated'
  const to = isPool ? workspaceBalance(workspace.id) : organizationBalance(organizationId)
  await bookMovement(context.tx, row, { from: funding(organizationId), to, now: context.now })
  context.changed('organization', organizationId)
  return row
}

/** Tells the audit log what became of a purchase. */
export function auditPurchase(context: ControlContext, before: CreditMovementRow, after: CreditMovementRow): void {
  context.audit({
    resource: 'credit_purchase',
    id: after.id,
    workspaceId: after.workspace_id,
    before: purchaseToWire(before),
    after: purchaseToWire(after),
  })
}

export function purchaseToWire(row: CreditMovementRow): CreditPurchaseWire {
  return {
    ...movementToWire(row),
    workspace_id: row.workspace_id,
    status: row.status,
    provider: row.provider,
    payment_method_id: row.payment_method_id,
    payment_reference: row.provider === 'manual' ? paymentReferenceOf(row.id) : null,
    checkout_url: row.status === 'pending' ? row.checkout_url : null,
    failure: row.failure,
    refunded_usd: toUsd(row.refunded_nano),
    completed_at: row.completed_at === null ? null : toIso(row.completed_at),
  }
}

/** Short enough to be typed, and told from the id. */
function paymentReferenceOf(id: string): string {
  return `SW-${id.replaceAll('-', '').slice(-12).toUpperCase()}`
}
