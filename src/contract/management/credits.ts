import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef, WorkspaceRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { PaymentProvider } from './payment-methods.ts'

/** Dollars, more than none, to the nano-dollar, at most a million at a time. */
const Amount = z.number().min(0.000_000_001).max(1_000_000)

const movement = {
  id: Uuid,
  amount_usd: z.number(),
  reference: z.string().nullable(),
  note: z.string().nullable(),
  created_at: Timestamp,
  created_by: z.string().nullable(),
}

export const CreditTransferWire = z.object({
  ...movement,
  workspace_id: Uuid,
  direction: z.enum(['to_workspace', 'to_organization']),
})
export type CreditTransferWire = z.output<typeof CreditTransferWire>

export const CreditGrantWire = z.object({
  ...movement,
  /** The workspace whose pool got it; null when the organization did. */
  workspace_id: Uuid.nullable(),
})
export type CreditGrantWire = z.output<typeof CreditGrantWire>

export const CreditPurchaseWire = z.object({
  ...movement,
  /** The workspace that it was made for: its pool gets it, or the organization while it has none of its own. */
  workspace_id: Uuid.nullable(),
  status: z.enum(['pending', 'completed', 'failed']),
  /** Who takes the payment. `manual`: somebody who may grant credits confirms it by hand. */
  provider: PaymentProvider,
  payment_method_id: Uuid.nullable(),
  /** What to write on the bank transfer, so that it is known what it pays. */
  payment_reference: z.string().nullable(),
  /** Where to pay by card; null until the page is open, a moment after the purchase, and when nothing is to be paid there. */
  checkout_url: z.string().nullable(),
  /** Why it was not paid. */
  failure: z.string().nullable(),
  /** What was taken back by refunds and disputes. */
  refunded_usd: z.number(),
  completed_at: Timestamp.nullable(),
})
export type CreditPurchaseWire = z.output<typeof CreditPurchaseWire>

const fields = {
  amount_usd: Amount,
  /** Whoever sends the same reference again gets the first answer again, and nothing moves twice. */
  reference: z.string().min(1).max(255).nullish(),
  note: z.string().max(500).nullish(),
}

const tag = 'Credits'
const CREDITS = '/api/v1/credits'
const refusals = ['unauthorized', 'forbidden'] as const

const createCreditTransfer = operation({
  id: 'createCreditTransfer',
  method: 'POST',
  path: '/api/v1/workspaces/{id}/credit-transfers',
  summary: "Move credits between the organization and a workspace's dedicated pool",
  tag,
  permission: 'credit:transfer',
  effect: 'write',
  status: 201,
  input: z.strictObject({ id: WorkspaceRef, direction: z.enum(['to_workspace', 'to_organization']), ...fields }),
  output: z.object({ data: CreditTransferWire }),
  errors: ['invalid_request', ...refusals, 'not_found', 'conflict'],
})

const listCreditTransfers = operation({
  id: 'listCreditTransfers',
  method: 'GET',
  path: '/api/v1/workspaces/{id}/credit-transfers',
  summary: "List the transfers to and from a workspace's pool, newest first, and what is in it",
  tag,
  permission: 'credit:read',
  effect: 'read',
  input: z.strictObject({ id: WorkspaceRef, ...PageQuery }),
  output: pageOf(CreditTransferWire).extend({ balance_usd: z.number() }),
  errors: ['invalid_request', ...refusals, 'not_found'],
})

const createCreditGrant = operation({
  id: 'createCreditGrant',
  method: 'POST',
  path: `${CREDITS}/grants`,
  summary: 'Give credits that nobody pays for',
  tag,
  permission: 'credit:grant',
  effect: 'write',
  status: 201,
  input: z.strictObject({ workspace_id: Uuid.nullish(), ...fields }),
  output: z.object({ data: CreditGrantWire }),
  errors: ['invalid_request', ...refusals, 'not_found', 'conflict'],
})

const listCreditGrants = operation({
  id: 'listCreditGrants',
  method: 'GET',
  path: `${CREDITS}/grants`,
  summary: 'List the credits that were given, newest first',
  tag,
  permission: 'credit:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(CreditGrantWire),
  errors: ['invalid_request', ...refusals],
})

const createCreditPurchase = operation({
  id: 'createCreditPurchase',
  method: 'POST',
  path: `${CREDITS}/purchases`,
  summary: 'Buy credits; they count once the payment is confirmed',
  tag,
  permission: 'credit:purchase',
  effect: 'write',
  status: 201,
  input: z.strictObject({
    workspace_id: Uuid.nullish(),
    payment_method_id: Uuid.nullish(),
    provider: PaymentProvider.optional(),
    ...fields,
  }),
  output: z.object({ data: CreditPurchaseWire }),
  errors: ['invalid_request', ...refusals, 'not_found', 'conflict'],
})

const listCreditPurchases = operation({
  id: 'listCreditPurchases',
  method: 'GET',
  path: `${CREDITS}/purchases`,
  summary: 'List purchases of credits, newest first',
  tag,
  permission: 'credit:read',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(CreditPurchaseWire),
  errors: ['invalid_request', ...refusals],
})

const getCreditPurchase = operation({
  id: 'getCreditPurchase',
  method: 'GET',
  path: `${CREDITS}/purchases/{id}`,
  summary: 'Get a purchase of credits',
  tag,
  permission: 'credit:read',
  effect: 'read',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: CreditPurchaseWire }),
  errors: [...refusals, 'not_found'],
})

const confirmCreditPurchase = operation({
  id: 'confirmCreditPurchase',
  method: 'POST',
  path: `${CREDITS}/purchases/{id}/confirm`,
  summary: 'Confirm that a purchase was paid; its credits count from now on',
  tag,
  permission: 'credit:grant',
  effect: 'write',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ data: CreditPurchaseWire }),
  errors: [...refusals, 'not_found', 'conflict'],
})

export const CREDIT_OPERATIONS = {
  createCreditTransfer,
  listCreditTransfers,
  createCreditGrant,
  listCreditGrants,
  createCreditPurchase,
  listCreditPurchases,
  getCreditPurchase,
  confirmCreditPurchase,
} as const
