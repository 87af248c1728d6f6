import type { INVITATION_OPERATIONS } from '../../contract/management/invitations.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { closeInvitation, getInvitation, listInvitationRows } from '../../store/queries/invitations.ts'
import { visibleIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { toPage } from '../page.ts'
import { requireInvitation } from './invitation-access.ts'
import { invitationToWire } from './invitation-wire.ts'
import { requireOpen, workspaceOf } from './send-invitations.ts'

type Operations = typeof INVITATION_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListInvitations: Handler<'listInvitations'> = async (input, context) => {
  const { rows, total } = await listInvitationRows(context.tx, organizationOf(context), {
    ...toPage(input),
    visible: visibleIn(context.access, 'invitation:read').workspaceIds,
    status: input.status,
    now: context.now,
  })
  return { data: rows.map((row) => invitationToWire(row, context.now)), total_count: total }
}

export const handleDeleteInvitation: Handler<'deleteInvitation'> = async (input, context) => {
  const row = await getInvitation(context.tx, organizationOf(context), input.id)
  await requireInvitation(context, row)
  requireOpen(row, context)
  await closeInvitation(context.tx, row.id, { revokedAt: context.now })
  const before = invitationToWire(row, context.now)
  context.audit({ resource: 'invitation', id: row.id, workspaceId: workspaceOf([row]), before })
  return { deleted: true }
}
