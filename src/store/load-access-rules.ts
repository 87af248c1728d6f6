import { sql } from 'kysely'
import { grantsOf } from '../domain/access.ts'
import { freeModelsPerDay } from '../domain/free-models.ts'
import { IpRangeSet } from '../domain/ip-ranges.ts'
import type { OrganizationSnapshot } from '../gateway/snapshot/snapshot.ts'
import type { Db } from './schema.ts'

/** What decides who may call at all, as the hot path keeps it. */

/** Every organization, or one. */
export async function loadOrganizations(db: Db, organizationId?: string): Promise<OrganizationSnapshot[]> {
  let query = db
    .selectFrom('organization')
    .leftJoin('organization_policy as policy', 'policy.organization_id', 'organization.id')
    .select(['organization.id', 'policy.allowed_ips', 'policy.free_models_rpm'])
    .select(['policy.free_models_rpd', 'policy.free_models_rpd_purchased', BOUGHT])
  if (organizationId !== undefined) query = query.where('organization.id', '=', organizationId)
  const rows = await query.execute()
  return rows.map((row) => {
    const limits = { perDay: row.free_models_rpd, perDayPurchased: row.free_models_rpd_purchased }
    return {
      id: row.id,
      allowedIps: toIpRangeSet(row.allowed_ips),
      freeModelsRpm: row.free_models_rpm,
      freeModelsPerDay: freeModelsPerDay(limits, row.bought),
      hasBoughtCredits: row.bought > 0n,
    }
  })
}

/** What an organization has paid for and not been given back, in nano-dollars. */
const BOUGHT = sql<bigint>`(SELECT coalesce(sum(amount_nano - refunded_nano), 0)::bigint FROM credit_movement
  WHERE credit_movement.organization_id = organization.id AND kind = 'purchase' AND status = 'completed')`.as('bought')

/**
 * By workspace, the members whose role there doesn't let them call models. Administrators of the organization always may;
 * whoever has lost their seat altogether has lost their keys with it.
 */
export async function listBarredOwners(
  db: Db,
  of: { organizationId?: string; workspaceId?: string },
): Promise<Map<string, Set<string>>> {
  let query = db
    .selectFrom('workspace_member as member')
    .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
    .innerJoin('organization_member as seat', (join) =>
      join.onRef('seat.organization_id', '=', 'workspace.organization_id').onRef('seat.user_id', '=', 'member.user_id'),
    )
    .leftJoin('custom_role', 'custom_role.id', 'member.custom_role_id')
    .select(['member.workspace_id', 'member.user_id', 'member.workspace_role', 'member.custom_role_id'])
    .select('custom_role.permissions')
    .where('seat.role', '=', 'org:member')
    .where('workspace.deleted_at', 'is', null)
    .where((where) =>
      where.or([
        where('member.workspace_role', 'not in', ['admin', 'developer']),
        where('member.custom_role_id', 'is not', null),
      ]),
    )
  if (of.organizationId !== undefined) query = query.where('workspace.organization_id', '=', of.organizationId)
  if (of.workspaceId !== undefined) query = query.where('workspace.id', '=', of.workspaceId)
  const barred = new Map<string, Set<string>>()
  for (const row of await query.execute()) {
    const customPermissions = row.custom_role_id === null ? null : (row.permissions ?? [])
    if (grantsOf({ role: row.workspace_role, customPermissions }).has('inference')) continue
    const ofWorkspace = barred.get(row.workspace_id)
    if (ofWorkspace) ofWorkspace.add(row.user_id)
    else barred.set(row.workspace_id, new Set([row.user_id]))
  }
  return barred
}

export function toIpRangeSet(ranges: readonly string[] | null): IpRangeSet | null {
  return ranges === null ? null : new IpRangeSet(ranges)
}
