import { type Selectable, sql } from 'kysely'
import type { WorkspaceRole } from '../../contract/common/permissions.ts'
import { newUuid, uuidV5 } from '../../platform/ids.ts'
import { type Db, toIso, type WorkspaceMemberTable } from '../schema.ts'
import type { WorkspaceRow } from './workspaces.ts'

export type WorkspaceMemberRow = Selectable<WorkspaceMemberTable>

export interface OrganizationMemberRow {
  user_id: string
  email: string
  first_name: string | null
  last_name: string | null
  role: 'org:admin' | 'org:member'
  created_at: number
}

export async function listOrganizationMemberRows(
  db: Db,
  organizationId: string,
  page: { offset: number; limit: number },
): Promise<{ rows: OrganizationMemberRow[]; total: number }> {
  const members = db
    .selectFrom('organization_member as member')
    .innerJoin('user_account as user', 'user.id', 'member.user_id')
    .where('member.organization_id', '=', organizationId)
  const rows = await members
    .select(['member.user_id', 'user.email', 'user.first_name', 'user.last_name', 'member.role', 'member.created_at'])
    .orderBy('member.created_at')
    .orderBy('member.user_id')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  const { total } = await members.select((e) => e.fn.countAll<bigint>().as('total')).executeTakeFirstOrThrow()
  return { rows, total: Number(total) }
}

/** Roles in the organization of those of `userIds` who are in it. */
export async function findOrganizationRoles(
  db: Db,
  organizationId: string,
  userIds: readonly string[],
): Promise<Map<string, 'org:admin' | 'org:member'>> {
  if (userIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('organization_member')
    .select(['user_id', 'role'])
    .where('organization_id', '=', organizationId)
    .where('user_id', 'in', [...userIds])
    .execute()
  return new Map(rows.map(({ user_id, role }) => [user_id, role]))
}

/** Members of a workspace. In the Default workspace that is everybody in the organization, with a membership row or not. */
export async function listWorkspaceMemberRows(
  db: Db,
  workspace: WorkspaceRow,
  page: { offset: number; limit: number },
): Promise<{ rows: WorkspaceMemberRow[]; total: number }> {
  if (workspace.is_default) {
    const { rows, total } = await listOrganizationMemberRows(db, workspace.organization_id, page)
    return { rows: rows.map((member) => implicitMember(workspace, member)), total }
  }
  const members = db.selectFrom('workspace_member').where('workspace_id', '=', workspace.id)
  const rows = await members
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .offset(page.offset)
    .limit(page.limit)
    .execute()
  const { total } = await members.select((e) => e.fn.countAll<bigint>().as('total')).executeTakeFirstOrThrow()
  return { rows, total: Number(total) }
}

/** Those of `userIds` as members of the Default workspace, where being in the organization is being a member. */
export async function listDefaultMemberRows(
  db: Db,
  workspace: WorkspaceRow,
  userIds: readonly string[],
): Promise<WorkspaceMemberRow[]> {
  const rows = await db
    .selectFrom('organization_member')
    .selectAll()
    .where('organization_id', '=', workspace.organization_id)
    .where('user_id', 'in', [...userIds])
    .orderBy('user_id')
    .execute()
  return rows.map((member) => implicitMember(workspace, member))
}

export async function upsertWorkspaceMembers(
  db: Db,
  workspaceId: string,
  members: readonly { userId: string; role: WorkspaceRole }[],
  now: number,
): Promise<WorkspaceMemberRow[]> {
  return await db
    .insertInto('workspace_member')
    .values(
      members.map(({ userId, role }) => ({
        id: newUuid(),
        workspace_id: workspaceId,
        user_id: userId,
        workspace_role: role,
        created_at: toIso(now),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'user_id']).doUpdateSet({ workspace_role: sql`excluded.workspace_role` }),
    )
    .returningAll()
    .execute()
}

export async function deleteWorkspaceMembers(db: Db, workspaceId: string, userIds: readonly string[]): Promise<number> {
  const result = await db
    .deleteFrom('workspace_member')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', [...userIds])
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Those of `userIds` who own a living key in the workspace. */
export async function findKeyOwners(db: Db, workspaceId: string, userIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('api_key')
    .select('creator_user_id')
    .distinct()
    .where('workspace_id', '=', workspaceId)
    .where('deleted_at', 'is', null)
    .where('creator_user_id', 'in', [...userIds])
    .execute()
  return rows.flatMap(({ creator_user_id }) => (creator_user_id === null ? [] : [creator_user_id]))
}

function implicitMember(
  workspace: WorkspaceRow,
  member: Pick<OrganizationMemberRow, 'user_id' | 'role' | 'created_at'>,
): WorkspaceMemberRow {
  return {
    id: uuidV5(workspace.id, member.user_id),
    workspace_id: workspace.id,
    user_id: member.user_id,
    workspace_role: member.role === 'org:admin' ? 'admin' : 'developer',
    created_at: member.created_at,
  }
}
