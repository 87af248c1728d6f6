import { sql } from 'kysely'
import type { EncodedGeneration } from '../gateway/ports.ts'
import { generationIdTime } from '../platform/ids.ts'
import { queueForDestinations } from './queue-for-destinations.ts'
import { ROLL_UPS } from './roll-ups.ts'
import type { Db } from './schema.ts'
import { tryAgain } from './try-again.ts'

const NOTHING = sql``
const LIST_START = Buffer.from('[')
const COMMA = Buffer.from(',')
const LIST_END = Buffer.from(']')
const NO_ROWS = Buffer.from('[]')
const CHARGES = Buffer.from('"charges":[{')
const BROADCAST = Buffer.from('"broadcast":{')

/** Posts generations that are encoded one by one. Throws when something has no id from which its row can be found. */
export async function postGenerations(
  db: Db,
  generations: readonly EncodedGeneration[],
  isPrepaid: boolean,
): Promise<void> {
  for (const { id } of generations) {
    if (generationIdTime(id) === undefined) throw new Error(`not a generation id: ${id}`)
  }
  const pieces = generations.flatMap(({ json }, at) => [at === 0 ? LIST_START : COMMA, json])
  await postRows(db, Buffer.concat([...pieces, LIST_END]), isPrepaid)
}

/** Posts generations, a JSON array in UTF-8. `isPrepaid` tells whether the organization's balance was paid in advance; otherwise each
 *  charge is granted as it accrues. Deadlocks and serialization failures are tried again. */
export async function postRows(db: Db, rows: Buffer, isPrepaid: boolean): Promise<void> {
  await tryAgain(() => postBatch(db, rows, isPrepaid))
}

/**
 * A batch of finished inferences becomes rows, in one statement and so in one transaction, straight from the JSON that the
 * journal holds too: the generations, then — for those the database did not have — counters, roll-ups and ledger. The
 * primary key of the generations decides what is new: posting a batch twice, or parts of it, charges nothing twice.
 * Each generation is one charge, on the pool that it held on; in postpaid a batch is also one grant, so that the shared balance
 * covers its usage at each moment. All scopes of a chain are counted, in the windows of the day of admission (`gateway/lease/chains.ts` holds on the same).
 * What destinations of a workspace are to be told of is queued for them with it.
 * What leases pay is not leased any more; what none pays may lift a counter over its limit, because it was spent before there was one.
 * Rows that batches share are written in key order.
 */
async function postBatch(db: Db, rows: Buffer, isPrepaid: boolean): Promise<void> {
  // Read once more only where there is something to read.
  const leased = rows.includes(CHARGES) ? rows : NO_ROWS
  const queued = rows.includes(BROADCAST) ? queueForDestinations(rows) : NOTHING
  await sql`
    WITH fresh AS (
      INSERT INTO generation (id, created_at, request_id, organization_id, workspace_id, key_id, user_id, api_type, model,
        endpoint_id, provider_name, upstream_id, streamed, cancelled, outcome, finish_reason, native_finish_reason,
        tokens_prompt, tokens_completion, tokens_reasoning, tokens_cached, usage_estimated, usage_raw, cost_nano,
        prompt_cost_nano, uncharged_nano, upstream_cost_nano, price_version, latency_ms, generation_time_ms, attempts,
        origin, http_referer, app_title, user_agent, ip, session_id, external_user, replica_id, project_id, credit_pool,
        counted_on, byok_nano, findings, decision, held_nano, tokens_cache_write, tokens_audio, images,
        search_units, service_tier)
      SELECT id, to_timestamp(split_part(id, '-', 2)::bigint), "requestId", "organizationId", "workspaceId", "keyId",
        "userId", "apiType", model, "endpointId", "providerName", "upstreamId", streamed, cancelled, outcome,
        "finishReason", "nativeFinishReason", (usage ->> 'promptTokens')::integer, (usage ->> 'completionTokens')::integer,
        (usage ->> 'reasoningTokens')::integer, (usage ->> 'cachedTokens')::integer, "usageEstimated",
        nullif("usageRaw", 'null'::jsonb), cost, "promptCost", uncharged, "upstreamCost", "priceVersion", "latencyMs",
        "generationTimeMs", attempts, origin, "httpReferer", "appTitle", "userAgent", ip, "sessionId", "externalUser",
        "replicaId", "projectId", coalesce("creditPool",
          (SELECT credit_pool FROM workspace WHERE workspace.id = "workspaceId"), 'shared'),
        coalesce("countedOn", (to_timestamp(split_part(id, '-', 2)::bigint) AT TIME ZONE 'UTC')::date),
        coalesce("byokCost", 0), nullif(findings, 'null'::jsonb), decision,
        held, (usage ->> 'cacheWriteTokens')::integer, (usage ->> 'audioTokens')::integer, (usage ->> 'images')::integer,
        (usage ->> 'searchUnits')::integer, usage ->> 'serviceTier'
      FROM jsonb_to_recordset(${rows}::text::jsonb) AS row (id text, "requestId" text, "organizationId" text,
        "workspaceId" uuid, "keyId" bigint, "userId" text, "apiType" text, model text, "endpointId" text,
        "providerName" text, "upstreamId" text, streamed boolean, cancelled boolean, outcome text, "finishReason" text,
        "nativeFinishReason" text, usage jsonb, "usageEstimated" boolean, "usageRaw" jsonb, cost bigint,
        "promptCost" bigint, uncharged bigint, "upstreamCost" bigint, "priceVersion" text, "latencyMs" integer,
        "generationTimeMs" integer, attempts jsonb, origin text, "httpReferer" text, "appTitle" text, "userAgent" text,
        ip text, "sessionId" text, "externalUser" text, "replicaId" text, "projectId" uuid, "creditPool" text,
        "countedOn" date, "byokCost" bigint, findings jsonb, decision jsonb, held bigint)
      ON CONFLICT (id, created_at) DO NOTHING
      RETURNING generation.*, (created_at AT TIME ZONE 'UTC')::date AS day
    ), charged AS (
      SELECT organization_id, workspace_id, key_id, user_id, project_id, credit_pool, counted_on, sum(cost_nano) AS credit,
        sum(byok_nano) AS byok
      FROM fresh
      GROUP BY organization_id, workspace_id, key_id, user_id, project_id, credit_pool, counted_on
    ), piece AS (
      SELECT lease, sum(amount)::bigint AS amount
      FROM jsonb_to_recordset(${leased}::text::jsonb) AS row (id text, charges jsonb) JOIN fresh USING (id)
        CROSS JOIN LATERAL jsonb_to_recordset(row.charges) AS part (lease text, amount bigint)
      GROUP BY lease
    ), paid AS (
      UPDATE lease SET charged_nano = charged_nano + amount, granted_nano = greatest(granted_nano, charged_nano + amount)
      FROM piece WHERE lease.id = piece.lease
    ), freed AS (
      SELECT scope_kind, scope_id, kind, interval, window_start, sum(least(amount, granted_nano - charged_nano))::bigint AS freed
      FROM piece JOIN lease ON lease.id = piece.lease
      WHERE state IN ('open', 'unconfirmed')
      GROUP BY scope_kind, scope_id, kind, interval, window_start
    ), counted AS (
      INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start, settled_nano, leased_nano)
      SELECT scope_kind, scope_id, kind, interval, window_start, sum(amount), coalesce(min(freed), 0)
      FROM charged
        CROSS JOIN LATERAL (VALUES ('key', key_id::text), ('organization', organization_id),
          ('workspace', workspace_id::text), ('project', project_id::text), ('member', workspace_id || '/' || user_id),
          ('organization_member', organization_id || '/' || user_id),
          ('pool', CASE credit_pool WHEN 'dedicated' THEN 'workspace:' || workspace_id
            ELSE 'organization:' || organization_id END)) AS scope (scope_kind, scope_id)
        CROSS JOIN LATERAL (VALUES ('credit', credit), ('byok', byok)) AS spend (kind, amount)
        CROSS JOIN LATERAL (VALUES ('daily', counted_on), ('weekly', date_trunc('week', counted_on::timestamp)::date),
          ('monthly', date_trunc('month', counted_on::timestamp)::date), ('lifetime', '1970-01-01'))
          AS spend_window (interval, window_start)
        LEFT JOIN freed USING (scope_kind, scope_id, kind, interval, window_start)
      WHERE scope_id IS NOT NULL AND (kind = 'credit' OR amount > 0)
        AND (scope_kind <> 'pool' OR (kind = 'credit' AND interval = 'lifetime'))
      GROUP BY scope_kind, scope_id, kind, interval, window_start
      ORDER BY scope_kind, scope_id, kind, interval, window_start
      ON CONFLICT (scope_kind, scope_id, kind, interval, window_start)
      DO UPDATE SET settled_nano = counter.settled_nano + excluded.settled_nano,
        leased_nano = counter.leased_nano - excluded.leased_nano,
        ceiling_nano = CASE WHEN counter.ceiling_nano IS NOT NULL THEN greatest(counter.ceiling_nano,
          counter.settled_nano + excluded.settled_nano + counter.leased_nano - excluded.leased_nano) END
    ), ${queued} ${ROLL_UPS}, booked AS (
      SELECT fresh.*, CASE credit_pool WHEN 'dedicated' THEN 'workspace:' || workspace_id
        ELSE 'organization:' || organization_id END AS balance
      FROM fresh
      WHERE cost_nano > 0
    ), granted AS (
      INSERT INTO ledger_entry (id, organization_id, kind, debit_account, credit_account, amount_nano, created_at)
      SELECT 'grant-' || min(id), organization_id, 'grant', 'funding:' || organization_id,
        balance, sum(cost_nano), min(created_at)
      FROM booked
      WHERE NOT ${isPrepaid}::boolean AND credit_pool = 'shared'
      GROUP BY organization_id, balance
    )
    INSERT INTO ledger_entry (id, organization_id, kind, debit_account, credit_account, amount_nano, generation_id, created_at)
    SELECT id, organization_id, 'charge', balance, 'revenue:' || organization_id, cost_nano, id, created_at
    FROM booked`.execute(db)
}
