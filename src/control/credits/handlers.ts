import type { CREDIT_OPERATIONS } from '../../contract/management/credits.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleCreateCreditGrant, handleListCreditGrants } from './grants.ts'
import {
  handleConfirmCreditPurchase,
  handleCreateCreditPurchase,
  handleGetCreditPurchase,
  handleListCreditPurchases,
} from './purchases.ts'
import { handleCreateCreditTransfer, handleListCreditTransfers } from './transfers.ts'

export const CREDIT_HANDLERS: HandlersFor<typeof CREDIT_OPERATIONS, ControlContext, MemoryContext> = {
  createCreditTransfer: handleCreateCreditTransfer,
  listCreditTransfers: handleListCreditTransfers,
  createCreditGrant: handleCreateCreditGrant,
  listCreditGrants: handleListCreditGrants,
  createCreditPurchase: handleCreateCreditPurchase,
  listCreditPurchases: handleListCreditPurchases,
  getCreditPurchase: handleGetCreditPurchase,
  confirmCreditPurchase: handleConfirmCreditPurchase,
}
