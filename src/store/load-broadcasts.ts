import { sql } from 'kysely'
import { needsContent } from '../domain/destination-filter.ts'
import { REQUEST_REGION } from '../domain/request-region.ts'
import type { BroadcastSnapshot } from '../gateway/snapshot/snapshot.ts'
import type { Db } from './schema.ts'

/** The workspaces whose traces are sent somewhere, and whether prompts and answers are wanted with them. */
export async function loadBroadcasts(
  db: Db,
  of: { organizationId?: string; workspaceId?: string },
): Promise<Map<string, BroadcastSnapshot>> {
  let query = db
    .selectFrom('observability_destination as destination')
    .innerJoin('workspace', 'workspace.id', 'destination.workspace_id')
    .select(['destination.workspace_id', 'destination.privacy_mode', 'destination.filter_rules'])
    .where('workspace.is_observability_broadcast_enabled', '=', true)
    .where('destination.enabled', '=', true)
    .where('destination.deleted_at', 'is', null)
    .where(sql<boolean>`${REQUEST_REGION} = ANY (destination.regions)`)
  if (of.organizationId !== undefined) query = query.where('destination.organization_id', '=', of.organizationId)
  if (of.workspaceId !== undefined) query = query.where('destination.workspace_id', '=', of.workspaceId)
  const byWorkspace = new Map<string, BroadcastSnapshot>()
  for (const row of await query.execute()) {
    const before = byWorkspace.get(row.workspace_id)?.wantsContent ?? false
    byWorkspace.set(row.workspace_id, { wantsContent: before || needsContent(row) })
  }
  return byWorkspace
}
