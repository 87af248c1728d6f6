import { sql } from 'kysely'
import { INTERVALS, toDate, windowStart } from '../domain/windows.ts'
import type { EncodedGeneration } from '../gateway/ports.ts'
import { generationIdTime } from '../platform/ids.ts'
import { ROLL_UPS } from './roll-ups.ts'
import type { Db } from './schema.ts'

const RETRYABLE = new Set(['40P01', '40001'])
const RETRIES_MAX = 10
const LIST_START = Buffer.from('[')
const COMMA = Buffer.from(',')
const LIST_END = Buffer.from(']')

/** Posts the generations. `isPrepaid` tells whether the organization's balance was paid in advance; otherwise each charge is
 *  granted as it accrues. Deadlocks and serialization failures are tried again. */
export async function postGenerations(
  db: Db,
  generations: readonly EncodedGeneration[],
  isPrepaid: boolean,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await postBatch(db, generations, isPrepaid)
      return
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      if (!RETRYABLE.has(code) || attempt >= RETRIES_MAX) throw error
    }
  }
}

/**
 * A batch of finished inferences becomes rows, in one statement and so in one transaction, straight from the JSON that the
 * journal holds too: the generations, then — for those the database did not have — counters, roll-ups and ledger. The
 * primary key of the generations decides what is new: posting a batch twice, or parts of it, charges nothing twice.
 * Each generation is one charge, on the pool of its workspace where that has one of its own; in postpaid a batch is also one grant, so that credits cover usage at each moment.
 * Rows that batches share are written in key order.
 */
async function postBatch(db: Db, generations: readonly EncodedGeneration[], isPrepaid: boolean): Promise<void> {
  const rows = Buffer.concat([
    ...generations.flatMap(({ json }, at) => [at === 0 ? LIST_START : COMMA, json]),
    LIST_END,
  ])
  await sql`
    WITH fresh AS (
      INSERT INTO generation (id, created_at, request_id, organization_id, workspace_id, key_id, user_id, api_type, model,
        endpoint_id, provider_name, upstream_id, streamed, cancelled, outcome, finish_reason, native_finish_reason,
        tokens_prompt, tokens_completion, tokens_reasoning, tokens_cached, usage_estimated, usage_raw, cost_nano,
        prompt_cost_nano, uncharged_nano, upstream_cost_nano, price_version, latency_ms, generation_time_ms, attempts,
        origin, http_referer, app_title, user_agent, ip, session_id, external_user, replica_id)
      SELECT id, to_timestamp(split_part(id, '-', 2)::bigint), "requestId", "organizationId", "workspaceId", "keyId",
        "userId", "apiType", model, "endpointId", "providerName", "upstreamId", streamed, cancelled, outcome,
        "finishReason", "nativeFinishReason", (usage ->> 'promptTokens')::integer, (usage ->> 'completionTokens')::integer,
        (usage ->> 'reasoningTokens')::integer, (usage ->> 'cachedTokens')::integer, "usageEstimated",
        nullif("usageRaw", 'null'::jsonb), cost, "promptCost", uncharged, "upstreamCost", "priceVersion", "latencyMs",
        "generationTimeMs", attempts, origin, "httpReferer", "appTitle", "userAgent", ip, "sessionId", "externalUser",
        "replicaId"
      FROM jsonb_to_recordset(${rows}::text::jsonb) AS row (id text, "requestId" text, "organizationId" text,
        "workspaceId" uuid, "keyId" bigint, "userId" text, "apiType" text, model text, "endpointId" text,
        "providerName" text, "upstreamId" text, streamed boolean, cancelled boolean, outcome text, "finishReason" text,
        "nativeFinishReason" text, usage jsonb, "usageEstimated" boolean, "usageRaw" jsonb, cost bigint,
        "promptCost" bigint, uncharged bigint, "upstreamCost" bigint, "priceVersion" text, "latencyMs" integer,
        "generationTimeMs" integer, attempts jsonb, origin text, "httpReferer" text, "appTitle" text, "userAgent" text,
        ip text, "sessionId" text, "externalUser" text, "replicaId" text)
      ON CONFLICT (id, created_at) DO NOTHING
      RETURNING generation.*, (created_at AT TIME ZONE 'UTC')::date AS day
    ), counted AS (
      INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start, settled_nano)
      SELECT scope_kind, scope_id, 'credit', interval, window_start, sum(cost_nano)
      FROM fresh
        CROSS JOIN LATERAL (VALUES ('key', key_id::text), ('organization', organization_id),
          ('workspace', workspace_id::text)) AS scope (scope_kind, scope_id)
        JOIN jsonb_to_recordset(${windowsOf(generations)}::text::jsonb)
          AS spend_window (day date, interval text, window_start date) USING (day)
      GROUP BY scope_kind, scope_id, interval, window_start
      ORDER BY scope_kind, scope_id, interval, window_start
      ON CONFLICT (scope_kind, scope_id, kind, interval, window_start)
      DO UPDATE SET settled_nano = counter.settled_nano + excluded.settled_nano
    ), ${ROLL_UPS}, booked AS (
      SELECT fresh.*, CASE workspace.credit_pool WHEN 'dedicated' THEN 'workspace:' || workspace_id
        ELSE 'organization:' || fresh.organization_id END AS balance
      FROM fresh LEFT JOIN workspace ON workspace.id = workspace_id
      WHERE cost_nano > 0
    ), granted AS (
      INSERT INTO ledger_entry (id, organization_id, kind, debit_account, credit_account, amount_nano, created_at)
      SELECT 'grant-' || min(id), organization_id, 'grant', 'funding:' || organization_id,
        balance, sum(cost_nano), min(created_at)
      FROM booked
      WHERE NOT ${isPrepaid}::boolean
      GROUP BY organization_id, balance
    )
    INSERT INTO ledger_entry (id, organization_id, kind, debit_account, credit_account, amount_nano, generation_id, created_at)
    SELECT id, organization_id, 'charge', balance, 'revenue:' || organization_id, cost_nano, id, created_at
    FROM booked`.execute(db)
}

/** The windows in which the generations count, by day, as JSON. A day lies in one window of each kind. */
function windowsOf(generations: readonly EncodedGeneration[]): string {
  const days = new Map<string, number>()
  for (const { id } of generations) {
    const at = generationIdTime(id)
    if (at === undefined) throw new Error(`not a generation id: ${id}`)
    days.set(toDate(at), at)
  }
  return JSON.stringify(
    [...days].flatMap(([day, at]) =>
      INTERVALS.map((interval) => ({ day, interval, window_start: windowStart(interval, at) })),
    ),
  )
}
