import { type PAYMENT_METHOD_OPERATIONS, PAYMENT_METHODS_MAX } from '../../contract/management/payment-methods.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { newUuid } from '../../platform/ids.ts'
import {
  clearDefaultPaymentMethod,
  countPaymentMethods,
  deletePaymentMethodRow,
  getLivePaymentMethod,
  insertPaymentMethod,
  listPaymentMethodRows,
  type PaymentMethodRow,
  updatePaymentMethodRow,
} from '../../store/queries/payment-methods.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn, requireInOrganization, visibleIn } from '../access.ts'
import { type ControlContext, type MemoryContext, organizationOf } from '../context.ts'
import { workspaceNamed } from '../credits/movements.ts'
import { toPage } from '../page.ts'
import { queuePaymentTask, requireStripe } from './choose-payment.ts'
import { paymentMethodToWire } from './payment-method-wire.ts'

type Handlers = HandlersFor<typeof PAYMENT_METHOD_OPERATIONS, ControlContext, MemoryContext>

const PERMISSION = 'payment-method:write'
const RESOURCE = 'payment_method'

const handleListPaymentMethods: Handlers['listPaymentMethods'] = async (input, context) => {
  const { workspaceIds } = visibleIn(context.access, PERMISSION)
  const wanted = { workspaceIds, ...toPage(input) }
  const { rows, total } = await listPaymentMethodRows(context.tx, organizationOf(context), wanted)
  return { data: rows.map(paymentMethodToWire), total_count: total }
}

const handleGetPaymentMethod: Handlers['getPaymentMethod'] = async (input, context) => {
  return { data: paymentMethodToWire(await loadMethod(context, input.id)) }
}

const handleCreatePaymentMethod: Handlers['createPaymentMethod'] = async (input, context) => {
  const workspace = await workspaceNamed(context, input.workspace_id)
  if (workspace === null) requireInOrganization(context, PERMISSION)
  else requireIn(context, PERMISSION, { workspaceId: workspace.id }, 'Workspace')
  const isCard = input.provider === 'stripe'
  if (isCard) requireStripe(context)
  const scope = { organizationId: organizationOf(context), workspaceId: workspace?.id ?? null }
  const count = await countPaymentMethods(context.tx, scope)
  if (count >= PAYMENT_METHODS_MAX)
    throw new AppError(
      'invalid_request',
      `There are ${PAYMENT_METHODS_MAX} payment methods already, and no more may be`,
    )
  const isDefault = input.is_default === true || count === 0
  if (isDefault) await clearDefaultPaymentMethod(context.tx, scope)
  const row = await insertPaymentMethod(context.tx, {
    id: newUuid(),
    organization_id: scope.organizationId,
    workspace_id: scope.workspaceId,
    provider: input.provider,
    name: input.name,
    is_default: isDefault,
    status: isCard ? 'pending' : 'active',
    created_at: toIso(context.now),
    created_by: context.access.userId,
  })
  if (isCard) await queuePaymentTask(context, row.workspace_id, { task: 'set_up', methodId: row.id })
  const data = paymentMethodToWire(row)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id, after: data })
  return { data }
}

const handleUpdatePaymentMethod: Handlers['updatePaymentMethod'] = async (input, context) => {
  const row = await loadMethod(context, input.id)
  if (input.is_default === true) {
    const scope = { organizationId: row.organization_id, workspaceId: row.workspace_id }
    await clearDefaultPaymentMethod(context.tx, scope)
  }
  const isDefault = row.is_default || input.is_default === true
  const after = await updatePaymentMethodRow(context.tx, row.id, {
    is_default: isDefault,
    ...(input.name === undefined ? {} : { name: input.name }),
  })
  const data = paymentMethodToWire(after)
  const before = paymentMethodToWire(row)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id, before, after: data })
  return { data }
}

const handleDeletePaymentMethod: Handlers['deletePaymentMethod'] = async (input, context) => {
  const row = await loadMethod(context, input.id)
  await deletePaymentMethodRow(context.tx, row.id, context.now)
  const card = row.card_reference
  if (card !== null) await queuePaymentTask(context, row.workspace_id, { task: 'forget', card })
  const before = paymentMethodToWire(row)
  context.audit({ resource: RESOURCE, id: row.id, workspaceId: row.workspace_id, before })
  return { deleted: true }
}

export const PAYMENT_METHOD_HANDLERS: Handlers = {
  listPaymentMethods: handleListPaymentMethods,
  createPaymentMethod: handleCreatePaymentMethod,
  getPaymentMethod: handleGetPaymentMethod,
  updatePaymentMethod: handleUpdatePaymentMethod,
  deletePaymentMethod: handleDeletePaymentMethod,
}

async function loadMethod(context: ControlContext, id: string): Promise<PaymentMethodRow> {
  const row = await getLivePaymentMethod(context.tx, organizationOf(context), id)
  requireIn(context, PERMISSION, { workspaceId: row.workspace_id }, 'Payment method')
  return row
}
