import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { FlushLoop } from '../../../src/gateway/journal/flush-loop.ts'
import type { Database } from '../../../src/store/database.ts'
import { postRows } from '../../../src/store/post-generations.ts'

const TICK_MS = 10
const DRAIN_MS = 60_000
const FLUSH_INTERVAL_MS = 200

export interface FlushResult {
  offered: number
  'rows/s': number
  /** After each second, how many finished inferences were not in the database. */
  backlog: number[]
}

/** Hands finished inferences to the flush, as the journal does, at so many a second, and looks on as it posts them. */
export async function measureFlush(
  database: Database,
  load: { perSecond: number; seconds: number },
): Promise<FlushResult> {
  const rows = await encodeRows(database, load.perSecond * load.seconds)
  let postedAt = 0
  const loop = new FlushLoop({
    post: (batch) => postRows(database.kysely, batch, false),
    observe: (told) => console.log(JSON.stringify(told)),
    intervalMs: FLUSH_INTERVAL_MS,
    onPosted: () => (postedAt = performance.now()),
  })
  const segment = { number: 1, path: '', open: 0, unposted: 0 }
  const begin = performance.now()
  const backlog: number[] = []
  let sent = 0
  while (sent < rows.length) {
    const elapsed = performance.now() - begin
    const due = Math.min(rows.length, Math.floor((elapsed * load.perSecond) / 1_000))
    for (; sent < due; sent += 1) loop.enqueue({ json: rows[sent] ?? Buffer.of(), charges: [] }, segment)
    if (backlog.length < Math.floor(elapsed / 1_000)) backlog.push(loop.pendingCount)
    await sleep(TICK_MS)
  }
  await loop.stop(DRAIN_MS)
  if (loop.pendingCount > 0)
    throw new Error(`${loop.pendingCount} were not posted ${DRAIN_MS / 1_000} s after the last`)
  return { offered: load.perSecond, 'rows/s': Math.round((rows.length * 1_000) / (postedAt - begin)), backlog }
}

/** Of this moment, of keys as they come in the last generations: made before the clock runs. */
async function encodeRows({ kysely }: Database, count: number): Promise<Buffer[]> {
  const { rows: recent } = await sql<{ json: Record<string, unknown> }>`
    SELECT jsonb_build_object('organizationId', organization_id, 'workspaceId', workspace_id, 'keyId', key_id::text,
      'userId', user_id, 'projectId', project_id, 'apiType', api_type, 'model', model, 'endpointId', endpoint_id, 'providerName',
      provider_name, 'upstreamId', upstream_id, 'streamed', streamed, 'cancelled', cancelled, 'outcome', outcome,
      'finishReason', finish_reason, 'usage', jsonb_build_object('promptTokens', tokens_prompt, 'completionTokens', tokens_completion,
      'reasoningTokens', 0, 'cachedTokens', tokens_cached), 'usageEstimated', usage_estimated, 'usageRaw', usage_raw,
      'cost', cost_nano::text, 'byokCost', '0', 'promptCost', prompt_cost_nano::text, 'uncharged', '0', 'priceVersion', price_version,
      'latencyMs', latency_ms, 'generationTimeMs', generation_time_ms, 'attempts', attempts, 'origin', origin, 'userAgent',
      user_agent, 'ip', ip, 'sessionId', session_id, 'externalUser', external_user, 'replicaId', replica_id, 'decision', decision,
      'held', held_nano::text, 'creditPool', credit_pool) AS json
    FROM generation WHERE organization_id = (SELECT id FROM organization) ORDER BY created_at DESC, id DESC LIMIT 20000`.execute(
    kysely,
  )
  const second = Math.floor(Date.now() / 1_000)
  return Array.from({ length: count }, (_, at) => {
    const { json } = recent[(at * 7) % recent.length] ?? { json: {} }
    const id = `${second}-${at.toString(36).padStart(12, '0')}flushing`
    return Buffer.from(JSON.stringify({ ...json, id: `gen-${id}`, requestId: `req-${id}` }))
  })
}
