import type { OrganizationRole, WorkspaceRole } from '../../contract/common/permissions.ts'
import type {
  bulkAddWorkspaceMembers,
  bulkRemoveWorkspaceMembers,
  listWorkspaceMembers,
} from '../../contract/management/workspaces.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import type { RoleHolder } from '../../domain/role-caps.ts'
import { listLiveKeysOf, removeProjectLead } from '../../store/queries/member-changes.ts'
import {
  deleteWorkspaceMembers,
  findOrganizationRoles,
  findWorkspaceMemberRows,
  listWorkspaceMemberRows,
  type MemberTerms,
  upsertWorkspaceMembers,
  type WorkspaceMemberRow,
} from '../../store/queries/members.ts'
import { getLiveWorkspace } from '../../store/queries/workspaces.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { clientKeysOf, endAfterWorkspaceRole } from '../members/end-sessions.ts'
import { liveKeysRefusal } from '../members/member-keys.ts'
import {
  builtInRole,
  type RoleChoice,
  requireRoleCaps,
  requireWithinOwn,
  roleBySeat,
  rolesOfMembers,
  termsOfRole,
} from '../members/role-choice.ts'
import { settleTemplateGuardrails } from '../members/template-guardrail.ts'
import { toPage } from '../page.ts'
import { requireUnmanaged } from '../scim/require-unmanaged.ts'
import { workspaceMemberToWire } from './workspace-wire.ts'

export const handleListWorkspaceMembers: HandlerOf<typeof listWorkspaceMembers, ControlContext> = async (
  input,
  context,
) => {
  const workspace = await getLiveWorkspace(context.tx, organizationOf(context), input.id)
  requireIn(context, 'member:read', { workspaceId: workspace.id }, 'Workspace')
  const { rows, total } = await listWorkspaceMemberRows(context.tx, workspace, toPage(input))
  return { data: rows.map(workspaceMemberToWire), total_count: total }
}

/**
 * All or none: each must be in the organization. Newcomers get the role that is named, else the one that their seat in the
 * organization gives; who is a member already changes only when a role is named. In the Default workspace everybody already is.
 */
export const handleBulkAddWorkspaceMembers: HandlerOf<typeof bulkAddWorkspaceMembers, ControlContext> = async (
  input,
  context,
) => {
  const organizationId = organizationOf(context)
  const workspace = await getLiveWorkspace(context.tx, organizationId, input.id)
  requireIn(context, 'member:write', { workspaceId: workspace.id }, 'Workspace')
  const userIds = [...new Set(input.user_ids)]
  const seats = await requireSeats(userIds, context)
  const current = await findWorkspaceMemberRows(context.tx, workspace, userIds)
  const changing = await newMembers(userIds, { seats, current, named: input.workspace_role }, context)
  requireWithinOwn(context, workspace.id, await rolesToGive(changing, current, context))
  if (input.workspace_role !== undefined) requireUnmanaged('user_ids', current)
  await requireRoleCaps(context, organizationId, workspace, changing.map(toHolder))
  if (changing.length > 0) {
    const held = await clientKeysOf(context, userIds)
    await upsertWorkspaceMembers(context.tx, workspace, changing, context.now)
    await settleGuardrails(changing, context)
    await endAfterWorkspaceRole(context, withAnotherRole(changing, current), held)
    context.changed('workspace', workspace.id)
  }
  const rows = await findWorkspaceMemberRows(context.tx, workspace, userIds)
  const data = rows.map(workspaceMemberToWire)
  const before = current.map(workspaceMemberToWire)
  context.audit({ resource: 'workspace_member', id: userIds.join(','), workspaceId: workspace.id, before, after: data })
  const isImplicit = workspace.is_default && input.workspace_role === undefined
  return { added_count: isImplicit ? 0 : rows.length, data }
}

/** All or none: nobody who still owns a living key in the workspace is removed. */
export const handleBulkRemoveWorkspaceMembers: HandlerOf<typeof bulkRemoveWorkspaceMembers, ControlContext> = async (
  input,
  context,
) => {
  const organizationId = organizationOf(context)
  const workspace = await getLiveWorkspace(context.tx, organizationId, input.id)
  requireIn(context, 'member:write', { workspaceId: workspace.id }, 'Workspace')
  if (workspace.is_default) {
    throw new AppError(
      'invalid_request',
      'The default workspace has every member of the organization; remove them there',
    )
  }
  const userIds = [...new Set(input.user_ids)]
  const members = await findWorkspaceMemberRows(context.tx, workspace, userIds)
  requireWithinOwn(context, workspace.id, await rolesOfMembers(context, members))
  requireUnmanaged('user_ids', members)
  const keys = await listLiveKeysOf(context.tx, { organizationId, userIds, workspaceId: workspace.id })
  if (keys.length > 0) throw liveKeysRefusal('user_ids', keys)
  const removed = await deleteWorkspaceMembers(context.tx, workspace.id, userIds)
  await removeProjectLead(context.tx, { organizationId, userIds, workspaceId: workspace.id })
  const leaverIds = members.map(({ user_id }) => user_id)
  await settleTemplateGuardrails(context, organizationId, leaverIds, null)
  await endAfterWorkspaceRole(context, leaverIds)
  if (removed > 0) context.changed('workspace', workspace.id)
  const before = members.map(workspaceMemberToWire)
  context.audit({ resource: 'workspace_member', id: userIds.join(','), workspaceId: workspace.id, before })
  return { removed_count: removed }
}

interface NewMember {
  userId: string
  terms: MemberTerms
  isOrganizationAdmin: boolean
}

async function requireSeats(userIds: readonly string[], context: ControlContext) {
  const seats = await findOrganizationRoles(context.tx, organizationOf(context), userIds)
  const stranger = userIds.find((userId) => !seats.has(userId))
  if (stranger !== undefined)
    throw new AppError('invalid_request', `user_ids: ${stranger} is not a member of the organization`)
  return seats
}

async function newMembers(
  userIds: readonly string[],
  by: {
    seats: ReadonlyMap<string, OrganizationRole>
    current: readonly WorkspaceMemberRow[]
    named: WorkspaceRole | undefined
  },
  context: ControlContext,
): Promise<NewMember[]> {
  const present = new Set(by.current.map(({ user_id }) => user_id))
  const changing = by.named === undefined ? userIds.filter((userId) => !present.has(userId)) : userIds
  const members: NewMember[] = []
  for (const userId of changing) {
    const seat = by.seats.get(userId) ?? 'org:member'
    const choice = by.named === undefined ? roleBySeat(seat) : builtInRole(by.named)
    const terms = await termsOfRole(context, organizationOf(context), choice)
    members.push({ userId, terms, isOrganizationAdmin: seat === 'org:admin' })
  }
  return members
}

/** The roles that change hands: those given and, of who had another, those taken. */
async function rolesToGive(
  changing: readonly NewMember[],
  current: readonly WorkspaceMemberRow[],
  context: ControlContext,
): Promise<RoleChoice[]> {
  const ids = new Set(changing.map(({ userId }) => userId))
  const taken = await rolesOfMembers(
    context,
    current.filter(({ user_id }) => ids.has(user_id)),
  )
  const given = new Set(changing.flatMap(({ terms }) => terms.workspace_role ?? []))
  return [...taken, ...[...given].map(builtInRole)]
}

/** Who joins has no other role than before. */
function withAnotherRole(changing: readonly NewMember[], current: readonly WorkspaceMemberRow[]): string[] {
  const rows = new Map(current.map((row) => [row.user_id, row]))
  return changing.flatMap(({ userId, terms }) => {
    const row = rows.get(userId)
    const isSame = row === undefined || (row.custom_role_id === null && row.workspace_role === terms.workspace_role)
    return isSame ? [] : [userId]
  })
}

async function settleGuardrails(changing: readonly NewMember[], context: ControlContext): Promise<void> {
  const byRole = Map.groupBy(changing, ({ terms }) => terms.workspace_role ?? null)
  for (const [role, members] of byRole) {
    const userIds = members.map(({ userId }) => userId)
    await settleTemplateGuardrails(context, organizationOf(context), userIds, role)
  }
}

function toHolder({ userId, terms, isOrganizationAdmin }: NewMember): RoleHolder {
  return { userId, role: terms.workspace_role ?? null, isOrganizationAdmin }
}
