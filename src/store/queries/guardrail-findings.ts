import { sql } from 'kysely'
import type { FilterFindings } from '../../contract/management/guardrails.ts'
import { NOT_CHECKED } from '../../domain/content-filter-labels.ts'
import { type Db, toIso } from '../schema.ts'
import { type Visibility, visibleRows } from './visibility.ts'

/** So many requests are looked at, the newest first: a filter may find something in every request there is. */
const REQUESTS_MAX = 20_000
const FILTERS_MAX = 500

export interface FindingCounts {
  /** Epoch milliseconds; later than asked for where there were more requests than are looked at. */
  since: number
  filters: FilterFindings[]
}

interface CountsRow {
  looked_at: bigint
  earliest: number | null
  filters: FilterFindings[]
}

/** What the filters of one guardrail found since `from`, each told by who found it at that time. */
export async function countFindings(
  db: Db,
  {
    organizationId,
    guardrailId,
    visible,
    from,
  }: { organizationId: string; guardrailId: string; visible: Visibility; from: number },
): Promise<FindingCounts> {
  const begin = toIso(from)
  const where = sql`organization_id = ${organizationId} AND created_at >= ${begin} AND ${visibleRows(visible) ?? sql`true`}`
  const newest = sql`ORDER BY created_at DESC LIMIT ${REQUESTS_MAX}`
  const { rows } = await sql<CountsRow>`
    WITH own AS MATERIALIZED (
      SELECT id AS rules, place - 1 AS place
      FROM rules_in_force CROSS JOIN LATERAL
        jsonb_array_elements(rules -> 'guardrails') WITH ORDINALITY AS guardrail (value, place)
      WHERE organization_id = ${organizationId} AND last_met >= (${begin}::timestamptz - interval '1 day')::date
        AND guardrail.value ->> 'id' = ${guardrailId}
    ), looked_at AS MATERIALIZED (
      SELECT * FROM (
        (SELECT id, created_at, findings, decision FROM generation
          WHERE ${where} AND findings IS NOT NULL ${newest})
        UNION ALL
        (SELECT id, created_at, decision -> 'findings', decision FROM refused_request
          WHERE ${where} AND decision -> 'findings' IS NOT NULL ${newest})
      ) AS request ${newest}
    ), found AS (
      SELECT looked_at.id, looked_at.created_at, one.finding, one.place::integer - 1 AS place
      FROM looked_at
        CROSS JOIN LATERAL jsonb_array_elements(looked_at.findings) WITH ORDINALITY AS one (finding, place)
        JOIN own ON own.rules = looked_at.decision ->> 'rules'
          AND own.place = (looked_at.decision -> 'finders' ->> (one.place::integer - 1))::bigint
      WHERE one.finding ->> 'filter' <> ${NOT_CHECKED}
    ), counted AS (
      SELECT finding ->> 'filter' AS filter,
        CASE WHEN finding ->> 'filter' = 'custom' THEN finding -> 'patterns' ->> 0 END AS pattern,
        (array_agg(finding ->> 'label' ORDER BY created_at DESC))[1] AS label,
        count(DISTINCT id) AS requests,
        sum((finding ->> 'count')::bigint) AS finds,
        count(DISTINCT entry_id) AS false_positives
      FROM (
        SELECT found.*, false_positive.entry_id FROM found
          LEFT JOIN false_positive ON false_positive.organization_id = ${organizationId}
            AND false_positive.entry_id = found.id AND false_positive.finding = found.place
      ) AS marked
      GROUP BY 1, 2 ORDER BY requests DESC, 1, 2 LIMIT ${FILTERS_MAX}
    )
    SELECT (SELECT count(*) FROM looked_at) AS looked_at, (SELECT min(created_at) FROM looked_at) AS earliest,
      (SELECT coalesce(jsonb_agg(counted), '[]') FROM counted) AS filters`.execute(db)
  const [row] = rows
  if (row === undefined) return { since: from, filters: [] }
  const isCut = Number(row.looked_at) >= REQUESTS_MAX && row.earliest !== null
  return { since: isCut ? Number(row.earliest) : from, filters: row.filters }
}
