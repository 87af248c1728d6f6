import { sql } from 'kysely'
import type { Database } from '../../../src/store/database.ts'
import { ROLL_UPS } from '../../../src/store/roll-ups.ts'
import { type Month, monthsBack } from './months.ts'

type Db = Database['kysely']

/** Of the only organization. */
interface Population {
  workspaces: number
  members: number
  projects: number
  keys: number
}

const POPULATION: Population = { workspaces: 100, members: 500, projects: 150, keys: 2_000 }
const MONTHS = 13
/** Nobody waits, and what is sorted is sorted in memory. */
const LOADING = [
  'synchronous_commit = off',
  'statement_timeout = 0',
  "work_mem = '512MB'",
  "maintenance_work_mem = '1GB'",
]
/** Generations for each grant that postpaid billing writes beside their charges. */
const BATCH_ROWS = 400
/** As long as counters of windows that are over are kept. */
const COUNTER_DAYS = 100
/** As long as addresses of callers are kept. */
const ADDRESS_DAYS = 90
/** As long as refused requests are kept, and how many come with a hundred others. */
const REFUSED_DAYS = 30
const REFUSED_PERCENT = 2

/**
 * Fills the only organization with so many generations, spread over the 13 months up to now and skewed towards few keys, models and
 * apps, and with what the flush writes beside them: roll-ups by its own SQL, ledger, counters. Indexes are built over what has been
 * loaded. Throws where the sums don't agree afterwards.
 */
export async function fillOrganization(db: Db, rows: number, told: (what: string) => void): Promise<void> {
  await db.connection().execute(async (own) => {
    for (const setting of LOADING) await sql.raw(`SET ${setting}`).execute(own)
    await makePopulation(own)
    const rebuildLedger = await dropLedgerIndexes(own)
    const months = monthsBack(MONTHS, Date.now())
    const stepMs = months.reduce((sum, { from, to }) => sum + to - from, 0) / rows
    let first = 1
    for (const [at, month] of months.entries()) {
      const last = at === months.length - 1 ? rows : Math.round(first - 1 + (month.to - month.from) / stepMs)
      await fillMonth(own, { ...month, first, last, stepMs })
      told(`${month.partition}: ${last - first + 1} generations`)
      first = last + 1
    }
    await rebuildLedger()
    told('indexes of the ledger')
    await fillCounters(own)
    await fillRefusals(own, rows)
    await sql`VACUUM (ANALYZE)`.execute(own)
    await sql`CHECKPOINT`.execute(own).catch(() => {})
    told('counters, refused requests, statistics')
    await requireEqualSums(own, rows)
  })
}

async function makePopulation(db: Db): Promise<void> {
  const { keys, members, projects, workspaces } = POPULATION
  const organization = sql`(SELECT id FROM organization)`
  // From 0 to 1, the same for the same two numbers.
  await sql`CREATE FUNCTION pg_temp.chance(n bigint, of integer) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT (hashint8extended(n, of) & 2147483647)::float8 / 2147483648 $$`.execute(db)
  await sql`INSERT INTO user_account (id, email, first_name, email_verified, created_at)
    SELECT 'user_bench' || n, 'bench-' || n || '@example.test', 'Bench ' || n, true, now()
    FROM generate_series(1, ${members}::int) n`.execute(db)
  await sql`INSERT INTO organization_member (organization_id, user_id, role, created_at)
    SELECT ${organization}, 'user_bench' || n, 'org:member', now() FROM generate_series(1, ${members}::int) n`.execute(
    db,
  )
  await sql`INSERT INTO workspace (id, organization_id, slug, name, created_at)
    SELECT md5('workspace' || n)::uuid, ${organization}, 'bench-' || n, 'Bench ' || n, now() - interval '400 days'
    FROM generate_series(0, ${workspaces - 1}::int) n`.execute(db)
  await sql`INSERT INTO workspace_member (id, workspace_id, user_id, workspace_role, created_at)
    SELECT md5('member' || n)::uuid, md5('workspace' || n % ${workspaces}::int)::uuid, 'user_bench' || n, 'developer', now()
    FROM generate_series(1, ${members}::int) n`.execute(db)
  await sql`INSERT INTO project (id, organization_id, workspace_id, slug, name, lead_user_ids, created_at)
    SELECT md5('project' || n)::uuid, ${organization}, md5('workspace' || n % ${workspaces}::int)::uuid, 'bench-' || n, 'Bench ' || n, '{}', now()
    FROM generate_series(0, ${projects - 1}::int) n`.execute(db)
  await sql`CREATE TEMPORARY TABLE bench_key AS
    SELECT n AS number, 'user_bench' || (n % ${members}::int + 1) AS user_id,
      md5('workspace' || n % ${workspaces}::int)::uuid AS workspace_id, encode(sha256(('key' || n)::bytea), 'hex') AS hash,
      CASE WHEN n % ${workspaces}::int < ${projects - workspaces}::int AND n % 3 = 0 THEN md5('project' || n % ${workspaces}::int)::uuid END AS project_id
    FROM generate_series(0, ${keys - 1}::int) n`.execute(db)
  await sql`INSERT INTO api_key (hash, organization_id, workspace_id, project_id, type, name, label, creator_user_id, created_at)
    SELECT hash, ${organization}, workspace_id, project_id, 'standard', 'Key ' || number, 'sk-or-v1-abc...xyz', user_id, now()
    FROM bench_key ORDER BY number`.execute(db)
  await sql`ALTER TABLE bench_key ADD COLUMN id bigint`.execute(db)
  await sql`UPDATE bench_key SET id = api_key.id FROM api_key WHERE api_key.hash = bench_key.hash`.execute(db)
  await sql`ANALYZE bench_key`.execute(db)
}

interface MonthOfRows extends Month {
  first: number
  last: number
  stepMs: number
}

/** The partition is loaded beside the table and given to it then, which builds its indexes at once. */
async function fillMonth(db: Db, month: MonthOfRows): Promise<void> {
  const partition = sql.table(month.partition)
  const [from, to] = [new Date(month.from).toISOString(), new Date(month.end).toISOString()]
  await db.transaction().execute(async (tx) => {
    await sql`DROP TABLE IF EXISTS ${partition}`.execute(tx)
    await sql`CREATE TABLE ${partition} (LIKE generation INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`.execute(tx)
    await insertGenerations(tx, month)
    await sql`ALTER TABLE generation ATTACH PARTITION ${partition} FOR VALUES FROM (${sql.lit(from)}) TO (${sql.lit(to)})`.execute(
      tx,
    )
  })
  await sql`ANALYZE ${partition}`.execute(db)
  await sql`WITH fresh AS (
      SELECT organization_id, (created_at AT TIME ZONE 'UTC')::date AS day, model, endpoint_id, provider_name, key_id, user_id,
        workspace_id, project_id, origin, app_title, cost_nano, byok_nano, outcome, tokens_prompt, tokens_completion,
        tokens_reasoning, tokens_cached, latency_ms, generation_time_ms, upstream_cost_nano, attempts
      FROM ${partition}), ${ROLL_UPS} SELECT`.execute(db)
  await sql`INSERT INTO ledger_entry (id, organization_id, kind, debit_account, credit_account, amount_nano, created_at)
    SELECT 'grant-' || min(id), organization_id, 'grant', 'funding:' || organization_id, 'organization:' || organization_id,
      sum(cost_nano), min(created_at)
    FROM ${partition} WHERE cost_nano > 0
    GROUP BY organization_id, floor(extract(epoch FROM created_at) * 1000 / ${month.stepMs * BATCH_ROWS}::float8)`.execute(
    db,
  )
  await sql`INSERT INTO ledger_entry (id, organization_id, kind, debit_account, credit_account, amount_nano, generation_id, created_at)
    SELECT id, organization_id, 'charge', 'organization:' || organization_id, 'revenue:' || organization_id, cost_nano, id, created_at
    FROM ${partition} WHERE cost_nano > 0`.execute(db)
}

/** In the order in which they came. Six that follow each other are of one key and, of every third six, one session. */
async function insertGenerations(db: Db, month: MonthOfRows): Promise<void> {
  await sql`INSERT INTO ${sql.table(month.partition)} (id, created_at, request_id, organization_id, workspace_id, key_id, user_id,
      api_type, model, endpoint_id, provider_name, upstream_id, streamed, cancelled, outcome, finish_reason, native_finish_reason,
      tokens_prompt, tokens_completion, tokens_reasoning, tokens_cached, usage_estimated, usage_raw, cost_nano, prompt_cost_nano,
      uncharged_nano, price_version, latency_ms, generation_time_ms, attempts, origin, user_agent, ip, session_id, external_user,
      replica_id, project_id, counted_on, findings, decision, held_nano)
    SELECT 'gen-' || second || '-' || substr(md5(n::text), 1, 20), to_timestamp(second), 'req-' || second || '-' || substr(md5(n::text), 1, 20),
      (SELECT id FROM organization), workspace_id, key.id, user_id, 'completions', 'bench/model-' || m,
      'bench/model-' || m || '@provider-' || p, 'Provider ' || p, 'chatcmpl-' || substr(md5(n::text), 1, 20), n % 2 = 0, outcome = 'cancelled',
      outcome, CASE outcome WHEN 'done' THEN 'stop' END, CASE outcome WHEN 'done' THEN 'stop' END, prompt, completion, 0, prompt / 4,
      false, jsonb_build_object('prompt_tokens', prompt, 'completion_tokens', completion, 'total_tokens', prompt + completion),
      CASE outcome WHEN 'upstream_error' THEN 0 ELSE prompt * 150 + completion * 600 END, prompt * 150,
      CASE WHEN n % 5000 = 0 THEN 1000 ELSE 0 END, 'bench', CASE outcome WHEN 'done' THEN (200 + 4000 * slow ^ 4)::integer END,
      CASE outcome WHEN 'done' THEN (300 + 12 * completion)::integer END,
      jsonb_build_array(jsonb_build_object('endpoint_id', 'bench/model-' || m || '@provider-' || p, 'outcome', outcome)),
      'https://app-' || app || '.example', 'bench/1.0', CASE WHEN to_timestamp(second) > now() - ${ADDRESS_DAYS} * interval '1 day' THEN '192.0.2.' || key.number % 250 END,
      CASE WHEN six % 3 = 0 THEN 'session-' || six END, CASE WHEN n % 4 = 0 THEN 'customer-' || (10000 * slow ^ 2)::integer END,
      'main-0', project_id, (to_timestamp(second) AT TIME ZONE 'UTC')::date,
      CASE WHEN n % 200 = 0 THEN '[{"filter": "email", "label": "E-mail address", "count": 1}]'::jsonb END,
      '{"rules": "bench", "finders": [0]}'::jsonb, prompt * 150 + 4096 * 600
    FROM generate_series(${month.first}::bigint, ${month.last}::bigint) AS s (n)
    CROSS JOIN LATERAL (SELECT n / 6 AS six, pg_temp.chance(n, 1) AS luck, pg_temp.chance(n, 2) AS slow,
      floor((${month.from}::float8 + (n - ${month.first}::bigint) * ${month.stepMs}::float8) / 1000)::bigint AS second) AS a
    JOIN bench_key AS key ON key.number = floor(${POPULATION.keys}::float8 * pg_temp.chance(six, 3) ^ 3)
    CROSS JOIN LATERAL (SELECT (key.number * 7 + floor(4 * luck ^ 3)::integer) % 40 AS m, (key.number % 100 + floor(2 * slow ^ 5)::integer) AS app,
      (100 + 4000 * pg_temp.chance(n, 4) ^ 3)::integer AS prompt, (20 + 900 * pg_temp.chance(n, 5) ^ 2)::integer AS completion,
      CASE WHEN slow < 0.97 THEN 'done' WHEN slow < 0.985 THEN 'upstream_error' WHEN slow < 0.9995 THEN 'cancelled' ELSE 'crash_padding' END AS outcome) AS b
    CROSS JOIN LATERAL (SELECT m % 8 AS p) AS c
    ORDER BY s.n`.execute(db)
}

/** Returns what makes them again, the foreign key included. */
async function dropLedgerIndexes(db: Db): Promise<() => Promise<void>> {
  const constraints = await sql<{
    name: string
    definition: string
  }>`SELECT conname AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE conrelid = 'ledger_entry'::regclass AND contype IN ('p', 'f')`.execute(db)
  const indexes = await sql<{
    name: string
    definition: string
  }>`SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid = 'ledger_entry'::regclass AND NOT indisprimary`.execute(db)
  for (const { name } of constraints.rows)
    await sql`ALTER TABLE ledger_entry DROP CONSTRAINT ${sql.ref(name)}`.execute(db)
  for (const { name } of indexes.rows) await sql`DROP INDEX ${sql.ref(name)}`.execute(db)
  return async () => {
    for (const { name, definition } of constraints.rows)
      await sql`ALTER TABLE ledger_entry ADD CONSTRAINT ${sql.ref(name)} ${sql.raw(definition)}`.execute(db)
    for (const { definition } of indexes.rows) await sql.raw(definition).execute(db)
  }
}

/** Of the scopes and windows that the flush counts in, as far back as they are kept. */
async function fillCounters(db: Db): Promise<void> {
  await sql`INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start, settled_nano)
    SELECT scope.kind, scope.id, 'credit', running.interval, running.window_start, sum(usage_nano)
    FROM (SELECT organization_id, workspace_id, key_id, user_id, project_id, date, sum(usage_nano) AS usage_nano
        FROM activity GROUP BY 1, 2, 3, 4, 5, 6) AS used
      CROSS JOIN LATERAL (VALUES ('organization', organization_id), ('pool', 'organization:' || organization_id),
        ('workspace', workspace_id::text), ('key', key_id::text), ('project', nullif(project_id, '')),
        ('member', workspace_id || '/' || nullif(user_id, '')),
        ('organization_member', organization_id || '/' || nullif(user_id, ''))) AS scope (kind, id)
      CROSS JOIN LATERAL (VALUES ('daily', date), ('weekly', date_trunc('week', date::timestamp)::date),
        ('monthly', date_trunc('month', date::timestamp)::date), ('lifetime', '1970-01-01'::date)) AS running (interval, window_start)
    WHERE scope.id IS NOT NULL AND (running.interval = 'lifetime' OR (scope.kind <> 'pool' AND running.window_start > now() - ${COUNTER_DAYS} * interval '1 day'))
    GROUP BY 1, 2, 4, 5
    ON CONFLICT (scope_kind, scope_id, kind, interval, window_start) DO UPDATE SET settled_nano = counter.settled_nano + excluded.settled_nano`.execute(
    db,
  )
}

async function fillRefusals(db: Db, rows: number): Promise<void> {
  const count = Math.round((rows * REFUSED_PERCENT * REFUSED_DAYS) / 100 / 395)
  await sql`INSERT INTO refused_request (id, created_at, organization_id, workspace_id, key_id, user_id, status, code, message, model, origin)
    SELECT 'req-refused-' || s.n, now() - s.n * (${REFUSED_DAYS} * interval '1 day' / ${count}::int), (SELECT id FROM organization),
      workspace_id, key.id, user_id, 402, 'insufficient_credits', 'The budget is used up', 'bench/model-1', 'https://app-1.example'
    FROM generate_series(1, ${count}::int) AS s (n)
    JOIN bench_key AS key ON key.number = floor(${POPULATION.keys}::float8 * pg_temp.chance(s.n, 3) ^ 3)`.execute(db)
}

async function requireEqualSums(db: Db, rows: number): Promise<void> {
  const { rows: found } = await sql<{ what: string; requests: bigint | null; cost: bigint }>`
    SELECT 'generation' AS what, count(*) AS requests, sum(cost_nano)::bigint AS cost FROM generation
    UNION ALL SELECT 'activity', sum(requests)::bigint, sum(usage_nano)::bigint FROM activity
    UNION ALL SELECT 'activity_by_workspace', sum(requests)::bigint, sum(usage_nano)::bigint FROM activity_by_workspace
    UNION ALL SELECT 'activity_total', sum(requests)::bigint, sum(usage_nano)::bigint FROM activity_total
    UNION ALL SELECT 'monthly_usage', sum(requests)::bigint, sum(usage_nano)::bigint FROM monthly_usage
    UNION ALL SELECT 'charges', NULL, sum(amount_nano)::bigint FROM ledger_entry WHERE kind = 'charge'
    UNION ALL SELECT 'grants', NULL, sum(amount_nano)::bigint FROM ledger_entry WHERE kind = 'grant'
    UNION ALL SELECT 'counter ' || scope_kind, NULL, sum(settled_nano)::bigint FROM counter
      WHERE interval = 'lifetime' AND scope_kind NOT IN ('project') GROUP BY scope_kind`.execute(db)
  const cost = found[0]?.cost
  for (const row of found) {
    if (row.cost !== cost || (row.requests !== null && row.requests !== BigInt(rows)))
      throw new Error(
        `the sums of ${row.what} are others: ${row.requests} requests, ${row.cost} nano; expected ${rows}, ${cost}`,
      )
  }
}
