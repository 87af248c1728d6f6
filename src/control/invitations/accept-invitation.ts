import type { INVITATION_OPERATIONS } from '../../contract/management/invitations.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import { lockOrganization } from '../../store/queries/changes.ts'
import { closeInvitation, findInvitationByToken, type InvitationRow } from '../../store/queries/invitations.ts'
import { ensureUser, joinOrganization } from '../../store/queries/joining-members.ts'
import { markInDirectory } from '../../store/queries/member-changes.ts'
import { findOrganizationRoles, upsertWorkspaceMembers } from '../../store/queries/members.ts'
import { enterOrganization } from '../../store/queries/row-security.ts'
import { listMembershipRows } from '../../store/queries/scim-memberships.ts'
import { findLiveWorkspaces, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import type { ControlContext } from '../context.ts'
import { endMemberSessions } from '../members/end-sessions.ts'
import { findRoleChoice, requireRoleCaps, termsOfRole } from '../members/role-choice.ts'
import { settleTemplateGuardrails } from '../members/template-guardrail.ts'
import { requireInvitation } from './invitation-access.ts'
import { hashInvitationToken, invitationStatus, invitationToWire } from './invitation-wire.ts'
import { workspaceOf } from './send-invitations.ts'

type Accept = (typeof INVITATION_OPERATIONS)['acceptInvitation']

/**
 * Whoever holds the token has the address it was sent to: they become its user and get what the invitation says, in one
 * transaction and once. What somebody has in a workspace already stays. Workspaces deleted meanwhile are passed over.
 */
export const handleAcceptInvitation: HandlerOf<Accept, ControlContext> = async (input, context) => {
  const invitation = await takeInvitation(input.token, context)
  if (input.email !== undefined && input.email.toLowerCase() !== invitation.email.toLowerCase())
    throw new AppError('forbidden', 'This invitation is for another e-mail address')
  const { organization_id: organizationId, email } = invitation
  const names = { firstName: input.first_name ?? null, lastName: input.last_name ?? null }
  // Whether the address has a user already is asked of the whole installation; everything else of one organization.
  const userId = await ensureUser(context.tx, { email, ...names, now: context.now })
  await enterOrganization(context.tx, organizationId, 'all')
  await requireStillGiven(invitation, context)
  const seat = { organizationId, userId, role: invitation.role, now: context.now }
  const before = (await findOrganizationRoles(context.tx, organizationId, [userId])).get(userId)
  const role = await joinOrganization(context.tx, seat)
  if (before !== undefined && before !== role) await endMemberSessions(context, userId, 'role', organizationId)
  await markInDirectory(context.tx, { organizationId, userId, active: true })
  const workspaces = await joinWorkspaces(context, invitation, { userId, isOrganizationAdmin: role === 'org:admin' })
  await closeInvitation(context.tx, invitation.id, { acceptedAt: context.now, userId })
  context.changed('organization', organizationId, organizationId)
  const accepted = { ...invitation, accepted_at: context.now, accepted_by: userId }
  context.audit({
    resource: 'invitation',
    id: invitation.id,
    workspaceId: workspaceOf([invitation]),
    organizationId,
    userId,
    before: invitationToWire(invitation, context.now),
    after: invitationToWire(accepted, context.now),
  })
  const workspace_ids = workspaces.map(({ id }) => id)
  return { data: { user_id: userId, email, organization_id: organizationId, role, workspace_ids } }
}

/** Locked before it is looked at, so that of two who accept at once one comes too late. */
async function takeInvitation(token: string, context: ControlContext): Promise<InvitationRow> {
  const hash = hashInvitationToken(token)
  const first = await findInvitationByToken(context.tx, hash)
  if (first !== undefined) await lockOrganization(context.tx, first.organization_id)
  const invitation = first && (await findInvitationByToken(context.tx, hash))
  const status = invitation && invitationStatus(invitation, context.now)
  if (invitation === undefined || status === 'revoked') throw noInvitation()
  if (status === 'accepted') throw new AppError('conflict', 'This invitation was accepted already')
  if (status === 'expired')
    throw new AppError('invalid_request', 'token: this invitation has expired; ask for a new one')
  return invitation
}

/** An invitation gives nothing that whoever sent it could not give now. */
async function requireStillGiven(invitation: InvitationRow, context: ControlContext): Promise<void> {
  const { created_by: senderId, organization_id: organizationId, workspaces } = invitation
  if (senderId === null) return
  const access = await loadMemberAccess(context.tx, organizationId, senderId)
  const ids = workspaces.map(({ workspace_id }) => workspace_id)
  const alive = new Set((await findLiveWorkspaces(context.tx, organizationId, ids)).map(({ id }) => id))
  const places = workspaces.filter(({ workspace_id }) => alive.has(workspace_id))
  const rest = { ...invitation, workspaces: places, workspace_count: places.length }
  try {
    await requireInvitation({ ...context, access }, rest)
  } catch (error) {
    throw error instanceof AppError ? noInvitation() : error
  }
}

function noInvitation(): AppError {
  return new AppError('not_found', 'This invitation does not exist (any more)')
}

async function joinWorkspaces(
  context: ControlContext,
  { organization_id: organizationId, workspaces: places }: InvitationRow,
  newcomer: { userId: string; isOrganizationAdmin: boolean },
): Promise<WorkspaceRow[]> {
  const { userId } = newcomer
  const ids = places.map(({ workspace_id }) => workspace_id)
  const alive = await findLiveWorkspaces(context.tx, organizationId, ids)
  const present = new Set(
    (await listMembershipRows(context.tx, organizationId, [userId])).map((row) => row.workspace_id),
  )
  for (const workspace of alive) {
    const place = places.find(({ workspace_id }) => workspace_id === workspace.id)
    const named = {
      workspace_role: place?.workspace_role ?? undefined,
      custom_role_id: place?.custom_role_id ?? undefined,
    }
    const choice = await findRoleChoice(context, organizationId, named)
    if (choice === undefined || present.has(workspace.id)) continue
    await requireRoleCaps(context, organizationId, workspace, [{ ...newcomer, role: choice.workspace_role }])
    const terms = await termsOfRole(context, organizationId, choice)
    await upsertWorkspaceMembers(context.tx, workspace, [{ userId, terms }], context.now)
    await settleTemplateGuardrails(context, organizationId, [userId], choice.custom_role_id ?? choice.workspace_role)
    context.changed('workspace', workspace.id, organizationId)
  }
  return alive
}
