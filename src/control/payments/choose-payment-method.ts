import { reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import {
  findDefaultPaymentMethod,
  getLivePaymentMethod,
  type PaymentMethodRow,
} from '../../store/queries/payment-methods.ts'
import { type ControlContext, organizationOf } from '../context.ts'

/**
 * What a purchase is paid with: the method that is named, else the default of its workspace or, without one, of the organization.
 * Undefined where there is none. Throws `not_found` for a method of another workspace, and for the organization's own unless
 * the actor may buy for the organization.
 */
export async function choosePaymentMethod(
  context: ControlContext,
  { id, workspaceId }: { id: string | null | undefined; workspaceId: string | null },
): Promise<PaymentMethodRow | undefined> {
  const organizationId = organizationOf(context)
  if (!id) return await findDefaultPaymentMethod(context.tx, { organizationId, workspaceId })
  const row = await getLivePaymentMethod(context.tx, organizationId, id)
  const isOwn = row.workspace_id === workspaceId
  const isOfOrganization = row.workspace_id === null && reachIn(context.access, 'credit:purchase', null) === 'ws'
  if (!isOwn && !isOfOrganization) throw new AppError('not_found', 'Payment method not found')
  return row
}
