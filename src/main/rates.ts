import type { Config } from '../config/config.ts'
import type { FreeModelsToday } from '../control/context.ts'
import { isFree } from '../domain/pricing.ts'
import { fairShare } from '../domain/rate-window.ts'
import { toDate } from '../domain/windows.ts'
import type { GatewayParts } from '../gateway/inference.ts'
import { DailyQuota } from '../gateway/limits/daily-quota.ts'
import { type ConcurrencyLimiter, InFlight, SharedInFlight } from '../gateway/limits/in-flight.ts'
import { MemoryRates } from '../gateway/limits/memory-rates.ts'
import type { RateLimiter } from '../gateway/limits/rate-limiter.ts'
import { SharedRates } from '../gateway/limits/shared-rates.ts'
import type { Replicas } from '../gateway/ports.ts'
import { RepeatLoop } from '../jobs/repeat-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Database } from '../store/database.ts'
import { placeAmongFollowers } from '../store/followers.ts'
import { readInstallationId } from '../store/installation.ts'
import type { Store } from '../store/open-store.ts'
import { listActivityRows } from '../store/queries/activity.ts'
import type { Db } from '../store/schema.ts'
import { PROCESS_ID } from './store.ts'

const EVERYTHING = { workspaceIds: 'all', ownOnlyIn: [], userId: null } as const
const BEAT_MS = 1_000
const LOOK_MS = 2_000

export interface Rates {
  rates: RateLimiter
  concurrency: ConcurrencyLimiter
  freeModels: DailyQuota
  /** False while replicas should count together and can't. */
  areShared: () => boolean
  stop: () => Promise<void>
}

/** Rates in memory. Processes that share a database, and can't count together, have one part each of every limit. */
async function startAlone({ embedded, kysely }: Database, observe: Observe): Promise<Rates> {
  let place: Replicas = { count: 1, rank: 0 }
  const look = async () => {
    const seen = await placeAmongFollowers(kysely, PROCESS_ID)
    if (seen.count !== place.count) observe({ type: 'rates_divided', replicas: seen.count })
    place = seen
  }
  const shareOf = (limit: number) => fairShare(limit, place)
  const parts = {
    rates: new MemoryRates(clock, shareOf),
    concurrency: new InFlight(shareOf),
    freeModels: new DailyQuota({ clock, shareOf }),
    areShared: () => true,
  }
  if (embedded !== undefined) return { ...parts, stop: async () => {} }
  await look()
  // What it saw last stands while the database is away.
  const loop = new RepeatLoop({ intervalMs: LOOK_MS, run: look, onFailure: () => {} })
  return { ...parts, stop: () => loop.stop() }
}

/** Rates in memory, or with `REDIS_URL` counted together with the other replicas of the installation. */
export async function startRates(
  { database }: Pick<Store, 'database'>,
  { config, observe }: { config: Config; observe: Observe },
): Promise<Rates> {
  const { redisTimeoutMs, redisUrl } = config
  if (redisUrl === null) return await startAlone(database, observe)
  const { openSharedCounts } = await import('../store/redis/shared-counts.ts')
  // The braces keep the names of an installation together in a cluster.
  const installationId = await readInstallationId(database.kysely)
  const counts = openSharedCounts(redisUrl, { prefix: `switchyard:{${installationId}}:`, replicaId: PROCESS_ID })
  const rates = new SharedRates({
    ask: counts.ask,
    meet: counts.meet,
    clock,
    observe,
    timeoutMs: redisTimeoutMs,
  })
  await counts.opened
  await rates.beat()
  const isShared = () => rates.isShared
  const shareOf = (limit: number) => rates.shareOf(limit)
  const timeoutMs = redisTimeoutMs
  const concurrency = new SharedInFlight({ state: counts.stateInFlight, isShared, shareOf, timeoutMs })
  const freeModels = new DailyQuota({ clock, shareOf, shared: { ask: counts.askDaily, isShared, timeoutMs } })
  const beat = async () => {
    await rates.beat()
    await concurrency.beat()
    await freeModels.beat()
    // One that has not reached Redis since its start would take itself for the only one.
    if (!rates.isShared && database.embedded === undefined)
      rates.noteReplicas(await placeAmongFollowers(database.kysely, PROCESS_ID))
  }
  const loop = new RepeatLoop({ intervalMs: BEAT_MS, run: beat, onFailure: () => {} })
  const stop = async () => {
    await loop.stop()
    await counts.close()
  }
  return { rates, concurrency, freeModels, areShared: isShared, stop }
}

/** What of it the request path uses. */
export function limitersOf({
  concurrency,
  freeModels,
  rates,
}: Rates): Pick<Rates, 'concurrency' | 'freeModels' | 'rates'> {
  return { concurrency, freeModels, rates }
}

/** What an organization may send to free models today, and has sent. */
export async function freeModelsToday(
  { freeModels, snapshot }: Pick<GatewayParts, 'freeModels' | 'snapshot'>,
  organizationId: string,
): Promise<FreeModelsToday> {
  const organization = snapshot.findOrganization(organizationId)
  const limit = organization?.freeModelsPerDay ?? null
  const hasBoughtCredits = organization?.hasBoughtCredits === true
  return { limit, used: limit === null ? 0 : await freeModels.used(organizationId), hasBoughtCredits }
}

/** Counts what was sent to free models today before this process began. */
export async function countFreeModelsToday(
  db: Db,
  { freeModels, snapshot, findBuiltInModel }: Pick<GatewayParts, 'findBuiltInModel' | 'freeModels' | 'snapshot'>,
): Promise<void> {
  const today = toDate(clock.now())
  for (const { id, freeModelsPerDay } of snapshot.organizations()) {
    if (freeModelsPerDay === null) continue
    const { models } = snapshot.catalogues.seenFrom({ organizationId: id, workspaceIds: 'all' })
    const isCounted = ({ endpoint_id, model }: { endpoint_id: string; model: string }) => {
      const endpoints = (models.get(model) ?? findBuiltInModel(model))?.endpoints
      return endpoints?.some(({ id, prices }) => id === endpoint_id && isFree(prices)) === true
    }
    const filter = { organizationId: id, from: today, to: today, byWorkspace: false, visible: EVERYTHING }
    const used = (await listActivityRows(db, filter)).filter(isCounted)
    freeModels.seed(
      id,
      used.reduce((sum, { requests }) => sum + Number(requests), 0),
    )
  }
}
