import type { WorkspaceRole } from '../../contract/common/permissions.ts'
import type { KeyCreation } from '../../contract/management/workspace-settings.ts'
import { type Access, accessOfMember, type Membership, NO_ACCESS } from '../../domain/access.ts'
import { type Db, toIso } from '../schema.ts'

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
    .leftJoin('custom_role', 'custom_role.id', 'member.custom_role_id')
    .select(['workspace.id', 'member.workspace_role', 'member.key_creation', 'member.custom_role_id'])
    .select(['custom_role.permissions', 'workspace.key_creation as workspace_key_creation'])
    .where('workspace.organization_id', '=', organizationId)
    .where('workspace.deleted_at', 'is', null)
    .where((where) => where.or([where('workspace.is_default', '=', true), where('member.id', 'is not', null)]))
    .execute()
  return accessOfMember({ userId, role: member.role, memberships: rows.map(toMembership) })
}

/** Whether a key, by one of its secrets, may call at this moment. */
export async function isKeyGood(db: Db, key: { keyId: bigint; keyHash: string }, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('api_key')
    .leftJoin('retired_secret', (join) =>
      join
        .onRef('retired_secret.key_id', '=', 'api_key.id')
        .on('retired_secret.hash', '=', key.keyHash)
        .on('retired_secret.valid_until', '>', toIso(now) as never),
    )
    .select('api_key.id')
    .where('api_key.id', '=', key.keyId)
    .where('api_key.deleted_at', 'is', null)
    .where('api_key.disabled', '=', false)
    .where((where) =>
      where.and([
        where.or([where('api_key.expires_at', 'is', null), where('api_key.expires_at', '>', toIso(now) as never)]),
        where.or([where('api_key.hash', '=', key.keyHash), where('retired_secret.hash', 'is not', null)]),
      ]),
    )
    .executeTakeFirst()
  return row !== undefined
}

/** Everybody in the organization is at least a Developer of the Default workspace, unless they were given a role in it. */
function toMembership(row: {
  id: string
  workspace_role: WorkspaceRole | null
  custom_role_id: string | null
  key_creation: boolean | null
  permissions: string[] | null
  workspace_key_creation: KeyCreation
}): Membership {
  const common = {
    workspaceId: row.id,
    mayCreateKeys: row.key_creation ?? true,
    keyCreation: row.workspace_key_creation,
  }
  if (row.custom_role_id !== null) return { ...common, role: null, customPermissions: row.permissions ?? [] }
  return { ...common, role: row.workspace_role ?? 'developer', customPermissions: null }
}
