import { totalmem } from 'node:os'
import { type Config, publicUrlOf } from '../config/config.ts'
import type { EgressPolicy } from '../domain/egress.ts'
import { IpRangeSet } from '../domain/ip-ranges.ts'
import { findSimModel } from '../domain/sim-models.ts'
import { ContentQueue } from '../gateway/content/content-queue.ts'
import { RuleBook } from '../gateway/decisions/rule-book.ts'
import { FilterRunner } from '../gateway/filters/filter-runner.ts'
import type { FirstUses } from '../gateway/first-uses.ts'
import { Idempotency } from '../gateway/idempotency/idempotency.ts'
import type { GatewayParts } from '../gateway/inference.ts'
import { FlushLoop } from '../gateway/journal/flush-loop.ts'
import { Journal } from '../gateway/journal/journal.ts'
import type { LeaseBook } from '../gateway/lease/lease-book.ts'
import { LargeRequests } from '../gateway/limits/large-requests.ts'
import { RefusalQueue } from '../gateway/refusal-queue.ts'
import { SecurityEvents } from '../gateway/security-events.ts'
import { SessionBook } from '../gateway/sessions/session-book.ts'
import { LargeBodyParser } from '../gateway/stages/large-body-parser.ts'
import { SnapshotLoop } from '../jobs/snapshot-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { ChangeFeed } from '../store/change-feed.ts'
import type { ChangeFollower } from '../store/change-follower.ts'
import type { Database } from '../store/database.ts'
import { createIdempotencyStore } from '../store/idempotent-requests.ts'
import type { Store } from '../store/open-store.ts'
import { postContents } from '../store/post-contents.ts'
import { postRows } from '../store/post-generations.ts'
import { postRefusals } from '../store/post-refusals.ts'
import { postRules } from '../store/post-rules.ts'
import { findFormerKeys, postSecurityEvents } from '../store/post-security-events.ts'
import { UpstreamPools } from '../upstream/upstream.ts'
import { openAnswers } from './answers.ts'
import type { Catalogues } from './catalogues.ts'
import { startHealth } from './health.ts'
import { startInvoicing } from './invoicing.ts'
import { createLeases, type Leases } from './leases.ts'
import { createMedia } from './media.ts'
import { fillMemory } from './memory.ts'
import { countFreeModelsToday, limitersOf, type Rates } from './rates.ts'
import { startRetention } from './retention.ts'
import { journalDirectory, journalName, replicaIdOf } from './store.ts'
import type { Tracing } from './tracing.ts'

/** Of the memory, what large requests may hold: each is there in several forms. */
const LARGE_SHARE_DIVISOR = 8
const JOURNAL_SEGMENT_BYTES_MAX = 16 * 1_048_576
const SNAPSHOT_AFTER_CHANGE_MS = 3_000
const UNFLUSHED_MAX = 50_000
const UPSTREAM_CONNECTIONS_MAX = 4_096
const UPSTREAM_ORIGINS_MAX = 1_000

export interface Gateway {
  parts: GatewayParts
  feed: ChangeFeed
  follower: ChangeFollower
  firstUses: FirstUses
  upstream: UpstreamPools
  leases: Leases
  snapshots: SnapshotLoop | undefined
  loops: readonly { stop(): Promise<void> }[]
}

export async function createGateway(
  store: Store,
  context: { config: Config; observe: Observe; catalogues: Catalogues; rates: Rates; tracing: Tracing },
): Promise<Gateway> {
  const { config, observe, catalogues, rates } = context
  const { database, sealer } = store
  const db = database.kysely
  const replicaId = replicaIdOf(store)
  const directory = journalDirectory(config, store)
  const name = await journalName(directory, store)
  const journal = openJournal(directory, { config, observe })
  const leases = createLeases(database, {
    replicaId,
    journal: name,
    afterEnds: (then) => journal.afterEnds(then),
    staleMs: config.staleMaxMs,
    observe,
  })
  const flush = createFlush(database, { config, observe, journal, leases: leases.book })
  const { feed, follower, firstUses, ...memory } = await fillMemory(database, {
    config,
    observe,
    catalogues,
    sealer,
    leases: leases.book,
    flush,
  })
  const upstream = createUpstream(config)
  const health = await startHealth(database, context)
  const { answers, stop: stopAnswers } = await openAnswers(store, config)
  const parts: GatewayParts = {
    clock,
    ...memory,
    leases: leases.book,
    ...limitersOf(rates),
    journal,
    flush,
    upstream,
    fetchMedia: createMedia(config, egressOf(config)),
    health: health.book,
    answers,
    observe,
    tracer: context.tracing.tracer,
    ...createQueues({ database, sealer }, { config, observe }),
    ...createThreads(observe),
    largeRequests: new LargeRequests(config.largeBytesMax ?? Math.floor(memoryBytes() / LARGE_SHARE_DIVISOR)),
    settings: settingsOf(config, replicaId),
    publicUrl: publicUrlOf(config, config.port),
    findBuiltInModel: (id) => (config.isSimOn ? findSimModel(id) : undefined),
    sessions: new SessionBook(clock),
    random: Math.random,
    isCutOff: () => follower.isCutOff(),
  }
  await countFreeModelsToday(db, parts)
  const snapshots = startSnapshots(database, parts, config)
  return {
    parts,
    feed,
    follower,
    firstUses,
    upstream,
    leases,
    snapshots,
    loops: [...startUpkeep(database, { config, observe, flush, snapshots }), health.loop, { stop: stopAnswers }],
  }
}

/** What somebody has to do for the database, and a process that serves models alone leaves to others. */
function startUpkeep(database: Database, parts: Parameters<typeof startInvoicing>[1]) {
  if (parts.config.role === 'gateway') return []
  return [...startRetention(database, parts), startInvoicing(database, parts)]
}

function createFlush(
  { embedded, kysely }: Database,
  parts: { config: Config; observe: Observe; journal: Journal; leases: LeaseBook },
): FlushLoop {
  const { config, journal, leases, observe } = parts
  const isPrepaid = config.billing === 'prepaid'
  return new FlushLoop({
    post: (rows) => postRows(kysely, rows, isPrepaid),
    observe,
    intervalMs: config.flushIntervalMs,
    onPosted: (charges) => {
      leases.posted(charges)
      // The embedded database may forget what it has committed.
      if (embedded === undefined) journal.discardBefore(journal.postedThrough)
    },
  })
}

function settingsOf(config: Config, replicaId: string): GatewayParts['settings'] {
  return {
    bodyBytesMax: config.bodyBytesMax,
    inferencesMax: config.inferencesMax,
    holdWaitMs: config.holdWaitMs,
    requestDeadlineMs: config.requestDeadlineMs,
    keepAliveCommentMs: config.keepAliveCommentMs,
    upstreamContentTimeoutMs: config.upstreamContentTimeoutMs,
    publicUrl: publicUrlOf(config, config.port),
    replicaId,
    unflushedMax: UNFLUSHED_MAX,
    trustedProxies: config.trustedProxies.length === 0 ? null : new IpRangeSet(config.trustedProxies),
  }
}

/** Of this machine, or of the container that it runs in. */
function memoryBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** What would keep others waiting if it were done here. */
function createThreads(observe: Observe): Pick<GatewayParts, 'filters' | 'largeBodies'> {
  return { filters: new FilterRunner(observe), largeBodies: new LargeBodyParser() }
}

/** What reaches the database without a journal, and may be lost in a crash. */
function createQueues(
  { database, sealer }: Pick<Store, 'database' | 'sealer'>,
  { config, observe }: { config: Config; observe: Observe },
): Pick<GatewayParts, 'refusals' | 'rules' | 'contents' | 'security' | 'idempotency'> {
  const { kysely } = database
  const store = createIdempotencyStore(kysely, { sealer, clock })
  return {
    refusals: new RefusalQueue({ post: (refusals) => postRefusals(kysely, refusals), observe }),
    rules: new RuleBook({ post: (rules) => postRules(kysely, rules), observe }),
    security: new SecurityEvents(
      (events) => postSecurityEvents(kysely, events),
      (hashes) => findFormerKeys(kysely, { hashes, now: clock.now() }),
    ),
    contents: new ContentQueue({ post: (contents) => postContents(kysely, sealer, contents), observe }),
    idempotency: new Idempotency({ store, clock, observe, waitMs: config.requestDeadlineMs }),
  }
}

function startSnapshots(
  database: Database,
  { journal, observe }: GatewayParts,
  config: Config,
): SnapshotLoop | undefined {
  const { embedded } = database
  if (embedded === undefined) return undefined
  const take = async () => {
    journal.rotate()
    const { oldestMark, ...figures } = await embedded.snapshot(String(journal.postedThrough))
    journal.discardBefore(Number(oldestMark))
    return figures
  }
  return new SnapshotLoop({
    intervalMs: config.snapshotIntervalMs,
    changeDelayMs: SNAPSHOT_AFTER_CHANGE_MS,
    take,
    observe,
  })
}

export function egressOf(config: Config): EgressPolicy {
  return { allowedCidrs: config.egressAllowedCidrs }
}

function openJournal(directory: string, { config, observe }: { config: Config; observe: Observe }): Journal {
  return new Journal({
    directory,
    sync: config.journalSync,
    segmentBytesMax: JOURNAL_SEGMENT_BYTES_MAX,
    onFailure: (error) => observe({ type: 'journal_failed', message: error.message }),
    onRecovery: () => observe({ type: 'journal_recovered' }),
  })
}

function createUpstream(config: Config): UpstreamPools {
  return new UpstreamPools({
    connectTimeoutMs: config.upstreamConnectTimeoutMs,
    headersTimeoutMs: config.upstreamHeadersTimeoutMs,
    idleTimeoutMs: config.upstreamIdleTimeoutMs,
    connectionsMax: UPSTREAM_CONNECTIONS_MAX,
    originsMax: UPSTREAM_ORIGINS_MAX,
    egress: egressOf(config),
  })
}
