import { sql } from 'kysely'
import type { FormerKey, SecurityEvent } from '../gateway/ports.ts'
import { type Db, toIso } from './schema.ts'

/** Adds to what is counted already. */
export async function postSecurityEvents(db: Db, events: readonly SecurityEvent[]): Promise<void> {
  await db
    .insertInto('security_event')
    .values(
      events.map(({ count, ip, keyId, kind, minute, network, organizationId, origin, workspaceId }) => ({
        organization_id: organizationId,
        workspace_id: workspaceId,
        key_id: keyId,
        kind,
        network,
        minute: toIso(minute),
        ip,
        origin,
        count: BigInt(count),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['key_id', 'kind', 'network', 'minute'])
        .doUpdateSet({ count: sql`security_event.count + excluded.count` }),
    )
    .execute()
}

/** Of the hashes, those of secrets of keys that were deleted, and of secrets that were replaced and are good no more. */
export async function findFormerKeys(
  db: Db,
  { hashes, now }: { hashes: readonly string[]; now: number },
): Promise<Map<string, FormerKey>> {
  const { rows } = await sql<FormerKey & { hash: string }>`
    SELECT hash, id, organization_id AS "organizationId", workspace_id AS "workspaceId"
    FROM api_key WHERE hash = ANY (${hashes}) AND deleted_at IS NOT NULL
    UNION ALL
    SELECT hash, key_id, organization_id, workspace_id
    FROM retired_secret WHERE hash = ANY (${hashes}) AND valid_until <= ${toIso(now)}`.execute(db)
  return new Map(rows.map(({ hash, ...key }) => [hash, key]))
}
