import type { CUSTOM_PROVIDER_OPERATIONS } from '../../contract/management/custom-providers.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import {
  handleCreateCustomProvider,
  handleDeleteCustomProvider,
  handleGetCustomProvider,
  handleListCustomProviders,
  handleUpdateCustomProvider,
} from './custom-providers.ts'

export const CUSTOM_PROVIDER_HANDLERS: HandlersFor<typeof CUSTOM_PROVIDER_OPERATIONS, ControlContext, MemoryContext> = {
  listCustomProviders: handleListCustomProviders,
  createCustomProvider: handleCreateCustomProvider,
  getCustomProvider: handleGetCustomProvider,
  updateCustomProvider: handleUpdateCustomProvider,
  deleteCustomProvider: handleDeleteCustomProvider,
}
