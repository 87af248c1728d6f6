import type { Config } from '../config/config.ts'
import { fairShare } from '../domain/rate-window.ts'
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
import { openSharedCounts } from '../store/redis/shared-counts.ts'
import { PROCESS_ID } from './store.ts'

const BEAT_MS = 1_000
const LOOK_MS = 2_000

export interface Rates {
  rates: RateLimiter
  concurrency: ConcurrencyLimiter
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
  const parts = { rates: new MemoryRates(clock, shareOf), concurrency: new InFlight(shareOf), areShared: () => true }
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
  const concurrency = new SharedInFlight({
    state: counts.stateInFlight,
    isShared: () => rates.isShared,
    shareOf: (limit) => rates.shareOf(limit),
    timeoutMs: redisTimeoutMs,
  })
  const beat = async () => {
    await rates.beat()
    await concurrency.beat()
    // One that has not reached Redis since its start would take itself for the only one.
    if (!rates.isShared && database.embedded === undefined)
      rates.noteReplicas(await placeAmongFollowers(database.kysely, PROCESS_ID))
  }
  const loop = new RepeatLoop({ intervalMs: BEAT_MS, run: beat, onFailure: () => {} })
  const stop = async () => {
    await loop.stop()
    await counts.close()
  }
  return { rates, concurrency, areShared: () => rates.isShared, stop }
}
