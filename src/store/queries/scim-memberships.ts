import type { Db } from '../schema.ts'
import type { WorkspaceMemberRow } from './members.ts'
import type { WorkspaceRow } from './workspaces.ts'

export interface ScimGrant {
  workspaceId: string
  userId: string
  role: 'admin' | 'developer'
}

/** What the mappings grant to those of `userIds` who have a seat in the organization, once for each group. */
export async function listScimGrants(db: Db, organizationId: string, userIds: readonly string[]): Promise<ScimGrant[]> {
  if (userIds.length === 0) return []
  const rows = await db
    .selectFrom('scim_group_mapping as mapping')
    .innerJoin('workspace', 'workspace.id', 'mapping.workspace_id')
    .innerJoin('scim_group_member as member', 'member.scim_group_id', 'mapping.scim_group_id')
    .innerJoin('scim_user as user', 'user.id', 'member.scim_user_id')
    .innerJoin('organization_member as seat', 'seat.user_id', 'user.user_id')
    .select(['mapping.workspace_id', 'user.user_id', 'mapping.role'])
    .where('mapping.organization_id', '=', organizationId)
    .where('seat.organization_id', '=', organizationId)
    .where('workspace.deleted_at', 'is', null)
    .where('user.active', '=', true)
    .where('user.user_id', 'in', [...userIds])
    .execute()
  return rows.map(({ workspace_id, user_id, role }) => ({
    workspaceId: workspace_id,
    userId: user_id,
    role: role === 'admin' ? 'admin' : 'developer',
  }))
}

/** The memberships that people have in living workspaces of the organization. */
export async function listMembershipRows(
  db: Db,
  organizationId: string,
  userIds: readonly string[],
): Promise<WorkspaceMemberRow[]> {
  if (userIds.length === 0) return []
  return await db
    .selectFrom('workspace_member as member')
    .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
    .selectAll('member')
    .where('workspace.organization_id', '=', organizationId)
    .where('workspace.deleted_at', 'is', null)
    .where('member.user_id', 'in', [...userIds])
    .execute()
}

export async function findWorkspaces(db: Db, organizationId: string, ids: readonly string[]): Promise<WorkspaceRow[]> {
  if (ids.length === 0) return []
  return await db
    .selectFrom('workspace')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...ids])
    .execute()
}

/** The people behind the users in a group, behind some users, or behind all that the directory knows. */
export async function listScimPeople(
  db: Db,
  organizationId: string,
  which: { groupId: string } | { ids: readonly string[] } | 'all',
): Promise<string[]> {
  let users = db.selectFrom('scim_user').select('user_id').where('organization_id', '=', organizationId)
  if (which !== 'all') {
    if ('ids' in which && which.ids.length === 0) return []
    users =
      'ids' in which
        ? users.where('id', 'in', [...which.ids])
        : users.where(
            'id',
            'in',
            db.selectFrom('scim_group_member').select('scim_user_id').where('scim_group_id', '=', which.groupId),
          )
  }
  const rows = await users.orderBy('user_id').execute()
  return rows.map(({ user_id }) => user_id)
}
