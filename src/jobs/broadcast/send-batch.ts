import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DestinationType } from '../../contract/management/destination-types.ts'
import { compileRules, needsContent } from '../../domain/destination-filter.ts'
import type { Observe } from '../../observe/observation.ts'
import type { Clock } from '../../platform/clock.ts'
import { SealBroken } from '../../platform/sealing.ts'
import {
  type BroadcastOutcome,
  type ClaimedDestination,
  type DeliveryRow,
  findBroadcastContents,
  findBroadcastGenerations,
  listWaiting,
  settleBroadcast,
} from '../../store/queries/broadcast.ts'
import type { Db } from '../../store/schema.ts'
import type { Sealer } from '../../store/sealer.ts'
import type { SendGuarded } from '../../upstream/guarded-http.ts'
import type { SendBatch } from './broadcast-loop.ts'
import type { BroadcastMetrics } from './broadcast-metrics.ts'
import type { TraceBatch, TraceFormat } from './formats/format.ts'
import { configOf } from './open-config.ts'
import { readContent, type Trace, type TraceContent, toFacts, toTrace } from './trace.ts'
import { type Verdict, verdictOf } from './verdict.ts'

const BATCH_MAX = 100
/** Of content in one batch, in UTF-16 code units. */
const BATCH_LENGTH_MAX = 4 * 1_048_576
/** Content that isn't there by then was lost. */
const CONTENT_WAIT_MS = 10_000
/** With one request more it must be within a lease. */
const SENDING_MS_MAX = 25_000
const FIRST_RETRY_MS = 1_000
const RETRY_MS_MAX = 600_000

export interface SendBatchParts {
  db: Db
  sealer: Sealer
  clock: Clock
  observe: Observe
  metrics: BroadcastMetrics
  send: SendGuarded
  formats: Readonly<Record<DestinationType, TraceFormat>>
  /** A number from 0 to 1, for the spread of retries. */
  random: () => number
}

/** What of a batch is sent, what is left out, and whether more is due. */
interface Prepared {
  traces: Trace[]
  leftOut: string[]
  hasMore: boolean
}

export function createSendBatch(parts: SendBatchParts): SendBatch {
  return async (destination, { signal, until }) => {
    const rows = await listWaiting(parts.db, destination.id, { limit: BATCH_MAX, until })
    const prepared = await prepare(parts, destination, rows)
    const outcome = await send(parts, { destination, prepared, signal })
    await settleBroadcast(parts.db, destination, outcome)
    parts.metrics.count(destination.type, {
      delivered: outcome.delivered.length,
      given_up: outcome.dead.length,
      failures: outcome.failure === null ? 0 : 1,
    })
    tellFailure(parts, destination, outcome)
    return prepared.hasMore && outcome.failure?.isRetried !== true
  }
}

async function prepare(parts: SendBatchParts, destination: ClaimedDestination, all: DeliveryRow[]): Promise<Prepared> {
  const { contents, count } = needsContent(destination)
    ? await readContents(parts, destination, all)
    : { contents: new Map<string, TraceContent | null>(), count: all.length }
  const rows = all.slice(0, count)
  const ids = rows.map(({ generation_id }) => generation_id)
  const generations = await findBroadcastGenerations(parts.db, destination.organization_id, ids)
  const passes = compileRules(destination.filter_rules)
  const traces: Trace[] = []
  const leftOut: string[] = []
  for (const row of rows) {
    const generation = generations.get(row.generation_id)
    const content = contents.get(row.generation_id) ?? null
    // Patterns over long texts take a while.
    await nextTurn()
    if (generation === undefined || !passes(toFacts(generation, content))) leftOut.push(row.generation_id)
    else traces.push(toTrace(generation, row, { content, sight: destination }))
  }
  return { traces, leftOut, hasMore: count > 0 && (count < all.length || all.length === BATCH_MAX) }
}

/** Contents by generation, null where there is none to be sent, of the first `count` rows: as much as a batch may hold, and nothing
 *  behind what may yet come, so that the order stays. */
async function readContents(
  { clock, db, sealer }: SendBatchParts,
  { organization_id: organizationId }: ClaimedDestination,
  rows: readonly DeliveryRow[],
): Promise<{ contents: Map<string, TraceContent | null>; count: number }> {
  const stored = await findBroadcastContents(
    db,
    rows.map(({ generation_id }) => generation_id),
  )
  const contents = new Map<string, TraceContent | null>()
  let length = 0
  for (const [count, { awaits_content, ended_at, generation_id: id }] of rows.entries()) {
    const found = stored.get(id)
    if (awaits_content && found === undefined && ended_at > clock.now() - CONTENT_WAIT_MS) return { contents, count }
    const sealed = found?.content ?? null
    length += sealed?.length ?? 0
    if (length > BATCH_LENGTH_MAX && count > 0) return { contents, count }
    contents.set(id, sealed === null ? null : await openContent({ db, sealer }, { organizationId, id, sealed }))
  }
  return { contents, count: rows.length }
}

/** What doesn't open never will, and must not stand before all others for ever. */
async function openContent(
  { db, sealer }: Pick<SendBatchParts, 'db' | 'sealer'>,
  { id, organizationId, sealed }: { organizationId: string; id: string; sealed: string },
): Promise<TraceContent | null> {
  const place = { table: 'broadcast_content', row: id, column: 'content' }
  try {
    const json = await sealer.unseal(db, organizationId, place, sealed)
    await nextTurn()
    return readContent(json)
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}

async function send(
  parts: SendBatchParts,
  { destination, prepared, signal }: { destination: ClaimedDestination; prepared: Prepared; signal: AbortSignal },
): Promise<BroadcastOutcome> {
  const { leftOut, traces } = prepared
  const sent: Sent = { delivered: [], dead: [], failure: null }
  if (traces.length > 0) {
    try {
      await sendAll(parts, { destination, traces, signal }, sent)
    } catch (error) {
      if (signal.aborted) throw error
      sent.failure = tryLater(parts, destination, error instanceof Error ? error.message : String(error))
    }
  }
  return { ...sent, leftOut, now: parts.clock.now() }
}

interface Sent {
  delivered: string[]
  dead: string[]
  failure: BroadcastOutcome['failure']
}

/** Until the end, what is to be tried later, or time is up: nobody else may send to the destination meanwhile. */
async function sendAll(
  parts: SendBatchParts,
  { destination, signal, traces }: { destination: ClaimedDestination; traces: readonly Trace[]; signal: AbortSignal },
  sent: Sent,
): Promise<void> {
  const format = parts.formats[destination.type]
  const config = await configOf(parts, destination)
  const encode = (some: readonly Trace[]) => format.encode(some, { config, now: parts.clock.now() })
  const queue = encode(traces)
  const until = parts.clock.monotonic() + SENDING_MS_MAX
  const hasContent = traces.some(({ content }) => content !== null)
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    if (parts.clock.monotonic() > until) return
    const { ids } = batch
    const verdict = await sendOne(parts, batch, { format, hasContent, signal })
    if (verdict.kind === 'taken') sent.delivered.push(...ids)
    else if (verdict.kind === 'again') {
      sent.failure = tryLater(parts, destination, verdict.message, verdict.retryAfterMs)
      return
    } else if (verdict.mayBeOne && ids.length > 1) {
      // It may be for one of them that all are refused: each goes by itself.
      queue.unshift(...traces.filter(({ id }) => ids.includes(id)).flatMap((trace) => encode([trace])))
    } else {
      sent.dead.push(...ids)
      sent.failure = { message: verdict.message, nextAttemptAt: null, isRetried: false }
    }
  }
}

function tryLater(
  { clock, random }: SendBatchParts,
  { attempts }: ClaimedDestination,
  message: string,
  retryAfterMs: number | null = null,
): NonNullable<BroadcastOutcome['failure']> {
  const pause = Math.max(retryAfterMs ?? 0, pauseOf(attempts, random()))
  return { message, nextAttemptAt: clock.now() + pause, isRetried: true }
}

async function sendOne(
  { send: carry }: SendBatchParts,
  { request }: TraceBatch,
  { format, hasContent, signal }: { format: TraceFormat; hasContent: boolean; signal: AbortSignal },
): Promise<Verdict> {
  try {
    return verdictOf(await carry({ ...request, signal }), { ...format, hasContent })
  } catch (error) {
    if (signal.aborted) throw error
    return { kind: 'again', message: error instanceof Error ? error.message : String(error), retryAfterMs: null }
  }
}

/** Doubles each time; half of it is random, so that many that failed together don't come back together. */
function pauseOf(attempts: number, random: number): number {
  const full = Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** Math.min(attempts, 20))
  return full / 2 + (full / 2) * random
}

function tellFailure(
  { observe }: SendBatchParts,
  { id, type, attempts }: ClaimedDestination,
  outcome: BroadcastOutcome,
) {
  const { dead, failure } = outcome
  if (failure === null) return
  const { isRetried, message } = failure
  const failed = isRetried ? attempts + 1 : 0
  observe({ type: 'destination_failed', id, kind: type, message, attempts: failed, dead: dead.length })
}
