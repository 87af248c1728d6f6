import type { Config } from '../config/config.ts'
import { type ConcurrencyLimiter, InFlight, SharedInFlight } from '../gateway/limits/in-flight.ts'
import { MemoryRates } from '../gateway/limits/memory-rates.ts'
import type { RateLimiter } from '../gateway/limits/rate-limiter.ts'
import { SharedRates } from '../gateway/limits/shared-rates.ts'
import { RepeatLoop } from '../jobs/repeat-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { newUuid } from '../platform/ids.ts'
import { readInstallationId } from '../store/installation.ts'
import type { Store } from '../store/open-store.ts'
import { openSharedCounts } from '../store/redis/shared-counts.ts'

const BEAT_MS = 1_000

export interface Rates {
  rates: RateLimiter
  concurrency: ConcurrencyLimiter
  /** False while replicas should count together and can't. */
  areShared: () => boolean
  stop: () => Promise<void>
}

/** Rates in memory, or with `REDIS_URL` counted together with the other replicas of the installation. */
export async function startRates(
  { database }: Pick<Store, 'database'>,
  { config, observe }: { config: Config; observe: Observe },
): Promise<Rates> {
  const { redisTimeoutMs, redisUrl } = config
  if (redisUrl === null) {
    const stop = async () => {}
    return { rates: new MemoryRates(clock), concurrency: new InFlight(), areShared: () => true, stop }
  }
  // The braces keep the names of an installation together in a cluster.
  const installationId = await readInstallationId(database.kysely)
  const counts = openSharedCounts(redisUrl, { prefix: `switchyard:{${installationId}}:`, replicaId: newUuid() })
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
  }
  const loop = new RepeatLoop({ intervalMs: BEAT_MS, run: beat, onFailure: () => {} })
  const stop = async () => {
    await loop.stop()
    await counts.close()
  }
  return { rates, concurrency, areShared: () => rates.isShared, stop }
}
