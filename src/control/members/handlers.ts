import type { MEMBER_OPERATIONS } from '../../contract/management/members.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleDeleteOrganizationMember, handleUpdateOrganizationMember } from './change-organization-member.ts'
import { handleDeleteWorkspaceMember, handleUpdateWorkspaceMember } from './change-workspace-member.ts'

export const MEMBER_HANDLERS: HandlersFor<typeof MEMBER_OPERATIONS, ControlContext, MemoryContext> = {
  updateWorkspaceMember: handleUpdateWorkspaceMember,
  deleteWorkspaceMember: handleDeleteWorkspaceMember,
  updateOrganizationMember: handleUpdateOrganizationMember,
  deleteOrganizationMember: handleDeleteOrganizationMember,
}
