import { sql } from 'kysely'
import type { KeyPlace } from '../domain/alerts/key-alerts.ts'
import { type KeyColumns, keySubject } from './load-limit-use.ts'
import { type Db, toIso } from './schema.ts'

const DAY_MS = 86_400_000

/** An address that a key was called from, for the first and the last time since then. */
export interface KeyCaller {
  organization_id: string
  workspace_id: string
  key_id: bigint
  ip: string
  first: number
  last: number
}

/** From where keys of the organizations were called since then. */
export async function listKeyCallers(
  db: Db,
  { organizationIds, since }: { organizationIds: readonly string[]; since: number },
): Promise<KeyCaller[]> {
  const { rows } = await sql<KeyCaller>`
    SELECT organization_id, workspace_id, key_id, ip, min(created_at) AS first, max(created_at) AS last
    FROM generation
    WHERE organization_id = ANY (${organizationIds}) AND created_at >= ${toIso(since)} AND ip IS NOT NULL
    GROUP BY 1, 2, 3, 4`.execute(db)
  return rows
}

/** Notes the places of callers, of which the first is kept, and the last to the day. */
export async function noteKeyPlaces(
  db: Db,
  places: readonly (KeyCaller & { kind: KeyPlace['kind']; place: string })[],
): Promise<void> {
  // A statement meets a row once.
  const byName = Map.groupBy(places, ({ key_id, kind, place }) => `${key_id} ${kind} ${place}`)
  const rows = [...byName.values()].flatMap((same) => {
    const [first] = same.toSorted((a, b) => a.first - b.first)
    return first === undefined ? [] : [{ ...first, last: Math.max(...same.map(({ last }) => last)) }]
  })
  const columns = (pick: (row: (typeof rows)[number]) => string) => rows.map(pick)
  if (rows.length === 0) return
  await sql`
    INSERT INTO key_network (organization_id, workspace_id, key_id, kind, place, ip, first_seen_at, last_seen_at)
    SELECT * FROM unnest(${columns((row) => row.organization_id)}::text[], ${columns((row) => row.workspace_id)}::uuid[],
      ${columns((row) => String(row.key_id))}::bigint[], ${columns((row) => row.kind)}::text[],
      ${columns((row) => row.place)}::text[], ${columns((row) => row.ip)}::text[],
      ${columns((row) => toIso(row.first))}::timestamptz[], ${columns((row) => toIso(row.last))}::timestamptz[])
    ON CONFLICT (key_id, kind, place) DO UPDATE SET last_seen_at = excluded.last_seen_at
    WHERE key_network.last_seen_at < excluded.last_seen_at - interval '1 day'`.execute(db)
}

/** Where keys of the organizations were called from for the first time within the last day. */
export async function loadFirstPlaces(
  db: Db,
  { now, organizationIds }: { now: number; organizationIds: readonly string[] },
): Promise<KeyPlace[]> {
  const { rows } = await sql<
    KeyColumns & { kind: KeyPlace['kind']; place: string; ip: string; first_seen_at: number; known_since: number }
  >`
    SELECT key.id, key.name, key.organization_id, key.workspace_id, key.creator_user_id, kind, place, ip, first_seen_at,
      (SELECT min(first_seen_at) FROM key_network AS other
        WHERE other.key_id = seen.key_id AND other.kind = seen.kind) AS known_since
    FROM key_network AS seen JOIN api_key AS key ON key.id = seen.key_id
    WHERE seen.organization_id = ANY (${organizationIds}) AND first_seen_at >= ${toIso(now - DAY_MS)}`.execute(db)
  return rows.map((row) => ({
    subject: keySubject(row),
    kind: row.kind,
    place: row.place,
    ip: row.ip,
    firstSeenAt: row.first_seen_at,
    knownSince: row.known_since,
  }))
}
