import type { MEMBER_OPERATIONS } from '../../contract/management/members.ts'
import type { HandlerOf, InputOf } from '../../contract/operation.ts'
import { type Access, reachIn } from '../../domain/access.ts'
import { AppError } from '../../domain/app-error.ts'
import { fromUsd } from '../../domain/money.ts'
import { loadMemberAccess } from '../../store/queries/access.ts'
import { type KeyFate, listLiveKeysOf, removeProjectLead } from '../../store/queries/member-changes.ts'
import {
  deleteWorkspaceMembers,
  findOrganizationRoles,
  findWorkspaceMemberRows,
  type MemberTerms,
  upsertWorkspaceMembers,
  type WorkspaceMemberRow,
} from '../../store/queries/members.ts'
import { getLiveWorkspace, type WorkspaceRow } from '../../store/queries/workspaces.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { requireUnmanaged } from '../scim/require-unmanaged.ts'
import { workspaceMemberToWire } from '../workspaces/workspace-wire.ts'
import { clientKeysOf, endAfterWorkspaceRole } from './end-sessions.ts'
import { applyKeyFate, keyFateOf, liveKeysRefusal, requireNoneWidened } from './member-keys.ts'
import { findRoleChoice, requireRoleCaps, requireWithinOwn, rolesOfMembers, termsOfRole } from './role-choice.ts'
import { settleTemplateGuardrails } from './template-guardrail.ts'

type Update = (typeof MEMBER_OPERATIONS)['updateWorkspaceMember']
type Delete = (typeof MEMBER_OPERATIONS)['deleteWorkspaceMember']

/** A new role comes with what its template says; what the call itself says about money counts before that. */
export const handleUpdateWorkspaceMember: HandlerOf<Update, ControlContext> = async (input, context) => {
  const { workspace, member } = await loadMember(input, context)
  const terms = await newTerms(input, member, context)
  await requireCapsWith(member.user_id, terms, workspace, context)
  const held = await clientKeysOf(context, [member.user_id])
  const [row] = await upsertWorkspaceMembers(context.tx, workspace, [{ userId: member.user_id, terms }], context.now)
  if (row === undefined) throw new Error('the member that was written')
  if (input.workspace_role !== undefined || input.custom_role_id !== undefined)
    await settleTemplateGuardrails(context, organizationOf(context), [member.user_id], roleOf(row))
  if (roleOf(row) !== roleOf(member)) await endAfterWorkspaceRole(context, [member.user_id], held)
  context.changed('workspace', workspace.id)
  const before = workspaceMemberToWire(member)
  const data = workspaceMemberToWire(row)
  context.audit({ resource: 'workspace_member', id: member.user_id, workspaceId: workspace.id, before, after: data })
  return { data }
}

export const handleDeleteWorkspaceMember: HandlerOf<Delete, ControlContext> = async (input, context) => {
  const { workspace, member } = await loadMember(input, context)
  if (workspace.is_default)
    throw new AppError(
      'invalid_request',
      'user_id: the default workspace has every member of the organization; remove them there',
    )
  requireUnmanaged('user_id', [member])
  const userId = member.user_id
  const fate = keyFateOf(input, userId)
  const organizationId = organizationOf(context)
  const owner = { organizationId, userIds: [userId], workspaceId: workspace.id }
  const keys = await listLiveKeysOf(context.tx, owner)
  if (fate?.to === 'transfer') {
    const heir = await requireHeir(workspace, fate, context)
    await requireNoneWidened(context, keys, { organizationId, leaverId: userId, heir })
  }
  if (keys.length > 0 && fate === undefined) throw liveKeysRefusal('keys', keys)
  const key_hashes = fate === undefined ? [] : await applyKeyFate(context, keys, fate)
  await deleteWorkspaceMembers(context.tx, workspace.id, [userId])
  await removeProjectLead(context.tx, owner)
  await endAfterWorkspaceRole(context, [userId])
  await settleTemplateGuardrails(context, organizationId, [userId], null)
  context.changed('workspace', workspace.id)
  const before = workspaceMemberToWire(member)
  const after = { keys: fate?.to ?? null, transfer_to: input.transfer_to ?? null, key_hashes }
  context.audit({ resource: 'workspace_member', id: userId, workspaceId: workspace.id, before, after })
  return { deleted: true, key_hashes }
}

async function loadMember(
  input: { id: string; user_id: string },
  context: ControlContext,
): Promise<{ workspace: WorkspaceRow; member: WorkspaceMemberRow }> {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'member:write', { workspaceId: workspace.id }, 'Workspace')
  const [member] = await findWorkspaceMemberRows(context.tx, workspace, [input.user_id])
  if (member === undefined) throw new AppError('not_found', 'Member not found')
  requireWithinOwn(context, workspace.id, await rolesOfMembers(context, [member]))
  return { workspace, member }
}

async function newTerms(
  input: InputOf<Update>,
  member: WorkspaceMemberRow,
  context: ControlContext,
): Promise<MemberTerms> {
  const { spending_limit_usd: limit, limit_reset } = input
  const organizationId = organizationOf(context)
  const choice = await findRoleChoice(context, organizationId, input)
  if (choice === undefined && limit === undefined && limit_reset === undefined)
    throw new AppError('invalid_request', 'workspace_role, custom_role_id, spending_limit_usd or limit_reset: required')
  if (choice !== undefined) {
    requireWithinOwn(context, member.workspace_id, [choice])
    requireUnmanaged('user_id', [member])
  }
  const { workspace_role, custom_role_id, spending_limit_nano, key_creation, key_rate_limit_rpm } = member
  const terms: MemberTerms =
    choice === undefined
      ? {
          workspace_role,
          custom_role_id,
          spending_limit_nano,
          limit_reset: member.limit_reset,
          key_creation,
          key_rate_limit_rpm,
          scim_role: member.scim_role,
          own_role: member.own_role && JSON.stringify(member.own_role),
        }
      : await termsOfRole(context, organizationId, choice)
  return {
    ...terms,
    ...(limit === undefined ? {} : { spending_limit_nano: limit === null ? null : fromUsd(limit) }),
    ...(limit_reset === undefined ? {} : { limit_reset }),
  }
}

async function requireCapsWith(
  userId: string,
  { workspace_role: role = null }: MemberTerms,
  workspace: WorkspaceRow,
  context: ControlContext,
): Promise<void> {
  const organizationId = organizationOf(context)
  const seats = await findOrganizationRoles(context.tx, organizationId, [userId])
  const isOrganizationAdmin = seats.get(userId) === 'org:admin'
  await requireRoleCaps(context, organizationId, workspace, [{ userId, role, isOrganizationAdmin }])
}

function roleOf({ custom_role_id, workspace_role }: WorkspaceMemberRow): string | null {
  return custom_role_id ?? workspace_role
}

/** Keys go to somebody who may have keys in this workspace. */
async function requireHeir(
  workspace: WorkspaceRow,
  { userId }: KeyFate & { to: 'transfer' },
  context: ControlContext,
): Promise<Access> {
  const access = await loadMemberAccess(context.tx, organizationOf(context), userId)
  if (reachIn(access, 'key:create', workspace.id) !== undefined) return access
  throw new AppError('invalid_request', `transfer_to: ${userId} may not have API keys in this workspace`)
}
