import type { BYOK_OPERATIONS } from '../../contract/management/byok.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import {
  handleCreateByokKey,
  handleDeleteByokKey,
  handleGetByokKey,
  handleListByokKeys,
  handleUpdateByokKey,
} from './byok-keys.ts'

export const BYOK_HANDLERS: HandlersFor<typeof BYOK_OPERATIONS, ControlContext, MemoryContext> = {
  listBYOKKeys: handleListByokKeys,
  createBYOKKey: handleCreateByokKey,
  getBYOKKey: handleGetByokKey,
  updateBYOKKey: handleUpdateByokKey,
  deleteBYOKKey: handleDeleteByokKey,
}
