import type { Config } from '../config/config.ts'
import type { HealthStore } from '../domain/endpoint-trials.ts'
import { RepeatLoop } from '../jobs/repeat-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import type { Database } from '../store/database.ts'
import { createHealthStore } from '../store/endpoint-health.ts'
import { HealthBook } from '../upstream/health/health-book.ts'
import { PROCESS_ID } from './store.ts'

const EXCHANGE_MS = 60_000

export interface Health {
  book: HealthBook
  /** Exchanges what is known with other processes once a minute. */
  loop: { stop(): Promise<void> }
}

/** Reads how endpoints have fared until now. What can't be read or told is missed by nobody but statistics. */
export async function startHealth({ kysely }: Database, parts: { config: Config; observe: Observe }): Promise<Health> {
  const { config, observe } = parts
  const book = new HealthBook({ clock, cooldownMs: config.breakerCooldownMs })
  const store = createHealthStore(kysely, PROCESS_ID)
  const onFailure = (message: string) => observe({ type: 'health_exchange_failed', message })
  await book.load(store)
  const loop = new RepeatLoop({ intervalMs: EXCHANGE_MS, run: () => book.exchange(store), onFailure })
  return { book, loop: { stop: () => stop(loop, { book, store, onFailure }) } }
}

async function stop(
  loop: RepeatLoop,
  { book, onFailure, store }: { book: HealthBook; store: HealthStore; onFailure: (message: string) => void },
): Promise<void> {
  await loop.stop()
  try {
    await book.postAll(store)
  } catch (error) {
    onFailure(error instanceof Error ? error.message : String(error))
  }
}
