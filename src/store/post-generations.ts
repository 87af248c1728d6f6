import { sql } from 'kysely'
import { INTERVALS, toDate, windowStart, windowStartMs } from '../domain/windows.ts'
import type { EncodedGeneration, GenerationRecord } from '../gateway/ports.ts'
import { generationIdTime } from '../platform/ids.ts'
import { type Db, type Tx, toIso } from './schema.ts'

/*
 * A batch of finished inferences becomes rows: the generations, then — for those the database did not have — counters,
 * roll-up and ledger, in one transaction. Generations come first because their primary key decides what is new: posting
 * a batch twice, or parts of it, charges nothing twice. Counters and roll-ups are aggregated here and written in key order.
 */

const RETRYABLE = new Set(['40P01', '40001'])
const RETRIES_MAX = 10

/** Posts the generations. `isPrepaid` tells whether the organization's balance was paid in advance; otherwise each charge is
 *  granted as it accrues. Deadlocks and serialization failures are tried again. */
export async function postGenerations(
  db: Db,
  generations: readonly EncodedGeneration[],
  isPrepaid: boolean,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await db.transaction().execute((tx) => postBatch(tx, generations, isPrepaid))
      return
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      if (!RETRYABLE.has(code) || attempt >= RETRIES_MAX) throw error
    }
  }
}

async function postBatch(tx: Tx, generations: readonly EncodedGeneration[], isPrepaid: boolean): Promise<void> {
  const inserted = await insertGenerations(tx, generations)
  const fresh = generations.flatMap(({ record }) => (inserted.has(record.id) ? [record] : []))
  if (fresh.length === 0) return
  await addToCounters(tx, fresh)
  await addToActivity(tx, fresh)
  await appendCharges(tx, fresh, isPrepaid)
}

/** Inserts what is new, straight from the JSON that the journal holds too, and returns its ids. */
async function insertGenerations(tx: Tx, generations: readonly EncodedGeneration[]): Promise<Set<string>> {
  const rows = `[${generations.map(({ json }) => json).join(',')}]`
  const inserted = await sql<{ id: string }>`
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
    RETURNING id`.execute(tx)
  return new Set(inserted.rows.map(({ id }) => id))
}

interface CounterSum {
  scope_kind: string
  scope_id: string
  at: number
  nano: bigint
}

async function addToCounters(tx: Tx, records: readonly GenerationRecord[]): Promise<void> {
  const sums = new Map<string, CounterSum>()
  for (const record of records) {
    const at = windowStartMs('daily', createdAtMs(record))
    addToScope(sums, { scope_kind: 'key', scope_id: String(record.keyId), at, nano: record.cost })
    addToScope(sums, { scope_kind: 'organization', scope_id: record.organizationId, at, nano: record.cost })
    addToScope(sums, { scope_kind: 'workspace', scope_id: record.workspaceId, at, nano: record.cost })
  }
  const rows = [...toWindows(sums.values()).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => ({ ...row, nano: String(row.nano) }))
  await sql`
    INSERT INTO counter (scope_kind, scope_id, kind, interval, window_start, settled_nano)
    SELECT scope_kind, scope_id, 'credit', interval, window_start, nano
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      AS row (scope_kind text, scope_id text, interval text, window_start date, nano bigint)
    ON CONFLICT (scope_kind, scope_id, kind, interval, window_start)
    DO UPDATE SET settled_nano = counter.settled_nano + excluded.settled_nano`.execute(tx)
}

/** Sums by scope and day first: a batch has few of them, and a day lies in one window of each kind. */
function addToScope(sums: Map<string, CounterSum>, part: CounterSum): void {
  const key = `${part.scope_kind} ${part.scope_id} ${part.at}`
  const sum = sums.get(key)
  if (sum) sum.nano += part.nano
  else sums.set(key, part)
}

function toWindows(sums: Iterable<CounterSum>) {
  const windows = new Map<string, Omit<CounterSum, 'at'> & { interval: string; window_start: string }>()
  for (const { at, nano, ...scope } of sums) {
    for (const interval of INTERVALS) {
      const window_start = windowStart(interval, at)
      const key = `${scope.scope_kind} ${scope.scope_id} ${interval} ${window_start}`
      const sum = windows.get(key)
      if (sum) sum.nano += nano
      else windows.set(key, { ...scope, interval, window_start, nano })
    }
  }
  return windows
}

async function addToActivity(tx: Tx, records: readonly GenerationRecord[]): Promise<void> {
  const sums = new Map<string, ActivityRow>()
  for (const record of records) {
    const row = toActivityRow(record)
    const key = JSON.stringify([
      row.date,
      row.model,
      row.endpoint_id,
      row.key_id,
      row.user_id,
      row.workspace_id,
      row.app,
    ])
    const sum = sums.get(key)
    if (!sum) {
      sums.set(key, row)
      continue
    }
    sum.usage += record.cost
    sum.requests += 1
    sum.prompt_tokens += record.usage.promptTokens
    sum.completion_tokens += record.usage.completionTokens
    sum.reasoning_tokens += record.usage.reasoningTokens
  }
  const rows = [...sums.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => ({ ...row, usage: String(row.usage) }))
  await sql`
    INSERT INTO activity (organization_id, date, model, endpoint_id, provider_name, key_id, user_id, workspace_id,
      project_id, app, usage_nano, byok_usage_nano, requests, prompt_tokens, completion_tokens, reasoning_tokens)
    SELECT organization_id, date, model, endpoint_id, provider_name, key_id, user_id, workspace_id,
      '', app, usage, 0, requests, prompt_tokens, completion_tokens, reasoning_tokens
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      AS row (organization_id text, date date, model text, endpoint_id text, provider_name text, key_id bigint,
        user_id text, workspace_id uuid, app text, usage bigint, requests bigint, prompt_tokens bigint,
        completion_tokens bigint, reasoning_tokens bigint)
    ON CONFLICT (organization_id, date, model, endpoint_id, provider_name, key_id, user_id, workspace_id, project_id, app)
    DO UPDATE SET
      usage_nano = activity.usage_nano + excluded.usage_nano,
      requests = activity.requests + excluded.requests,
      prompt_tokens = activity.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = activity.completion_tokens + excluded.completion_tokens,
      reasoning_tokens = activity.reasoning_tokens + excluded.reasoning_tokens`.execute(tx)
}

interface ActivityRow {
  organization_id: string
  date: string
  model: string
  endpoint_id: string
  provider_name: string
  key_id: string
  user_id: string
  workspace_id: string
  app: string
  usage: bigint
  requests: number
  prompt_tokens: number
  completion_tokens: number
  reasoning_tokens: number
}

function toActivityRow(record: GenerationRecord): ActivityRow {
  return {
    organization_id: record.organizationId,
    date: toDate(createdAtMs(record)),
    model: record.model,
    endpoint_id: record.endpointId,
    provider_name: record.providerName,
    key_id: String(record.keyId),
    user_id: record.userId ?? '',
    workspace_id: record.workspaceId,
    app: record.origin,
    usage: record.cost,
    requests: 1,
    prompt_tokens: record.usage.promptTokens,
    completion_tokens: record.usage.completionTokens,
    reasoning_tokens: record.usage.reasoningTokens,
  }
}

/** One charge a generation; in postpaid also one grant a batch and organization, so that credits cover usage at each moment. */
async function appendCharges(tx: Tx, records: readonly GenerationRecord[], isPrepaid: boolean): Promise<void> {
  const charged = records.filter(({ cost }) => cost > 0n)
  if (charged.length === 0) return
  const entries = charged.map((record) => ({
    id: record.id,
    organization_id: record.organizationId,
    kind: 'charge',
    debit_account: `organization:${record.organizationId}`,
    credit_account: `revenue:${record.organizationId}`,
    amount_nano: String(record.cost),
    generation_id: record.id,
    created_at: toIso(createdAtMs(record)),
  }))
  const grants = isPrepaid
    ? []
    : [...sumByOrganization(charged)].map(([organizationId, { cost, first }]) => ({
        id: `grant-${first.id}`,
        organization_id: organizationId,
        kind: 'grant',
        debit_account: `funding:${organizationId}`,
        credit_account: `organization:${organizationId}`,
        amount_nano: String(cost),
        generation_id: null,
        created_at: toIso(createdAtMs(first)),
      }))
  await sql`
    INSERT INTO ledger_entry (id, organization_id, kind, debit_account, credit_account, amount_nano, generation_id, created_at)
    SELECT id, organization_id, kind, debit_account, credit_account, amount_nano, generation_id, created_at
    FROM jsonb_to_recordset(${JSON.stringify([...grants, ...entries])}::text::jsonb)
      AS row (id text, organization_id text, kind text, debit_account text, credit_account text, amount_nano bigint,
        generation_id text, created_at timestamptz)`.execute(tx)
}

function sumByOrganization(
  records: readonly GenerationRecord[],
): Map<string, { cost: bigint; first: GenerationRecord }> {
  const sums = new Map<string, { cost: bigint; first: GenerationRecord }>()
  for (const record of records) {
    const sum = sums.get(record.organizationId)
    if (sum) sum.cost += record.cost
    else sums.set(record.organizationId, { cost: record.cost, first: record })
  }
  return sums
}

function createdAtMs(record: GenerationRecord): number {
  const at = generationIdTime(record.id)
  if (at === undefined) throw new Error(`not a generation id: ${record.id}`)
  return at
}
