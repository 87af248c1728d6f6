import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'

export const PaymentProvider = z.enum(['manual', 'stripe'])

/** Of a workspace, and of the organization itself. */
export const PAYMENT_METHODS_MAX = 20

export const PaymentMethodWire = z.object({
  id: Uuid,
  /** Null: the organization's own. */
  workspace_id: Uuid.nullable(),
  /** Who takes the payment. `manual`: it arrives outside, such as by bank transfer, and is confirmed by hand. */
  provider: PaymentProvider,
  name: z.string(),
  /** `pending` until somebody has left a card. */
  status: z.enum(['pending', 'active', 'failed']),
  /** Where to leave a card; null until the page is open, a moment after the method was made. */
  setup_url: z.string().nullable(),
  card: z
    .object({ brand: z.string(), last4: z.string(), exp_month: z.number().int(), exp_year: z.number().int() })
    .nullable(),
  /** Whether purchases that name no method are paid with it. */
  is_default: z.boolean(),
  created_at: Timestamp,
  created_by: z.string().nullable(),
})
export type PaymentMethodWire = z.output<typeof PaymentMethodWire>

const Name = z.string().trim().min(1).max(100)
const METHODS = '/api/v1/credits/payment-methods'
const common = { tag: 'Credits', permission: 'payment-method:write' } as const
const refusals = ['invalid_request', 'unauthorized', 'forbidden'] as const

const listPaymentMethods = operation({
  id: 'listPaymentMethods',
  method: 'GET',
  path: METHODS,
  summary: 'List payment methods, oldest first',
  ...common,
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(PaymentMethodWire),
  errors: refusals,
})

const createPaymentMethod = operation({
  id: 'createPaymentMethod',
  method: 'POST',
  path: METHODS,
  summary: 'Add a payment method; the first one is the default',
  ...common,
  effect: 'write',
  status: 201,
  input: z.strictObject({
    provider: PaymentProvider,
    name: Name,
    workspace_id: Uuid.nullish(),
    is_default: z.boolean().optional(),
  }),
  output: z.object({ data: PaymentMethodWire }),
  errors: [...refusals, 'not_found'],
})

const getPaymentMethod = operation({
  id: 'getPaymentMethod',
  method: 'GET',
  path: `${METHODS}/{id}`,
  summary: 'Get a payment method',
  ...common,
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: PaymentMethodWire }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

const updatePaymentMethod = operation({
  id: 'updatePaymentMethod',
  method: 'PATCH',
  path: `${METHODS}/{id}`,
  summary: 'Rename a payment method or make it the default',
  ...common,
  effect: 'write',
  input: z.strictObject({ id: UuidRef, name: Name.optional(), is_default: z.literal(true).optional() }),
  output: z.object({ data: PaymentMethodWire }),
  errors: [...refusals, 'not_found'],
})

const deletePaymentMethod = operation({
  id: 'deletePaymentMethod',
  method: 'DELETE',
  path: `${METHODS}/{id}`,
  summary: 'Delete a payment method; what was paid with it stays',
  ...common,
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const PAYMENT_METHOD_OPERATIONS = {
  listPaymentMethods,
  createPaymentMethod,
  getPaymentMethod,
  updatePaymentMethod,
  deletePaymentMethod,
} as const
