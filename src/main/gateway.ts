import { type Config, publicUrlOf } from '../config/config.ts'
import type { EgressPolicy } from '../domain/egress.ts'
import { IpRangeSet } from '../domain/ip-ranges.ts'
import { findSimModel } from '../domain/sim-models.ts'
import { ContentQueue } from '../gateway/content/content-queue.ts'
import { RuleBook } from '../gateway/decisions/rule-book.ts'
import { FilterRunner } from '../gateway/filters/filter-runner.ts'
import { FirstUses } from '../gateway/first-uses.ts'
import { Idempotency } from '../gateway/idempotency/idempotency.ts'
import type { GatewayParts } from '../gateway/inference.ts'
import { FlushLoop } from '../gateway/journal/flush-loop.ts'
import { Journal } from '../gateway/journal/journal.ts'
import { KeyDirectory } from '../gateway/key-directory.ts'
import { Meter } from '../gateway/lease/meter.ts'
import type { LoadKey } from '../gateway/ports.ts'
import { RefusalQueue } from '../gateway/refusal-queue.ts'
import { SecurityEvents } from '../gateway/security-events.ts'
import { applyChanges } from '../gateway/snapshot/apply-changes.ts'
import { withSurroundings } from '../gateway/snapshot/load-surroundings.ts'
import { Snapshot } from '../gateway/snapshot/snapshot.ts'
import { LargeBodyParser } from '../gateway/stages/large-body-parser.ts'
import type { RepeatLoop } from '../jobs/repeat-loop.ts'
import { SnapshotLoop } from '../jobs/snapshot-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Change, ChangeFeed } from '../store/change-feed.ts'
import type { ChangeFollower } from '../store/change-follower.ts'
import type { Database } from '../store/database.ts'
import { createIdempotencyStore } from '../store/idempotent-requests.ts'
import { loadOrganizations } from '../store/load-access-rules.ts'
import { findKey, findOrganizationParts, findWorkspace, loadKeys, loadWorkspaces } from '../store/load-snapshot.ts'
import type { Store } from '../store/open-store.ts'
import { postContents } from '../store/post-contents.ts'
import { postGenerations } from '../store/post-generations.ts'
import { postRefusals } from '../store/post-refusals.ts'
import { postRules } from '../store/post-rules.ts'
import { findFormerKeys, postSecurityEvents } from '../store/post-security-events.ts'
import { UpstreamPools } from '../upstream/upstream.ts'
import type { Catalogues } from './catalogues.ts'
import { beginFollowing } from './following.ts'
import { createGuardrails } from './guardrails.ts'
import { startInvoicing } from './invoicing.ts'
import { countFreeModelsToday, limitersOf, type Rates } from './rates.ts'
import { startRetention } from './retention.ts'
import { createSpending } from './spending.ts'
import { journalDirectory, REPLICA_ID } from './store.ts'

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
  snapshots: SnapshotLoop | undefined
  loops: readonly RepeatLoop[]
}

export async function createGateway(
  { database, lock, sealer }: Store,
  context: { config: Config; observe: Observe; catalogues: Catalogues; rates: Rates },
): Promise<Gateway> {
  const { config, observe, catalogues, rates } = context
  const db = database.kysely
  const snapshot = new Snapshot(catalogues.views)
  const isPrepaid = config.billing === 'prepaid'
  const meter = new Meter({ now: clock.now })
  const sources = { isPrepaid, meter, snapshot }
  const { chains, limits, load: loadSpending, withLimits, ...spending } = createSpending(db, sources)
  const { withGuardrails, load: loadGuardrails, ...guardrails } = createGuardrails(db, snapshot)
  const loadWorkspace = (id: string) => findWorkspace(db, id)
  const loadOrganization = (id: string) => findOrganizationParts(db, id)
  const findWhole: LoadKey = withLimits(withGuardrails((hash) => findKey(db, hash, clock.now())))
  const loadKey = withSurroundings(findWhole, { snapshot, loadWorkspace, loadOrganization })
  const firstUses = new FirstUses()
  const keys = new KeyDirectory({ snapshot, meter, load: loadKey, clock, firstUses })
  const readers = { loadKey, loadWorkspace, loadOrganization, refreshPrivate: catalogues.refreshPrivate }
  const targets = { snapshot, keys, meter, ...readers, ...guardrails, ...spending }
  const apply = (changes: readonly Change[]) => applyChanges(targets, changes)
  const { feed, follower } = await beginFollowing(database, { config, observe, apply })
  await catalogues.loadPrivate()
  await loadGuardrails()
  await loadSpending()
  await fillSnapshot(db, { snapshot, meter, keysMax: config.snapshotKeysMax })
  const journal = openJournal(config, observe)
  const isDurableAtCommit = database.embedded === undefined
  const flush = new FlushLoop({
    post: (records) => postGenerations(db, records, isPrepaid),
    observe,
    intervalMs: config.flushIntervalMs,
    onPosted: () => isDurableAtCommit && journal.discardBefore(journal.postedThrough),
  })
  const upstream = createUpstream(config)
  const parts: GatewayParts = {
    clock,
    snapshot,
    keys,
    meter,
    ...limitersOf(rates),
    chains,
    limits,
    journal,
    flush,
    upstream,
    observe,
    ...createQueues({ database, sealer }, { config, observe }),
    ...createThreads(observe),
    settings: settingsOf(config),
    publicUrl: publicUrlOf(config, config.port),
    findBuiltInModel: (id) => (config.isSimOn ? findSimModel(id) : undefined),
    maySpend: () => lock === undefined || lock.isHeld(),
    isCutOff: () => follower.isCutOff(),
  }
  await countFreeModelsToday(db, parts)
  const snapshots = startSnapshots(database, parts, config)
  const invoicing = startInvoicing(database, { config, observe, flush, snapshots })
  return {
    parts,
    feed,
    follower,
    firstUses,
    upstream,
    snapshots,
    loops: [...startRetention(database, context), invoicing],
  }
}

function settingsOf(config: Config): GatewayParts['settings'] {
  return {
    bodyBytesMax: config.bodyBytesMax,
    holdWaitMs: config.holdWaitMs,
    requestDeadlineMs: config.requestDeadlineMs,
    keepAliveCommentMs: config.keepAliveCommentMs,
    publicUrl: publicUrlOf(config, config.port),
    replicaId: REPLICA_ID,
    unflushedMax: UNFLUSHED_MAX,
    trustedProxies: config.trustedProxies.length === 0 ? null : new IpRangeSet(config.trustedProxies),
  }
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

async function fillSnapshot(
  db: Database['kysely'],
  { snapshot, meter, keysMax }: { snapshot: Snapshot; meter: Meter; keysMax: number },
): Promise<void> {
  for (const organization of await loadOrganizations(db)) snapshot.putOrganization(organization)
  for (const workspace of await loadWorkspaces(db)) snapshot.putWorkspace(workspace)
  for (const { key, spend } of await loadKeys(db, clock.now(), keysMax)) {
    meter.addKey(key.id, spend)
    snapshot.putKey(key)
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

function openJournal(config: Config, observe: Observe): Journal {
  return new Journal({
    directory: journalDirectory(config),
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
