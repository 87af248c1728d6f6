import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, publicUrlOf } from '../config/config.ts'
import type { TlsPair } from '../config/load-tls-pair.ts'
import type { Outside } from '../control/context.ts'
import { HANDLERS } from '../control/handlers.ts'
import { type Control, type ControlParts, createControl } from '../control/invoke.ts'
import { LongReads } from '../control/long-reads.ts'
import { PublicCalls } from '../control/public-calls.ts'
import { WriterTurns } from '../control/writer-turns.ts'
import { PROTOCOLS } from '../dialects/protocols.ts'
import { createHttpApp } from '../http/app.ts'
import { DEGRADED_MODES, type DegradedMode } from '../http/http-parts.ts'
import { createInnerInference } from '../http/inner-inference.ts'
import { HttpServer } from '../http/server.ts'
import type { AuditHeadLoop } from '../jobs/audit-head-loop.ts'
import { BroadcastMetrics } from '../jobs/broadcast/broadcast-metrics.ts'
import type { CatalogueRefreshLoop } from '../jobs/catalogue-refresh-loop.ts'
import { createMailDelivery } from '../jobs/deliver-mail.ts'
import { OutboxLoop } from '../jobs/outbox-loop.ts'
import type { Samples, SuppliedMetric } from '../observe/metrics.ts'
import type { Observe } from '../observe/observation.ts'
import type { ObservationCounts } from '../observe/observation-counts.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { hashSecretKey } from '../platform/secret-key.ts'
import { stopOnSignal } from '../platform/stop-on-signal.ts'
import type { Store } from '../store/open-store.ts'
import { ensureGenerationPartitions } from '../store/partitions.ts'
import { type Alerts, startAlerts } from './alerts.ts'
import { createAuditHeads } from './audit-heads.ts'
import { createDestinationProbe, startBroadcast } from './broadcast.ts'
import { startPages } from './built-pages.ts'
import { followCertificate } from './certificate.ts'
import { egressOf, type Gateway } from './gateway.ts'
import { restrictionsOf } from './guardrails.ts'
import { startIdentity } from './identity.ts'
import { type KeyRotation, startKeyRotation } from './key-rotation.ts'
import { type Payments, startPayments } from './payments.ts'
import { freeModelsToday, type Rates } from './rates.ts'
import type { Tracing } from './tracing.ts'

const PARTITION_CHECK_MS = 6 * 3_600_000
const FLUSH_WAIT_MS = 1_000
const STOP_FLUSH_MS = 10_000
const SETTLE_MS = 1_000
/** Until those who spread requests over replicas have seen that this one isn't ready. */
const UNREADY_MS = 2_000
/** How long connections that carry nothing are left open after that, where others can serve those who come back. */
const IDLE_MS = 3_000

/** Opens the port and keeps everything going until a signal. Returns the URL that clients use. */
export async function serve(
  gateway: Gateway,
  context: {
    config: Config
    store: Store
    observe: Observe
    counts: ObservationCounts
    auditKey: Buffer
    rates: Rates
    tracing: Tracing
    refresh: CatalogueRefreshLoop | undefined
    certificate: TlsPair | undefined
  },
): Promise<string> {
  const { parts, feed, follower, snapshots } = gateway
  const { config, store, observe, auditKey } = context
  const http = new HttpServer(parts, { certificate: context.certificate, servesModels: config.role !== 'control' })
  let isServing = false
  const outbox = createMailOutbox(context)
  const { loop: auditHeads, ...audit } = createAuditHeads(store, { config, auditKey, snapshots, observe })
  let rotation: KeyRotation | undefined
  let errands: Errands = {}
  const control = createControl({
    db: store.database.kysely,
    clock,
    handlers: HANDLERS,
    ...memoryOf(gateway),
    ...audit,
    bootstrapKeyHash: config.managementKey === null ? null : hashSecretKey(config.managementKey),
    sealer: store.sealer,
    roleCaps: config.roleCaps,
    ...crowdControl(),
    outside: outsideOf(config, parts.settings.publicUrl),
    onCommitted: async () => {
      snapshots?.changed()
      await feed.catchUp()
    },
    onQueued: () => [outbox, rotation, errands.payments, errands.alerts].forEach((loop) => void loop?.wake()),
  })
  const traces = new BroadcastMetrics({ clock, isRead: config.metricsToken !== null })
  const app = await createHttpApp({
    ...control,
    ...startIdentity({ ...context, control, parts, onMail: () => outbox.wake() }),
    infer: createInnerInference((request, response) => http.infer(request, response, PROTOCOLS.chat)),
    observe,
    clock,
    trustedProxies: parts.settings.trustedProxies,
    role: config.role,
    isReady: () => isServing && parts.leases.isFresh && !parts.isCutOff(),
    degraded: () => degradedModes(context, follower),
    unflushedCount: () => parts.flush.pendingCount,
    unconfirmedLeaseCount: gateway.leases.unconfirmedCount,
    samples: () => samplesOf(gateway, context, traces),
    publicUrl: parts.settings.publicUrl,
    ...surfaceOf(context),
    serverFactory: http.serverFactory,
    receivePayment: () => errands.payments?.receive,
  })
  await app.ready()
  await follower.start()
  await gateway.leases.start(() => follower.isUnnotified())
  rotation = startKeyRotation({ ...context, control, firstUses: gateway.firstUses })
  errands = await startErrands({ ...context, control, outbox, metrics: traces }, parts.settings.publicUrl)
  auditHeads.start()
  keepPartitions(store)
  await listen(http, config, observe)
  isServing = true
  stopOnSignal(async (signal) => {
    isServing = false
    observe({ type: 'stopping', signal })
    await Promise.all([rotation, ...Object.values(errands)].map((loop) => loop?.stop()))
    await stop(gateway, { ...context, http, outbox, auditHeads })
    observe({ type: 'stopped' })
  })
  return publicUrlOf(config, (http.server.address() as AddressInfo).port)
}

interface Errands {
  payments?: Payments | undefined
  alerts?: Alerts
  broadcast?: ReturnType<typeof startBroadcast>
}

/** What somebody has to carry to others, and a process that serves models alone leaves to those that don't. */
async function startErrands(
  context: {
    config: Config
    store: Store
    observe: Observe
    control: Control
    outbox: OutboxLoop
    metrics: BroadcastMetrics
  },
  publicUrl: string,
): Promise<Errands> {
  const { outbox } = context
  if (context.config.role === 'gateway') return {}
  outbox.start()
  return {
    payments: await startPayments(context, publicUrl),
    alerts: await startAlerts({ ...context, onMail: () => outbox.wake() }),
    broadcast: startBroadcast(context),
  }
}

/** What keeps callers from being in each other's way. */
function crowdControl() {
  return { publicCalls: new PublicCalls(), longReads: new LongReads(), writerTurns: new WriterTurns() }
}

/** What is not known where metrics are put together. */
function samplesOf(
  gateway: Gateway,
  { counts, tracing }: { counts: ObservationCounts; tracing: Tracing },
  broadcast: BroadcastMetrics,
): Pick<Samples, SuppliedMetric> {
  return { ...counts.samples(), ...broadcast.samples(), ...tracing.samples(), ...restingEndpoints(gateway) }
}

function restingEndpoints({ parts }: Gateway): Pick<Samples, 'switchyard_resting_endpoints'> {
  const { failures, rate } = parts.health.countResting()
  const samples = [
    { labels: { reason: 'failures' }, value: failures },
    { labels: { reason: 'rate' }, value: rate },
  ]
  return { switchyard_resting_endpoints: samples }
}

function surfaceOf({ config, observe }: { config: Config; observe: Observe }) {
  return {
    metricsToken: config.metricsToken,
    ...startPages(config.role === 'gateway' ? 'off' : config.dashboard, observe),
  }
}

function degradedModes(
  { rates, refresh }: { rates: Rates; refresh: CatalogueRefreshLoop | undefined },
  follower: Gateway['follower'],
): DegradedMode[] {
  const modes = {
    rate_limits: !rates.areShared(),
    database: follower.isDatabaseAway(),
    notifications: follower.isUnnotified(),
    catalogue: refresh?.isFailing === true,
  }
  return DEGRADED_MODES.filter((mode) => modes[mode])
}

type Memory =
  | 'recallPool'
  | 'catalogue'
  | 'restrictionsOf'
  | 'figuresOf'
  | 'filterTexts'
  | 'checkRequest'
  | 'freeModelsToday'
  | 'whenFelt'
  | 'waitForFlush'

/** What management asks of the gateway beside it. */
function memoryOf({ leases, parts, follower }: Gateway): Pick<ControlParts, Memory> {
  return {
    catalogue: (standpoint) => parts.snapshot.catalogues.seenFrom(standpoint),
    restrictionsOf: (actor) => restrictionsOf(parts.snapshot, actor),
    figuresOf: (endpointId) => parts.health.figuresOf(endpointId),
    filterTexts: (set, texts) => parts.filters.run(set, texts),
    checkRequest: async (set, request) => await parts.filters.check(set, request),
    freeModelsToday: (organizationId) => freeModelsToday(parts, organizationId),
    recallPool: leases.recallPool,
    whenFelt: (versions) => follower.whenFelt(versions),
    waitForFlush: async () => {
      await Promise.all(
        [parts.flush, parts.contents, parts.refusals, parts.rules].map((queue) => queue.waitUntilPosted(FLUSH_WAIT_MS)),
      )
    },
  }
}

function outsideOf(config: Config, publicUrl: string): Outside {
  const { geoipFile, smtpUrl, stripe } = config
  return {
    publicUrl,
    isMailOn: smtpUrl !== null,
    isStripeOn: stripe !== null,
    knowsCountries: geoipFile !== null,
    egress: egressOf(config),
    probeDestination: createDestinationProbe(config),
  }
}

function keepPartitions({ database }: Store): void {
  const ensure = () => void ensureGenerationPartitions(database.kysely, clock.now()).catch(() => {})
  setInterval(ensure, PARTITION_CHECK_MS).unref()
}

function listen(http: HttpServer, config: Config, observe: Observe): Promise<void> {
  const { server } = http
  const { host, port } = config
  followCertificate(http, config, observe)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

function createMailOutbox({ config, observe, store }: { config: Config; store: Store; observe: Observe }): OutboxLoop {
  const { smtpFrom, smtpUrl } = config
  return new OutboxLoop({
    db: store.database.kysely,
    sealer: store.sealer,
    clock,
    observe,
    deliverers: smtpUrl === null ? {} : { mail: createMailDelivery({ smtpUrl, from: smtpFrom }) },
    random: Math.random,
  })
}

async function stop(
  { parts, follower, upstream, leases, snapshots, loops }: Gateway,
  context: {
    config: Config
    store: Store
    rates: Rates
    tracing: Tracing
    refresh: CatalogueRefreshLoop | undefined
    http: HttpServer
    outbox: OutboxLoop
    auditHeads: AuditHeadLoop
  },
): Promise<void> {
  const { config, store, http, outbox, auditHeads, rates } = context
  await context.refresh?.stop()
  http.beginDraining()
  const isOneOfSeveral = await follower.hasOthers()
  if (isOneOfSeveral) await sleep(UNREADY_MS)
  await http.drain(config.drainMs, isOneOfSeveral ? IDLE_MS : 0)
  // What still runs loses its provider, and has a moment to settle and to be recorded.
  await upstream.close()
  await http.drain(SETTLE_MS, 0)
  http.server.closeAllConnections()
  const tracesSent = context.tracing.stop()
  await follower.stop()
  await rates.stop()
  await outbox.stop()
  await snapshots?.stop()
  for (const loop of loops) await loop.stop()
  await parts.refusals.stop()
  await parts.rules.stop()
  await parts.security.stop()
  await parts.contents.stop()
  await parts.idempotency.stop()
  await parts.flush.stop(STOP_FLUSH_MS)
  await leases.stop()
  parts.journal.rotate()
  const noteAuditHeads = await auditHeads.stop()
  const mark = String(parts.journal.postedThrough)
  await parts.journal.close()
  await store.database.close(mark)
  await tracesSent
  await noteAuditHeads()
  await store.lock?.release()
}
