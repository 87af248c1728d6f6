import { sql } from 'kysely'
import type { Database } from '../../src/store/database.ts'
import { ensureGenerationPartitions } from '../../src/store/partitions.ts'
import { ROLL_UPS } from '../../src/store/roll-ups.ts'

export interface Size {
  workspaces: number
  keys: number
  generations: number
}

const DAY_MS = 86_400_000
const DAYS = 30

/**
 * Fills the only organization of a database with so many workspaces, keys and generations of the last 30 days, spread
 * evenly, with the roll-ups and the counters that the flush would have written.
 */
export async function seedOrganization({ kysely }: Database, size: Size): Promise<void> {
  for (const daysAgo of [DAYS + 1, 0]) await ensureGenerationPartitions(kysely, Date.now() - daysAgo * DAY_MS)
  // On one connection, because of the temporary table.
  await kysely.connection().execute((db) => fill(db, size))
}

async function fill(db: Database['kysely'], size: Size): Promise<void> {
  const { organization } = (
    await sql<{ organization: string }>`SELECT id AS organization FROM organization`.execute(db)
  ).rows[0] ?? { organization: '' }
  await sql`INSERT INTO workspace (id, organization_id, slug, name, created_at)
    SELECT md5('workspace' || n)::uuid, ${organization}, 'bench-' || n, 'Bench ' || n, now()
    FROM generate_series(1, ${size.workspaces}::int) n`.execute(db)
  await sql`INSERT INTO api_key (hash, organization_id, workspace_id, type, name, label, created_at)
    SELECT encode(sha256(('key' || n)::bytea), 'hex'), ${organization}, md5('workspace' || (n % ${size.workspaces}::int + 1))::uuid,
      'standard', 'Key ' || n, 'sk-or-v1-abc...xyz', now()
    FROM generate_series(1, ${size.keys}::int) n`.execute(db)
  await sql`CREATE TEMPORARY TABLE bench_key AS
    SELECT row_number() OVER (ORDER BY id) AS n, id, workspace_id FROM api_key WHERE name LIKE 'Key %'`.execute(db)
  for (let from = 1; from <= size.generations; from += 100_000) {
    await insertGenerations(db, { organization, from, to: Math.min(size.generations, from + 99_999), size })
  }
  await sql`INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start, settled_nano)
    SELECT scope.kind, scope.id, 'credit', running.interval, running.window_start, sum(cost_nano)
    FROM generation
      CROSS JOIN LATERAL (VALUES ('key', key_id::text), ('workspace', workspace_id::text)) AS scope (kind, id)
      CROSS JOIN LATERAL (VALUES ('daily', created_at::date), ('weekly', date_trunc('week', created_at)::date),
      ('monthly', date_trunc('month', created_at)::date), ('lifetime', '1970-01-01'::date)) AS running (interval, window_start)
    GROUP BY 1, 2, 4, 5
    ON CONFLICT DO NOTHING`.execute(db)
  await sql`DROP TABLE bench_key`.execute(db)
  // As in an installation that has grown to this; else it would be done in the middle of what is measured.
  await sql`VACUUM (ANALYZE)`.execute(db)
}

async function insertGenerations(
  db: Database['kysely'],
  of: { organization: string; from: number; to: number; size: Size },
): Promise<void> {
  const step = Math.floor((DAYS * DAY_MS) / of.size.generations)
  await sql`WITH fresh AS (INSERT INTO generation (id, created_at, request_id, organization_id, workspace_id, key_id, api_type, model,
      endpoint_id, provider_name, streamed, cancelled, outcome, tokens_prompt, tokens_completion, tokens_reasoning,
      tokens_cached, usage_estimated, cost_nano, price_version, latency_ms, generation_time_ms, attempts, origin, replica_id)
    SELECT 'gen-' || floor(extract(epoch FROM at))::bigint || '-' || substr(md5(s.n::text), 1, 20), date_trunc('second', at),
      'req', ${of.organization}, k.workspace_id, k.id, 'completions', 'bench/model-' || s.n % 20, 'endpoint-' || s.n % 20,
      'Bench', false, false, 'done', 60, 47, 0, 0, false, 1000 + s.n % 500, 'none', 200 + s.n * 7919::bigint % 4000, 250, '[]',
      'https://app-' || s.n % 50 || '.example', 'main-0'
    FROM generate_series(${of.from}::int, ${of.to}::int) AS s (n)
    CROSS JOIN LATERAL (SELECT now() - (s.n::bigint * ${step}::bigint) * interval '1 millisecond' AS at) t
    JOIN bench_key k ON k.n = s.n % ${of.size.keys}::int + 1
    RETURNING generation.*, (created_at AT TIME ZONE 'UTC')::date AS day), ${ROLL_UPS} SELECT`.execute(db)
}
