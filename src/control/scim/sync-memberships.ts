import {
  type DirectoryRole,
  type GivenRole,
  highestRole,
  isSameStanding,
  type Standing,
  standingAfter,
} from '../../domain/directory-roles.ts'
import type { RoleHolder } from '../../domain/role-caps.ts'
import { listLiveKeysOf, removeProjectLead } from '../../store/queries/member-changes.ts'
import {
  deleteWorkspaceMembers,
  findOrganizationRoles,
  type MemberTerms,
  upsertWorkspaceMembers,
  type WorkspaceMemberRow,
} from '../../store/queries/members.ts'
import { findWorkspaces, listMembershipRows, listScimGrants } from '../../store/queries/scim-memberships.ts'
import type { WorkspaceRow } from '../../store/queries/workspaces.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { clientKeysOf, endAfterWorkspaceRole } from '../members/end-sessions.ts'
import { applyKeyFate } from '../members/member-keys.ts'
import { requireRoleCaps, termsOfRole } from '../members/role-choice.ts'
import { settleTemplateGuardrails } from '../members/template-guardrail.ts'

const DEFAULT_ROLE: GivenRole = { workspace_role: 'developer', custom_role_id: null }

interface Change {
  userId: string
  after: Standing | undefined
  row: WorkspaceMemberRow | undefined
}

/**
 * Brings memberships in line with what the group mappings grant to these people: highest role wins, and nothing of what was
 * given by hand is lost. Where the directory was the only reason for a membership it goes, and the keys that its member has there are
 * disabled. `keep`: what mappings no longer grant stays, as if given by hand. Returns how many memberships changed.
 */
export async function syncMemberships(
  context: ControlContext,
  userIds: readonly string[],
  keep = false,
): Promise<number> {
  const changes = await findChanges(context, userIds, keep)
  const held = await clientKeysOf(context, userIds)
  const workspaces = await findWorkspaces(context.tx, organizationOf(context), [...changes.keys()])
  const changed: string[] = []
  let count = 0
  for (const workspace of workspaces) {
    const list = changes.get(workspace.id) ?? []
    await applyChanges(context, workspace, list)
    context.changed('workspace', workspace.id)
    changed.push(...list.filter((change) => isOtherRole(change, workspace)).map(({ userId }) => userId))
    count += list.length
  }
  await endAfterWorkspaceRole(context, changed, held)
  return count
}

async function findChanges(
  context: ControlContext,
  userIds: readonly string[],
  keep: boolean,
): Promise<Map<string, Change[]>> {
  const organizationId = organizationOf(context)
  const rows = await listMembershipRows(context.tx, organizationId, userIds)
  const grants = await listScimGrants(context.tx, organizationId, userIds)
  const rowOf = new Map(rows.map((row) => [`${row.workspace_id} ${row.user_id}`, row]))
  const grantsOf = new Map<string, DirectoryRole[]>()
  for (const { workspaceId, userId, role } of grants) {
    const place = `${workspaceId} ${userId}`
    grantsOf.set(place, [...(grantsOf.get(place) ?? []), role])
  }
  const changes = new Map<string, Change[]>()
  for (const place of new Set([...rowOf.keys(), ...grantsOf.keys()])) {
    const [workspaceId = '', userId = ''] = place.split(' ')
    const row = rowOf.get(place)
    const before = row === undefined ? undefined : standingOf(row)
    const after = standingAfter(before, highestRole(grantsOf.get(place) ?? []), keep)
    if (isSameStanding(before, after)) continue
    changes.set(workspaceId, [...(changes.get(workspaceId) ?? []), { userId, after, row }])
  }
  return changes
}

function standingOf({ workspace_role, custom_role_id, scim_role, own_role }: WorkspaceMemberRow): Standing {
  return { role: toGiven({ workspace_role, custom_role_id }), granted: scim_role, own: own_role && toGiven(own_role) }
}

/** The same keys in the same order, whatever the database made of it. */
function toGiven({ workspace_role, custom_role_id }: GivenRole): GivenRole {
  return { workspace_role, custom_role_id }
}

async function applyChanges(
  context: ControlContext,
  workspace: WorkspaceRow,
  changes: readonly Change[],
): Promise<void> {
  await requireCaps(context, workspace, changes)
  const kept: { userId: string; terms: MemberTerms }[] = []
  const gone: string[] = []
  for (const { userId, after, row } of changes) {
    if (after === undefined) gone.push(userId)
    else kept.push({ userId, terms: await termsAfter(context, after, row) })
  }
  if (kept.length > 0) await upsertWorkspaceMembers(context.tx, workspace, kept, context.now)
  await settleGuardrails(context, changes)
  if (gone.length === 0) return
  await deleteWorkspaceMembers(context.tx, workspace.id, gone)
  await removeProjectLead(context.tx, {
    organizationId: organizationOf(context),
    userIds: gone,
    workspaceId: workspace.id,
  })
  await settleTemplateGuardrails(context, organizationOf(context), gone, null)
  // In the Default workspace everybody of the organization still is a member.
  if (workspace.is_default) return
  const owner = { organizationId: organizationOf(context), userIds: gone, workspaceId: workspace.id }
  await applyKeyFate(context, await listLiveKeysOf(context.tx, owner), { to: 'disable' })
}

/** What comes with a role comes with one that a directory gives, too. */
async function settleGuardrails(context: ControlContext, changes: readonly Change[]): Promise<void> {
  const changed = changes.flatMap(({ after, row, userId }) => {
    if (after === undefined || (row !== undefined && hasRole(row, after))) return []
    return [{ userId, role: after.role.custom_role_id ?? after.role.workspace_role }]
  })
  for (const [role, members] of Map.groupBy(changed, (member) => member.role)) {
    const userIds = members.map(({ userId }) => userId)
    await settleTemplateGuardrails(context, organizationOf(context), userIds, role)
  }
}

/** Who joins has no other role than before; in the Default workspace everybody is a Developer who is nothing else. */
function isOtherRole({ after, row }: Change, { is_default: isDefault }: WorkspaceRow): boolean {
  const before = row ?? (isDefault ? DEFAULT_ROLE : undefined)
  const now = after?.role ?? (isDefault ? DEFAULT_ROLE : undefined)
  if (before === undefined) return false
  return before.workspace_role !== now?.workspace_role || before.custom_role_id !== now?.custom_role_id
}

function hasRole(row: WorkspaceMemberRow, { role }: Standing): boolean {
  return row.workspace_role === role.workspace_role && row.custom_role_id === role.custom_role_id
}

async function requireCaps(context: ControlContext, workspace: WorkspaceRow, changes: readonly Change[]) {
  const organizationId = organizationOf(context)
  const ids = changes.map(({ userId }) => userId)
  const seats = await findOrganizationRoles(context.tx, organizationId, ids)
  const holders: RoleHolder[] = changes.map(({ userId, after }) => ({
    userId,
    role: after?.role.workspace_role ?? null,
    isOrganizationAdmin: seats.get(userId) === 'org:admin',
  }))
  await requireRoleCaps(context, organizationId, workspace, holders)
}

/** A role that stays keeps the terms it has; a new one comes with those of its template. */
async function termsAfter(
  context: ControlContext,
  after: Standing,
  row: WorkspaceMemberRow | undefined,
): Promise<MemberTerms> {
  const { role, granted, own } = after
  const standing = { scim_role: granted, own_role: own === null ? null : JSON.stringify(own) }
  if (row !== undefined && hasRole(row, after)) {
    const { id: _id, workspace_id: _workspace, user_id: _user, created_at: _at, own_role: _own, ...terms } = row
    return { ...terms, ...standing }
  }
  return { ...(await termsOfRole(context, organizationOf(context), toChoice(role))), ...standing }
}

function toChoice({ workspace_role, custom_role_id }: GivenRole): Parameters<typeof termsOfRole>[2] {
  const grants = new Map()
  if (custom_role_id !== null) return { workspace_role: null, custom_role_id, grants }
  return { workspace_role: workspace_role ?? 'viewer', custom_role_id: null, grants }
}
