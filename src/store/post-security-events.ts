import { sql } from 'kysely'
import type { SecurityEvent } from '../gateway/ports.ts'
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
