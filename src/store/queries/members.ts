import { type Insertable, type Selectable, sql } from 'kysely'
import { newUuid, uuidV5 } from '../../platform/ids.ts'
import { type Db, toIso } from '../schema.ts'
import type { WorkspaceMemberTable } from '../tables/members.ts'
import { type CountedRows, type OffsetPage, readOffsetPage } from './offset-page.ts'
import type { WorkspaceRow } from './workspaces.ts'

export type WorkspaceMemberRow = Selectable<WorkspaceMemberTable>
/** The role of a member and what came with it. */
export type MemberTerms = Omit<Insertable<WorkspaceMemberTable>, 'id' | 'workspace_id' | 'user_id' | 'created_at'>

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
  page: OffsetPage,
): Promise<CountedRows<OrganizationMemberRow>> {
  return await readOffsetPage(
    db.selectFrom('organization_member').where('organization_id', '=', organizationId),
    organizationMembers(db, organizationId).orderBy('member.created_at').orderBy('member.user_id'),
    page,
  )
}

/** Those of `userIds` who are in the organization. */
export async function findOrganizationMemberRows(
  db: Db,
  organizationId: string,
  userIds: readonly string[],
): Promise<OrganizationMemberRow[]> {
  if (userIds.length === 0) return []
  return await organizationMembers(db, organizationId)
    .where('member.user_id', 'in', [...userIds])
    .orderBy('member.created_at')
    .orderBy('member.user_id')
    .execute()
}

function organizationMembers(db: Db, organizationId: string) {
  return db
    .selectFrom('organization_member as member')
    .innerJoin('user_account as user', 'user.id', 'member.user_id')
    .where('member.organization_id', '=', organizationId)
    .select(['member.user_id', 'user.email', 'user.first_name', 'user.last_name', 'member.role', 'member.created_at'])
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
  page: OffsetPage,
): Promise<CountedRows<WorkspaceMemberRow>> {
  if (workspace.is_default) {
    const { rows, total } = await listOrganizationMemberRows(db, workspace.organization_id, page)
    return { rows: await withImplicit(db, workspace, rows), total }
  }
  const members = db.selectFrom('workspace_member').where('workspace_id', '=', workspace.id)
  return await readOffsetPage(members, members.selectAll().orderBy('created_at').orderBy('id'), page)
}

/** Those of `userIds` who are members of the workspace. */
export async function findWorkspaceMemberRows(
  db: Db,
  workspace: WorkspaceRow,
  userIds: readonly string[],
): Promise<WorkspaceMemberRow[]> {
  if (!workspace.is_default) return await explicitMembers(db, workspace.id, userIds)
  return await withImplicit(db, workspace, await findOrganizationMemberRows(db, workspace.organization_id, userIds))
}

/** What keys that somebody makes in the workspace get as their rate limit; null for nothing in particular. */
export async function findKeyRateLimit(db: Db, workspaceId: string, userId: string): Promise<number | null> {
  const [member] = await explicitMembers(db, workspaceId, [userId])
  return member?.key_rate_limit_rpm ?? null
}

/** Makes members of those who aren't yet and gives everybody the terms named with them. */
export async function upsertWorkspaceMembers(
  db: Db,
  workspace: WorkspaceRow,
  members: readonly { userId: string; terms: MemberTerms }[],
  now: number,
): Promise<WorkspaceMemberRow[]> {
  const rows = members.map(({ userId, terms }) => ({
    id: workspace.is_default ? uuidV5(workspace.id, userId) : newUuid(),
    workspace_id: workspace.id,
    user_id: userId,
    created_at: toIso(now),
    ...terms,
  }))
  await db
    .insertInto('workspace_member')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'user_id']).doUpdateSet({
        workspace_role: sql`excluded.workspace_role`,
        custom_role_id: sql`excluded.custom_role_id`,
        spending_limit_nano: sql`excluded.spending_limit_nano`,
        limit_reset: sql`excluded.limit_reset`,
        key_creation: sql`excluded.key_creation`,
        key_rate_limit_rpm: sql`excluded.key_rate_limit_rpm`,
        scim_role: sql`excluded.scim_role`,
        own_role: sql`excluded.own_role`,
      }),
    )
    .execute()
  return await findWorkspaceMemberRows(
    db,
    workspace,
    members.map(({ userId }) => userId),
  )
}

/** With the guardrails that were assigned to them for this workspace. */
export async function deleteWorkspaceMembers(db: Db, workspaceId: string, userIds: readonly string[]): Promise<number> {
  await db
    .deleteFrom('guardrail_member_assignment')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', [...userIds])
    .where('is_organization_wide', '=', false)
    .execute()
  const result = await db
    .deleteFrom('workspace_member')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', [...userIds])
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

async function explicitMembers(db: Db, workspaceId: string, userIds: readonly string[]): Promise<WorkspaceMemberRow[]> {
  if (userIds.length === 0) return []
  return await db
    .selectFrom('workspace_member')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('user_id', 'in', [...userIds])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** Members of the organization as members of its Default workspace: with what they were given there, else as developers. */
async function withImplicit(
  db: Db,
  workspace: WorkspaceRow,
  members: readonly Pick<OrganizationMemberRow, 'user_id' | 'role' | 'created_at'>[],
): Promise<WorkspaceMemberRow[]> {
  const userIds = members.map(({ user_id }) => user_id)
  const given = await explicitMembers(db, workspace.id, userIds)
  const byUser = new Map(given.map((row) => [row.user_id, row]))
  return members.map((member) => {
    const implicit = implicitMember(workspace, member)
    return { ...implicit, ...byUser.get(member.user_id), id: implicit.id, created_at: implicit.created_at }
  })
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
    custom_role_id: null,
    spending_limit_nano: null,
    limit_reset: null,
    key_creation: true,
    key_rate_limit_rpm: null,
    scim_role: null,
    own_role: null,
    created_at: member.created_at,
  }
}

/** Those of `userIds` who may enter the workspace: its members, and the administrators of the organization. */
export async function findMembersAmong(
  db: Db,
  workspace: WorkspaceRow,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const roles = await findOrganizationRoles(db, workspace.organization_id, userIds)
  const members = await findWorkspaceMemberRows(db, workspace, userIds)
  const admins = [...roles].flatMap(([userId, role]) => (role === 'org:admin' ? [userId] : []))
  return new Set([...members.map(({ user_id }) => user_id), ...admins])
}
