import type { CUSTOM_ROLE_OPERATIONS } from '../../contract/management/custom-roles.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import {
  handleCreateCustomRole,
  handleDeleteCustomRole,
  handleGetCustomRole,
  handleListCustomRoles,
  handleUpdateCustomRole,
} from './custom-roles.ts'
import { handleDeleteRoleTemplate, handleListRoleTemplates, handleUpsertRoleTemplate } from './role-templates.ts'

export const CUSTOM_ROLE_HANDLERS: HandlersFor<typeof CUSTOM_ROLE_OPERATIONS, ControlContext, MemoryContext> = {
  listCustomRoles: handleListCustomRoles,
  createCustomRole: handleCreateCustomRole,
  getCustomRole: handleGetCustomRole,
  updateCustomRole: handleUpdateCustomRole,
  deleteCustomRole: handleDeleteCustomRole,
  listRoleTemplates: handleListRoleTemplates,
  upsertRoleTemplate: handleUpsertRoleTemplate,
  deleteRoleTemplate: handleDeleteRoleTemplate,
}
