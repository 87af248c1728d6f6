import { sql } from 'kysely'
import { CHANGE_CHANNEL } from '../change-feed.ts'
import { CHANGE_IDLE_SECONDS, idleBound } from '../idle-bound.ts'
import { type Tx, toIso } from '../schema.ts'

export type ChangeKind = 'key' | 'workspace' | 'organization' | 'custom_provider' | 'preset' | 'byok_key'

/** Where the audit log of an organization stands. */
export interface AuditPlace {
  sequence: bigint
  /** Of its last row; '' for an empty log. */
  hash: string
}

/** Lets one writer of an organization in at a time, until its transaction ends. The same row orders its changes, so it is
 *  taken first and no two writers can wait for each other. */
export async function lockOrganization(tx: Tx, organizationId: string): Promise<void> {
  await tx
    .selectFrom('organization_head')
    .select(['version', idleBound(CHANGE_IDLE_SECONDS).as('idle')])
    .where('organization_id', '=', organizationId)
    .forUpdate()
    .execute()
}

export interface RecordedChanges {
  version: bigint
  auditPlace: AuditPlace
}

/**
 * Writes what a transaction changed, among its last statements: taking the head row orders it among all changes of the
 * organization, and the notification leaves at commit. One statement, because other writers wait.
 */
export async function recordChanges(
  tx: Tx,
  organizationId: string,
  changes: readonly { kind: ChangeKind; id: string }[],
  now: number,
): Promise<RecordedChanges> {
  const unique = new Map(changes.map((change) => [`${change.kind} ${change.id}`, change]))
  const items = JSON.stringify([...unique.values()])
  const { rows } = await sql<{ version: bigint; sequence: bigint; hash: string }>`
    WITH head AS (
      UPDATE organization_head SET version = version + 1 WHERE organization_id = ${organizationId}
      RETURNING version, audit_sequence, audit_hash
    ), recorded AS (
      INSERT INTO change (organization_id, version, kind, id, created_at)
      SELECT ${organizationId}, head.version, item.kind, item.id, ${toIso(now)}::timestamptz
      FROM head, jsonb_to_recordset(${items}::jsonb) AS item(kind text, id text)
    )
    SELECT version, audit_sequence AS sequence, audit_hash AS hash, pg_notify(${CHANGE_CHANNEL}, version::text)
    FROM head`.execute(tx)
  const [head] = rows
  if (head === undefined) throw new Error(`organization ${organizationId} has no head`)
  const { hash, sequence, version } = head
  return { version, auditPlace: { sequence, hash } }
}
