import { sql } from 'kysely'
import type { WorkspaceRole } from '../../contract/common/permissions.ts'
import { CAPPED_ROLES, type RoleHolder } from '../../domain/role-caps.ts'
import { type Db, toIso } from '../schema.ts'
import type { KeyRow } from './keys.ts'

/** Who has a role that a cap is on, in each of the workspaces. */
export async function listRoleHolders(
  db: Db,
  organizationId: string,
  workspaceIds: readonly string[],
): Promise<Map<string, RoleHolder[]>> {
  const holders = new Map<string, RoleHolder[]>(workspaceIds.map((id) => [id, []]))
  if (workspaceIds.length === 0) return holders
  const rows = await db
    .selectFrom('workspace_member as member')
    .innerJoin('organization_member as seat', 'seat.user_id', 'member.user_id')
    .select(['member.workspace_id', 'member.user_id', 'member.workspace_role', 'seat.role'])
    .where('seat.organization_id', '=', organizationId)
    .where('member.workspace_id', 'in', [...workspaceIds])
    .where('member.workspace_role', 'in', CAPPED_ROLES)
    .execute()
  for (const { workspace_id, user_id, workspace_role, role } of rows) {
    const holder = { userId: user_id, role: workspace_role, isOrganizationAdmin: role === 'org:admin' }
    holders.get(workspace_id)?.push(holder)
  }
  return holders
}

/** The living workspaces of the organization in which a user was given a role, with that role. */
export async function listGivenRoles(
  db: Db,
  organizationId: string,
  userId: string,
): Promise<{ workspaceId: string; name: string; role: WorkspaceRole | null }[]> {
  return await db
    .selectFrom('workspace_member as member')
    .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
    .select(['workspace.id as workspaceId', 'workspace.name', 'member.workspace_role as role'])
    .where('workspace.organization_id', '=', organizationId)
    .where('workspace.deleted_at', 'is', null)
    .where('member.user_id', '=', userId)
    .execute()
}

export async function countOrganizationAdmins(db: Db, organizationId: string): Promise<number> {
  const { total } = await db
    .selectFrom('organization_member')
    .select((e) => e.fn.countAll<bigint>().as('total'))
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'org:admin')
    .executeTakeFirstOrThrow()
  return Number(total)
}

export async function updateOrganizationRole(
  db: Db,
  organizationId: string,
  userId: string,
  role: 'org:admin' | 'org:member',
): Promise<void> {
  await db
    .updateTable('organization_member')
    .set({ role })
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
}

/** Takes somebody's seat in the organization and in all its workspaces away. */
export async function deleteOrganizationMember(db: Db, organizationId: string, userId: string): Promise<void> {
  const workspaces = db.selectFrom('workspace').select('id').where('organization_id', '=', organizationId)
  await db
    .deleteFrom('workspace_member')
    .where('user_id', '=', userId)
    .where('workspace_id', 'in', workspaces)
    .execute()
  await db
    .deleteFrom('guardrail_member_assignment')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
  await removeProjectLead(db, { organizationId, userIds: [userId] })
  await markInDirectory(db, { organizationId, userId, active: false })
  await db
    .deleteFrom('organization_member')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
}

/** What a directory reads of somebody is whether they have their seat, whoever gave or took it. */
export async function markInDirectory(
  db: Db,
  { active, organizationId, userId }: { organizationId: string; userId: string; active: boolean },
): Promise<void> {
  await db
    .updateTable('scim_user')
    .set({ active })
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
}

/** Who has left leads no project, also not when they come back. */
export async function removeProjectLead(
  db: Db,
  from: { organizationId: string; userIds: readonly string[]; workspaceId?: string },
): Promise<void> {
  for (const userId of from.userIds) {
    let led = db
      .updateTable('project')
      .set({ lead_user_ids: sql`array_remove(lead_user_ids, ${userId}::text)` })
      .where('organization_id', '=', from.organizationId)
      .where(sql<boolean>`${userId}::text = ANY (lead_user_ids)`)
    if (from.workspaceId !== undefined) led = led.where('workspace_id', '=', from.workspaceId)
    await led.execute()
  }
}

/**
 * Takes from members the guardrails that came with a role they have no longer: those that some template names and no template
 * of a role they have. Returns the workspaces of the guardrails.
 */
export async function deleteLapsedGuardrails(
  db: Db,
  organizationId: string,
  userIds: readonly string[],
): Promise<string[]> {
  const named = db
    .selectFrom('role_template')
    .select('guardrail_id')
    .where('organization_id', '=', organizationId)
    .where('guardrail_id', 'is not', null)
    .$narrowType<{ guardrail_id: string }>()
  const rows = await db
    .deleteFrom('guardrail_member_assignment as assignment')
    .where('assignment.organization_id', '=', organizationId)
    .where('assignment.user_id', 'in', [...userIds])
    .where('assignment.is_organization_wide', '=', true)
    .where('assignment.from_template', '=', true)
    .where('assignment.guardrail_id', 'in', named)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('workspace_member as member')
            .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
            .innerJoin('role_template as template', (join) =>
              join.on('template.role', '=', sql<string>`coalesce(member.custom_role_id::text, member.workspace_role)`),
            )
            .select('member.id')
            .whereRef('member.user_id', '=', 'assignment.user_id')
            .whereRef('template.guardrail_id', '=', 'assignment.guardrail_id')
            .where('workspace.organization_id', '=', organizationId)
            .where('template.organization_id', '=', organizationId),
        ),
      ),
    )
    .returning('assignment.workspace_id')
    .execute()
  return [...new Set(rows.map(({ workspace_id }) => workspace_id))]
}

/** The living keys that members made, in one workspace or, without one, in the whole organization. */
export async function listLiveKeysOf(
  db: Db,
  owner: { organizationId: string; userIds: readonly string[]; workspaceId?: string },
): Promise<KeyRow[]> {
  let keys = db
    .selectFrom('api_key')
    .selectAll()
    .where('organization_id', '=', owner.organizationId)
    .where('creator_user_id', 'in', [...owner.userIds])
    .where('is_bootstrap', '=', false)
    .where('deleted_at', 'is', null)
  if (owner.workspaceId !== undefined) keys = keys.where('workspace_id', '=', owner.workspaceId)
  return await keys.orderBy('id').execute()
}

export type KeyFate = { to: 'disable' } | { to: 'delete' } | { to: 'transfer'; userId: string }

export async function settleKeys(db: Db, ids: readonly bigint[], fate: KeyFate, now: number): Promise<void> {
  if (ids.length === 0) return
  const at = toIso(now)
  const changes = {
    disable: { disabled: true },
    delete: { disabled: true, deleted_at: at },
    transfer: fate.to === 'transfer' ? { creator_user_id: fate.userId } : {},
  }[fate.to]
  await db
    .updateTable('api_key')
    .set({ ...changes, updated_at: at })
    .where('id', 'in', [...ids])
    .execute()
}
