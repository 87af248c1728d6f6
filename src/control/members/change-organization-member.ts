import type { MEMBER_OPERATIONS } from '../../contract/management/members.ts'
import type { OrganizationMemberWire } from '../../contract/management/organization.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { type Access, reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { withHolders } from '../../domain/role-caps.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import { revokeInvitationsAround } from '../../store/queries/invitations.ts'
import type { KeyRow } from '../../store/queries/keys.ts'
import {
  countOrganizationAdmins,
  deleteOrganizationMember,
  type KeyFate,
  listGivenRoles,
  listLiveKeysOf,
  listRoleHolders,
  updateOrganizationRole,
} from '../../store/queries/member-changes.ts'
import { findOrganizationMemberRows, type OrganizationMemberRow } from '../../store/queries/members.ts'
import { requireEverything, requireInOrganization } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { clientKeysOf, endAfterRoleChange, endMemberSessions } from './end-sessions.ts'
import { applyKeyFate, keyFateOf, requireNoneWidened } from './member-keys.ts'
import { requireBelowCap } from './role-choice.ts'

type Update = (typeof MEMBER_OPERATIONS)['updateOrganizationMember']
type Delete = (typeof MEMBER_OPERATIONS)['deleteOrganizationMember']

export const handleUpdateOrganizationMember: HandlerOf<Update, ControlContext> = async (input, context) => {
  const member = await loadMember(input.id, context)
  if (member.role !== input.role) requireEverything(context)
  if (member.role === 'org:admin' && input.role === 'org:member') {
    await requireAnotherAdmin('role', context)
    await requireCapsAfterDemotion(member.user_id, context)
  }
  const held = await clientKeysOf(context, [member.user_id])
  await updateOrganizationRole(context.tx, organizationOf(context), member.user_id, input.role)
  if (member.role !== input.role) await endAfterRoleChange(context, [member.user_id], held)
  context.changed('organization', organizationOf(context))
  const before = organizationMemberToWire(member)
  const data = { ...before, role: input.role }
  context.audit({ resource: 'organization_member', id: member.user_id, workspaceId: null, before, after: data })
  return { data }
}

export const handleDeleteOrganizationMember: HandlerOf<Delete, ControlContext> = async (input, context) => {
  const organizationId = organizationOf(context)
  const member = await loadMember(input.id, context)
  const userId = member.user_id
  if (member.role === 'org:admin') {
    requireEverything(context)
    await requireAnotherAdmin('id', context)
  }
  const fate = keyFateOf(input, userId) ?? { to: 'disable' }
  const keys = await listLiveKeysOf(context.tx, { organizationId, userIds: [userId] })
  if (fate.to === 'transfer') await requireHeir(fate, { leaverId: userId, keys }, context)
  const key_hashes = await applyKeyFate(context, keys, fate)
  await revokeInvitationsAround(context.tx, organizationId, userId, context.now)
  await endMemberSessions(context, userId, 'removed')
  await deleteOrganizationMember(context.tx, organizationId, userId)
  context.changed('organization', organizationId)
  const before = organizationMemberToWire(member)
  const after = { keys: fate.to, transfer_to: input.transfer_to ?? null, key_hashes }
  context.audit({ resource: 'organization_member', id: userId, workspaceId: null, before, after })
  return { deleted: true, key_hashes }
}

export function organizationMemberToWire(row: OrganizationMemberRow): OrganizationMemberWire {
  const { user_id: id, email, first_name, last_name, role } = row
  return { id, email, first_name, last_name, role }
}

async function loadMember(userId: string, context: ControlContext): Promise<OrganizationMemberRow> {
  requireInOrganization(context, 'organization-member:write')
  const [member] = await findOrganizationMemberRows(context.tx, organizationOf(context), [userId])
  if (member === undefined) throw new AppError('not_found', 'Member not found')
  return member
}

async function requireAnotherAdmin(field: string, context: ControlContext): Promise<void> {
  if ((await countOrganizationAdmins(context.tx, organizationOf(context))) > 1) return
  throw new AppError(
    'invalid_request',
    `${field}: the last administrator of the organization can't be demoted or removed`,
  )
}

/** What they were given explicitly in workspaces counts from then on. */
async function requireCapsAfterDemotion(userId: string, context: ControlContext): Promise<void> {
  const organizationId = organizationOf(context)
  const given = await listGivenRoles(context.tx, organizationId, userId)
  const workspaceIds = given.map(({ workspaceId }) => workspaceId)
  const holders = await listRoleHolders(context.tx, organizationId, workspaceIds)
  for (const { workspaceId, name, role } of given) {
    const before = holders.get(workspaceId) ?? []
    requireBelowCap(context.roleCaps, name, before, withHolders(before, [{ userId, role, isOrganizationAdmin: false }]))
  }
}

/** The keys go to somebody who may have keys where they are. */
async function requireHeir(
  { userId }: KeyFate & { to: 'transfer' },
  { keys, leaverId }: { keys: readonly KeyRow[]; leaverId: string },
  context: ControlContext,
): Promise<void> {
  const organizationId = organizationOf(context)
  const access = await loadMemberAccess(context.tx, organizationId, userId)
  if (access.userId === null)
    throw new AppError('invalid_request', `transfer_to: ${userId} is not a member of the organization`)
  const orphan = keys.find(({ workspace_id }) => !mayOwnKeysIn(access, workspace_id))
  if (orphan === undefined) return await requireNoneWidened(context, keys, { organizationId, leaverId, heir: access })
  const where = orphan.workspace_id === null ? 'management keys' : `API keys in the workspace ${orphan.workspace_id}`
  throw new AppError('invalid_request', `transfer_to: ${userId} may not have ${where}`)
}

function mayOwnKeysIn(access: Access, workspaceId: string | null): boolean {
  if (workspaceId === null) return access.organization.has('management-key:write')
  return reachIn(access, 'key:create', workspaceId) !== undefined
}
