import type { INVITATION_OPERATIONS } from '../../contract/management/invitations.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import { handleAcceptInvitation } from './accept-invitation.ts'
import { handleDeleteInvitation, handleListInvitations } from './read-invitations.ts'
import { handleBulkCreateInvitations, handleCreateInvitation, handleResendInvitation } from './send-invitations.ts'

export const INVITATION_HANDLERS: HandlersFor<typeof INVITATION_OPERATIONS, ControlContext, MemoryContext> = {
  createInvitation: handleCreateInvitation,
  bulkCreateInvitations: handleBulkCreateInvitations,
  listInvitations: handleListInvitations,
  deleteInvitation: handleDeleteInvitation,
  resendInvitation: handleResendInvitation,
  acceptInvitation: handleAcceptInvitation,
}
