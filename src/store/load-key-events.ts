import { sql } from 'kysely'
import type { AlertSubject } from '../domain/alerts/alert-hit.ts'
import type { DaySpend, KeyEvents, KeyExpiry } from '../domain/alerts/key-alerts.ts'
import type { NanoUsd } from '../domain/money.ts'
import { toDate } from '../domain/windows.ts'
import type { SecurityEventKind } from '../gateway/ports.ts'
import { type KeyColumns, keySubject } from './load-limit-use.ts'
import { type Db, toIso } from './schema.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const BASELINE_DAYS = 14

/** What reaches the database a moment after midnight may be of the day before. */
function dayOfAnHourAgo(now: number): string {
  return toDate(now - HOUR_MS)
}

/** Living keys that end within the days, but for those that are made to end soon. */
export async function loadKeyExpiries(
  db: Db,
  { now, daysMax }: { now: number; daysMax: number },
): Promise<KeyExpiry[]> {
  const { rows } = await sql<KeyColumns & { created_at: number; expires_at: number }>`
    SELECT id, name, organization_id, workspace_id, creator_user_id, created_at, expires_at
    FROM api_key
    WHERE deleted_at IS NULL AND NOT disabled AND type <> 'ephemeral'
      AND expires_at > ${toIso(now)} AND expires_at <= ${toIso(now + daysMax * DAY_MS)}`.execute(db)
  return rows.map((row) => ({ subject: keySubject(row), createdAt: row.created_at, expiresAt: row.expires_at }))
}

type EventRow = KeyColumns & { day: string; count: bigint; sample: string | null }

function toKeyEvents(row: EventRow): KeyEvents {
  return { subject: keySubject(row), day: row.day, count: Number(row.count), sample: row.sample }
}

/** How often keys met something of the kind, within the last hour or on the day; of the sums, those of at least `countMin`. That
 *  ephemeral keys are dead in the end is no news. */
export async function loadSecurityEvents(
  db: Db,
  wanted: { kind: SecurityEventKind; now: number; per: 'hour' | 'day'; countMin: number },
): Promise<KeyEvents[]> {
  const { countMin, kind, now, per } = wanted
  const since = per === 'hour' ? toIso(now - HOUR_MS) : `${dayOfAnHourAgo(now)}T00:00:00Z`
  const day = per === 'hour' ? sql`${toDate(now)}::date` : sql`(minute AT TIME ZONE 'UTC')::date`
  const { rows } = await sql<EventRow>`
    SELECT key.id, key.name, key.organization_id, key.workspace_id, key.creator_user_id, counted.day, counted.count, sample
    FROM (
      SELECT key_id, ${day} AS day, sum(count)::bigint AS count, max(coalesce(origin, ip)) AS sample
      FROM security_event
      WHERE kind = ${kind} AND minute >= ${since}
      GROUP BY 1, 2
      HAVING sum(count) >= ${countMin}::bigint
    ) AS counted JOIN api_key AS key ON key.id = counted.key_id
    WHERE ${kind === 'dead_key' ? sql`key.type <> 'ephemeral'` : sql`true`}`.execute(db)
  return rows.map(toKeyEvents)
}

/** How often keys asked for models that aren't in the catalogue, by day. */
export async function loadUnknownModels(db: Db, now: number): Promise<KeyEvents[]> {
  const { rows } = await sql<EventRow>`
    SELECT key.id, key.name, key.organization_id, key.workspace_id, key.creator_user_id, asked.day, asked.count, sample
    FROM (
      SELECT key_id, (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS count, max(model) AS sample
      FROM refused_request
      WHERE code = 'invalid_model' AND created_at >= ${`${dayOfAnHourAgo(now)}T00:00:00Z`}
      GROUP BY 1, 2
    ) AS asked JOIN api_key AS key ON key.id = asked.key_id`.execute(db)
  return rows.map(toKeyEvents)
}

/** What keys of the organizations have spent on the day of an hour ago and on the 14 days before, of those that spent at least
 *  `spentMin` on that day. */
export async function loadDaySpend(
  db: Db,
  wanted: { now: number; organizationIds: readonly string[]; spentMin: NanoUsd },
): Promise<DaySpend[]> {
  const { now, organizationIds, spentMin } = wanted
  const day = dayOfAnHourAgo(now)
  const first = toDate(Date.parse(day) - BASELINE_DAYS * DAY_MS)
  const { rows } = await sql<KeyColumns & { spent: bigint; before: bigint; days: number }>`
    SELECT key.id, key.name, key.organization_id, key.workspace_id, key.creator_user_id, counter.settled_nano AS spent, before,
      ${day}::date - coalesce(first_date, ${day}::date) AS days
    FROM counter
      JOIN api_key AS key ON key.id = counter.scope_id::bigint
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(usage_nano), 0)::bigint AS before, min(date) AS first_date
        FROM activity
        WHERE activity.key_id = key.id AND date >= ${first}::date AND date < ${day}::date
      ) AS earlier
    WHERE scope_kind = 'key' AND kind = 'credit' AND interval = 'daily' AND window_start = ${day}::date
      AND settled_nano > 0 AND settled_nano >= ${spentMin}::bigint AND key.organization_id = ANY (${organizationIds})`.execute(
    db,
  )
  return rows.map((row) => ({
    subject: keySubject(row),
    day,
    spent: row.spent,
    before: row.before,
    days: row.days,
  }))
}

export interface UnchargedUse {
  subject: AlertSubject
  day: string
  uncharged: NanoUsd
  requests: number
  endpointId: string
}

/** What providers used in workspaces beyond what was held, by day. */
export async function loadUncharged(db: Db, now: number): Promise<UnchargedUse[]> {
  const { rows } = await sql<{
    id: string
    name: string
    organization_id: string
    day: string
    uncharged: bigint
    requests: bigint
    endpoint_id: string
  }>`
    SELECT workspace.id, workspace.name, workspace.organization_id, day, uncharged, requests, endpoint_id
    FROM (
      SELECT workspace_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(uncharged_nano)::bigint AS uncharged,
        count(*) AS requests, max(endpoint_id) AS endpoint_id
      FROM generation
      WHERE uncharged_nano > 0 AND created_at >= ${`${dayOfAnHourAgo(now)}T00:00:00Z`}
      GROUP BY 1, 2
    ) AS used JOIN workspace ON workspace.id = used.workspace_id`.execute(db)
  return rows.map(({ day, endpoint_id, id, name, organization_id, requests, uncharged }) => ({
    subject: { kind: 'workspace', id, name, organizationId: organization_id, workspaceId: id, userId: null },
    day,
    uncharged,
    requests: Number(requests),
    endpointId: endpoint_id,
  }))
}
