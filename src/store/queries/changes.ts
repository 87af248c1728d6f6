import { sql } from 'kysely'
import { CHANGE_CHANNEL } from '../change-feed.ts'
import { type Tx, toIso } from '../schema.ts'

export type ChangeKind = 'key' | 'workspace' | 'organization' | 'custom_provider' | 'preset' | 'byok_key'

/** Lets one writer of an organization in at a time, until its transaction ends. The same row orders its changes, so it is
 *  taken first and no two writers can wait for each other. */
export async function lockOrganization(tx: Tx, organizationId: string): Promise<void> {
  await tx
    .selectFrom('organization_head')
    .select('version')
    .where('organization_id', '=', organizationId)
    .forUpdate()
    .execute()
}

/**
 * Writes what a transaction changed, as its last statements: taking the head row orders it among all changes of the
 * organization, and the notification leaves at commit. Returns the version.
 */
export async function recordChanges(
  tx: Tx,
  organizationId: string,
  changes: readonly { kind: ChangeKind; id: string }[],
  now: number,
): Promise<bigint> {
  const { version } = await tx
    .updateTable('organization_head')
    .set({ version: sql`version + 1` })
    .where('organization_id', '=', organizationId)
    .returning('version')
    .executeTakeFirstOrThrow()
  const unique = new Map(changes.map((change) => [`${change.kind} ${change.id}`, change]))
  if (unique.size > 0) {
    const rows = [...unique.values()].map((change) => ({
      ...change,
      organization_id: organizationId,
      version,
      created_at: toIso(now),
    }))
    await tx.insertInto('change').values(rows).execute()
  }
  await sql`SELECT pg_notify(${CHANGE_CHANNEL}, ${String(version)})`.execute(tx)
  return version
}
