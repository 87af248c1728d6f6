import type { OrganizationRole } from '../../contract/common/permissions.ts'
import { AppError } from '../../domain/app-error.ts'
import { directoryFault } from '../../domain/directory-patch.ts'
import { revokeInvitationsAround } from '../../store/queries/invitations.ts'
import {
  countOrganizationAdmins,
  deleteOrganizationMember,
  listLiveKeysOf,
} from '../../store/queries/member-changes.ts'
import { findOrganizationRoles } from '../../store/queries/members.ts'
import { isPersonElsewhere, type ScimUserRow, seatPerson } from '../../store/queries/scim-users.ts'
import { toIso } from '../../store/schema.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { endMemberSessions } from '../members/end-sessions.ts'
import { applyKeyFate } from '../members/member-keys.ts'

/**
 * Gives the person their seat back, with the role they had. Their keys stay disabled: somebody has to want each again. Who is in
 * another organization takes a seat in this one by accepting an invitation, and not because its directory says so: it could
 * name anybody. Throws `conflict`.
 */
export async function activate(context: ControlContext, row: ScimUserRow): Promise<OrganizationRole> {
  const { user_id: userId, organization_role: role } = row
  const organizationId = organizationOf(context)
  const isSeated = (await findOrganizationRoles(context.tx, organizationId, [userId])).has(userId)
  if (!isSeated && (await isPersonElsewhere(context.tx, userId, organizationId))) throw notOurs()
  await seatPerson(context.tx, { organizationId, userId, role, createdAt: toIso(context.now) })
  return role
}

function notOurs(): AppError {
  const message =
    'The person with this address has another organization here; invite them, and try again when they have accepted'
  return new AppError('conflict', message, {}, { metadata: { scim_type: 'uniqueness' } })
}

/** Takes the person's seat, memberships and sessions in the organization away and disables their keys in all its workspaces.
 *  Returns the role they had. Throws `invalid_request` for the last administrator. */
export async function deactivate(context: ControlContext, row: ScimUserRow): Promise<OrganizationRole> {
  const organizationId = organizationOf(context)
  const { user_id: userId } = row
  const role = (await findOrganizationRoles(context.tx, organizationId, [userId])).get(userId)
  if (role === 'org:admin' && (await countOrganizationAdmins(context.tx, organizationId)) <= 1)
    throw directoryFault('mutability', "active: the last administrator of the organization can't be deactivated")
  const keys = await listLiveKeysOf(context.tx, { organizationId, userIds: [userId] })
  await applyKeyFate(context, keys, { to: 'disable' })
  await revokeInvitationsAround(context.tx, organizationId, userId, context.now)
  await endMemberSessions(context, userId, 'removed')
  await deleteOrganizationMember(context.tx, organizationId, userId)
  return role ?? row.organization_role
}
