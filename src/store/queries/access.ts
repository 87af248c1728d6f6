import { type Access, accessOfMember, NO_ACCESS } from '../../domain/access.ts'
import type { Db } from '../schema.ts'

/** What a person may in an organization at this moment. Nothing when they are not (any more) in it. */
export async function loadMemberAccess(db: Db, organizationId: string, userId: string): Promise<Access> {
  const member = await db
    .selectFrom('organization_member')
    .select('role')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (!member) return NO_ACCESS
  const rows = await db
    .selectFrom('workspace')
    .leftJoin('workspace_member as member', (join) =>
      join.onRef('member.workspace_id', '=', 'workspace.id').on('member.user_id', '=', userId),
    )
    .select(['workspace.id', 'workspace.is_default', 'member.workspace_role'])
    .where('workspace.organization_id', '=', organizationId)
    .where('workspace.deleted_at', 'is', null)
    .where((where) => where.or([where('workspace.is_default', '=', true), where('member.id', 'is not', null)]))
    .execute()
  // Everybody in the organization is at least a Developer of the Default workspace.
  const memberships = rows.map(({ id, workspace_role }) => ({
    workspaceId: id,
    role: workspace_role ?? ('developer' as const),
    customPermissions: null,
  }))
  return accessOfMember({ userId, role: member.role, memberships })
}
