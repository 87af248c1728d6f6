import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Config, ConfigError, publicUrlOf, readConfig, redactedConfig } from './config/config.ts'
import { loadCatalogue } from './config/load-catalogue.ts'
import { makeReload } from './config/reload-catalogue.ts'
import { watchProviderFile } from './config/watch-provider-file.ts'
import { HANDLERS } from './control/handlers.ts'
import { createInvoke } from './control/invoke.ts'
import { pricesOf } from './domain/build-catalogue.ts'
import type { Catalogue } from './domain/catalogue.ts'
import { findSimModel } from './domain/sim-models.ts'
import type { GatewayParts } from './gateway/inference.ts'
import { FlushLoop } from './gateway/journal/flush-loop.ts'
import { Journal, readJournal } from './gateway/journal/journal.ts'
import { encodeDone, encodeOpen, jsonOf } from './gateway/journal/journal-record.ts'
import { KeyDirectory } from './gateway/key-directory.ts'
import { Meter } from './gateway/lease/meter.ts'
import type { LoadKey } from './gateway/ports.ts'
import { applyChanges } from './gateway/snapshot/apply-changes.ts'
import { Snapshot } from './gateway/snapshot/snapshot.ts'
import { authenticateActor } from './gateway/stages/authenticate.ts'
import { LargeBodyParser } from './gateway/stages/large-body-parser.ts'
import { createHttpApp } from './http/app.ts'
import { HttpServer } from './http/server.ts'
import { SnapshotLoop } from './jobs/snapshot-loop.ts'
import { createLogSink } from './observe/log-sink.ts'
import type { Observe } from './observe/observation.ts'
import { systemClock as clock } from './platform/clock.ts'
import { stopOnSignal } from './platform/stop-on-signal.ts'
import { bootstrap, StartRefused } from './store/bootstrap.ts'
import { CHANGE_CHANNEL, ChangeFeed } from './store/change-feed.ts'
import { type Database, openDatabase } from './store/database.ts'
import { DirectoryLocked } from './store/embedded/directory-lock.ts'
import { writeDurably } from './store/embedded/durable-file.ts'
import { DataUnreadable } from './store/embedded/recovery.ts'
import { findKey, findWorkspace, loadKeys, loadWorkspaces } from './store/load-snapshot.ts'
import { MigrationRefused } from './store/migrate.ts'
import { ensureGenerationPartitions } from './store/partitions.ts'
import { postGenerations } from './store/post-generations.ts'
import { acquireGatewayLock, type GatewayLock } from './store/postgres/gateway-lock.ts'
import { DatabaseUnreachable } from './store/postgres/open-postgres.ts'
import { insertPriceBook } from './store/price-book.ts'
import { loadOrganizationMoney } from './store/queries/organization-money.ts'
import { replayJournal } from './store/replay-journal.ts'
import { UpstreamPools } from './upstream/upstream.ts'

/*
 * The composition root: settings in, parts made and put together, server out. Order matters: what the last run left in the
 * journal is in the database before balances are read from it, and versions are noted before the snapshot is loaded.
 */

const REPLICA_ID = 'main-0'
const JOURNAL_SEGMENT_BYTES_MAX = 16 * 1_048_576
const CHANGE_POLL_MS = 2_000
const PARTITION_CHECK_MS = 6 * 3_600_000
const SNAPSHOT_AFTER_CHANGE_MS = 3_000
const UNFLUSHED_MAX = 50_000
const FLUSH_WAIT_MS = 1_000
const STOP_FLUSH_MS = 10_000
const SETTLE_MS = 1_000
const UPSTREAM_CONNECTIONS_MAX = 4_096

/** Failures whose message is all an operator needs. */
const OPERATOR_ERRORS = [
  ConfigError,
  DatabaseUnreachable,
  DataUnreadable,
  DirectoryLocked,
  MigrationRefused,
  StartRefused,
] as const
/** What the system says about a disk that is full or may not be written, or a port that is taken; it names the file or address. */
const SYSTEM_ERRORS = new Set('EACCES EADDRINUSE EADDRNOTAVAIL EDQUOT ENOSPC ENOTDIR EPERM EROFS'.split(' '))

await start().catch((error: unknown) => {
  const { code = '' } = error as { code?: string }
  const isExpected = OPERATOR_ERRORS.some((known) => error instanceof known) || SYSTEM_ERRORS.has(code)
  process.stderr.write(`${isExpected ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`)
  process.exit(1)
})

async function start(): Promise<void> {
  const { config, warnings } = readConfig(process.env)
  const observe = createLogSink(config.logLevel)
  observe({ type: 'configuration', settings: redactedConfig(config) })
  for (const message of warnings) observe({ type: 'configuration_warning', message })
  const catalogue = await readCatalogue(config, observe)
  const store = await openStore(config, observe)
  const { money, setUpToken } = await prepareStore(store.database, { config, catalogue, observe })
  const gateway = await createGateway(store, { config, observe, catalogue, money })
  const url = await serve(gateway, { config, store, observe })
  reloadOnChange(gateway, { config, store, observe })
  observe({ type: 'started', url, store: store.database.mode, node: process.version })
  if (setUpToken !== null) observe({ type: 'set_up_needed', url: `${url}/setup?token=${setUpToken}` })
}

/** Loads the catalogue and tells what came of it. Throws ConfigError. */
async function readCatalogue(config: Config, observe: Observe): Promise<Catalogue> {
  const { catalogue, warnings } = await loadCatalogue({ config, env: process.env, nowMs: clock.now() })
  for (const message of warnings) observe({ type: 'configuration_warning', message })
  const { models, providers, priceVersion } = catalogue
  observe({ type: 'catalogue_loaded', models: models.size, providers: providers.length, priceVersion })
  return catalogue
}

/** Takes a changed provider file over, whole or not at all, when it changes and on SIGHUP. */
function reloadOnChange(
  { parts }: Gateway,
  { config, store, observe }: { config: Config; store: Store; observe: Observe },
): void {
  const reload = makeReload({
    load: async () => {
      const catalogue = await readCatalogue(config, observe)
      const book = { version: catalogue.priceVersion, prices: pricesOf(catalogue), now: clock.now() }
      await insertPriceBook(store.database.kysely, book)
      return catalogue
    },
    apply: (catalogue) => {
      parts.snapshot.catalogue = catalogue
    },
    reject: (problems) => observe({ type: 'catalogue_rejected', problems }),
  })
  process.on('SIGHUP', () => void reload())
  if (config.providerFile === null) return
  watchProviderFile(
    config.providerFile,
    () => void reload(),
    (error) => {
      observe({ type: 'catalogue_rejected', problems: [error.message] })
    },
  )
}

interface Store {
  database: Database
  lock: GatewayLock | undefined
}

async function openStore(config: Config, observe: Observe): Promise<Store> {
  mkdirSync(config.dataDir, { recursive: true })
  const begin = clock.monotonic()
  const lock =
    config.databaseUrl === null
      ? undefined
      : await acquireGatewayLock(config.databaseUrlDirect ?? config.databaseUrl, (message) =>
          observe({ type: 'store_degraded', message }),
        )
  const database = await openDatabase({
    databaseUrl: config.databaseUrl ?? undefined,
    databaseUrlDirect: config.databaseUrlDirect ?? undefined,
    dataDir: config.dataDir,
    bootId: config.bootId ?? undefined,
    onWarning: (message) => observe({ type: 'store_degraded', message }),
    onLockLost: (message) => {
      process.stderr.write(`${message}\n`)
      process.exit(1)
    },
  })
  const recovered = database.embedded?.recovered ?? 'not needed'
  observe({ type: 'store_opened', mode: database.mode, recovered, tookMs: Math.round(clock.monotonic() - begin) })
  for (const message of database.embedded?.notes ?? []) observe({ type: 'store_degraded', message })
  return { database, lock }
}

interface OrganizationMoney {
  organizationId: string
  credits: bigint
  settled: bigint
}

/** Everything that must be in the database before anything is served: first rows, prices, what the last run still owed. */
async function prepareStore(
  database: Database,
  { config, catalogue, observe }: { config: Config; catalogue: Catalogue; observe: Observe },
): Promise<{ money: OrganizationMoney[]; setUpToken: string | null }> {
  const db = database.kysely
  const now = clock.now()
  const isPrepaid = config.billing === 'prepaid'
  const { organizationId, setupToken } = await bootstrap(db, {
    secret: config.secret ?? (await localSecret(config.dataDir)),
    managementKey: config.managementKey,
    initialCredits: isPrepaid ? config.initialCreditsNanoUsd : 0n,
    now,
  })
  await ensureGenerationPartitions(db, now)
  await insertPriceBook(db, { version: catalogue.priceVersion, prices: pricesOf(catalogue), now })
  // What the journal may owe belongs to this organization: after this no power loss can make another one. Also after a kill,
  // because it may have hit a first start before it came to this line.
  if (database.embedded !== undefined && database.embedded.recovered !== 'clean') await database.embedded.snapshot('')
  const replay = readJournal(journalDirectory(config))
  await replayJournal(db, replay, { isPrepaid, encode: (record) => jsonOf(encodeDone(encodeOpen(record), record)) })
  const { done, unfinished, skippedLines } = replay
  if (done.length + unfinished.length > 0) {
    observe({ type: 'journal_replayed', posted: done.length, padded: unfinished.length, skippedLines })
  }
  const money = [{ organizationId, ...(await loadOrganizationMoney(db, organizationId)) }]
  return { money, setUpToken: setupToken }
}

interface Gateway {
  parts: GatewayParts
  feed: ChangeFeed
  upstream: UpstreamPools
  snapshots: SnapshotLoop | undefined
}

async function createGateway(
  { database, lock }: Store,
  context: { config: Config; observe: Observe; catalogue: Catalogue; money: OrganizationMoney[] },
): Promise<Gateway> {
  const { config, observe, money } = context
  const db = database.kysely
  const snapshot = new Snapshot(context.catalogue)
  const isPrepaid = config.billing === 'prepaid'
  const credits = new Map(money.map((row) => [row.organizationId, row.credits]))
  const meter = new Meter({ now: clock.now, creditsOf: (id) => (isPrepaid ? (credits.get(id) ?? 0n) : null) })
  for (const { organizationId, settled } of money) meter.setOrganizationSpend(organizationId, settled)
  const loadKey: LoadKey = (hash) => findKey(db, hash, clock.now())
  const keys = new KeyDirectory({ snapshot, meter, load: loadKey, clock })
  const loadWorkspace = (id: string) => findWorkspace(db, id)
  const feed = new ChangeFeed({
    db,
    pollMs: CHANGE_POLL_MS,
    observe,
    apply: (changes) => applyChanges({ snapshot, keys, meter, loadKey, loadWorkspace }, changes),
  })
  await feed.begin()
  for (const workspace of await loadWorkspaces(db)) snapshot.putWorkspace(workspace)
  for (const { key, spend } of await loadKeys(db, clock.now(), config.snapshotKeysMax)) {
    meter.addKey(key.hash, spend)
    snapshot.putKey(key)
  }
  const journal = new Journal({
    directory: journalDirectory(config),
    sync: config.journalSync,
    segmentBytesMax: JOURNAL_SEGMENT_BYTES_MAX,
    onFailure: (error) => observe({ type: 'journal_failed', message: error.message }),
    onRecovery: () => observe({ type: 'journal_recovered' }),
  })
  const isDurableAtCommit = database.embedded === undefined
  const flush = new FlushLoop({
    post: (records) => postGenerations(db, records, isPrepaid),
    observe,
    intervalMs: config.flushIntervalMs,
    onPosted: () => isDurableAtCommit && journal.discardBefore(journal.postedThrough),
  })
  const upstream = new UpstreamPools({
    connectTimeoutMs: config.upstreamConnectTimeoutMs,
    headersTimeoutMs: config.upstreamHeadersTimeoutMs,
    idleTimeoutMs: config.upstreamIdleTimeoutMs,
    connectionsMax: UPSTREAM_CONNECTIONS_MAX,
    egress: { allowedCidrs: config.egressAllowedCidrs },
  })
  const parts: GatewayParts = {
    clock,
    snapshot,
    keys,
    meter,
    journal,
    flush,
    upstream,
    observe,
    largeBodies: new LargeBodyParser(),
    settings: {
      bodyBytesMax: config.bodyBytesMax,
      holdWaitMs: config.holdWaitMs,
      requestDeadlineMs: config.requestDeadlineMs,
      keepAliveCommentMs: config.keepAliveCommentMs,
      publicUrl: publicUrlOf(config, config.port),
      replicaId: REPLICA_ID,
      unflushedMax: UNFLUSHED_MAX,
    },
    findBuiltInModel: (id) => (config.isSimOn ? findSimModel(id) : undefined),
    maySpend: () => lock === undefined || lock.isHeld(),
  }
  return { parts, feed, upstream, snapshots: startSnapshots(database, parts, config) }
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

/** Opens the port and keeps everything going until a signal. Returns the URL that clients use. */
async function serve(gateway: Gateway, context: { config: Config; store: Store; observe: Observe }): Promise<string> {
  const { parts, feed, snapshots } = gateway
  const { config, store, observe } = context
  const http = new HttpServer(parts)
  let isServing = false
  const invoke = createInvoke({
    db: store.database.kysely,
    clock,
    handlers: HANDLERS,
    catalogue: () => parts.snapshot.catalogue,
    onCommitted: async () => {
      snapshots?.changed()
      await feed.catchUp()
    },
    waitForFlush: () => parts.flush.waitUntilPosted(FLUSH_WAIT_MS),
  })
  const app = await createHttpApp({
    invoke,
    authenticate: (authorization) => authenticateActor(authorization, parts.keys, clock.now()),
    observe,
    clock,
    isReady: () => isServing && parts.maySpend(),
    publicUrl: parts.settings.publicUrl,
    serverFactory: http.serverFactory,
  })
  await app.ready()
  const catchUp = () => void feed.catchUp().catch(() => {})
  await store.database.listen(CHANGE_CHANNEL, { onNotify: catchUp, onReconnect: catchUp })
  feed.startPolling()
  setInterval(
    () => void ensureGenerationPartitions(store.database.kysely, clock.now()).catch(() => {}),
    PARTITION_CHECK_MS,
  ).unref()
  await new Promise<void>((resolve, reject) => {
    http.server.once('error', reject)
    http.server.listen(config.port, config.host, resolve)
  })
  isServing = true
  stopOnSignal(async (signal) => {
    isServing = false
    observe({ type: 'stopping', signal })
    await stop(gateway, { ...context, http })
    observe({ type: 'stopped' })
  })
  return publicUrlOf(config, (http.server.address() as AddressInfo).port)
}

async function stop(
  { parts, feed, upstream, snapshots }: Gateway,
  { config, store, http }: { config: Config; store: Store; http: HttpServer },
): Promise<void> {
  await http.drain(config.drainMs)
  // What still runs loses its provider, and has a moment to settle and to be recorded.
  await upstream.close()
  await http.drain(SETTLE_MS)
  http.server.closeAllConnections()
  feed.stop()
  await snapshots?.stop()
  await parts.flush.stop(STOP_FLUSH_MS)
  parts.journal.rotate()
  const mark = String(parts.journal.postedThrough)
  await parts.journal.close()
  await store.database.close(mark)
  await store.lock?.release()
}

function journalDirectory(config: Config): string {
  const directory = join(config.dataDir, 'journal', REPLICA_ID)
  mkdirSync(directory, { recursive: true })
  return directory
}

/** The root of sealing keys when none is given: made once, readable by its owner alone, and synced, because a database that
 *  outlives it would never open again. */
async function localSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret')
  if (!existsSync(path)) await writeDurably(path, randomBytes(32).toString('hex'))
  return readFileSync(path, 'utf8').trim()
}
