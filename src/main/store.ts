import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { pricesOf } from '../domain/build-catalogue.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import { readJournal } from '../gateway/journal/journal.ts'
import { encodeDone, encodeOpen, jsonOf } from '../gateway/journal/journal-record.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { newUuid } from '../platform/ids.ts'
import { bootstrap } from '../store/bootstrap.ts'
import { openStore as openInstalled, type Store } from '../store/open-store.ts'
import { ensureGenerationPartitions } from '../store/partitions.ts'
import { insertPriceBook } from '../store/price-book.ts'
import { replayJournal } from '../store/replay-journal.ts'

export const REPLICA_ID = 'main-0'
/** This process among all that there ever were. */
export const PROCESS_ID = newUuid()

export async function openStore(config: Config, observe: Observe): Promise<Store> {
  const begin = clock.monotonic()
  const store = await openInstalled(config, { onWarning: (message) => observe({ type: 'store_degraded', message }) })
  const { mode, embedded } = store.database
  const recovered = embedded?.recovered ?? 'not needed'
  observe({ type: 'store_opened', mode, recovered, tookMs: Math.round(clock.monotonic() - begin) })
  for (const message of embedded?.notes ?? []) observe({ type: 'store_degraded', message })
  return store
}

/** Everything that must be in the database before anything is served: first rows, prices, what the last run still owed. */
export async function prepareStore(
  { database, secrets }: Store,
  { config, catalogue, observe }: { config: Config; catalogue: Catalogue; observe: Observe },
): Promise<{ setUpToken: string | null; auditKey: Buffer }> {
  const db = database.kysely
  const now = clock.now()
  const isPrepaid = config.billing === 'prepaid'
  const { setupToken, installation } = await bootstrap(db, {
    secrets,
    managementKey: config.managementKey,
    initialCredits: isPrepaid ? config.initialCreditsNanoUsd : 0n,
    now,
  })
  await ensureGenerationPartitions(db, now)
  await insertPriceBook(db, { version: catalogue.priceVersion, prices: pricesOf(catalogue), now })
  const { auditKey, isRotated, rewrapped } = installation
  // What the journal may owe belongs to this organization: after this no power loss can make another one. Also after a kill,
  // because it may have hit a first start before it came to this line. And none brings the secret before back.
  if (database.embedded !== undefined && (database.embedded.recovered !== 'clean' || isRotated))
    await database.embedded.snapshot('')
  if (isRotated || rewrapped > 0) observe({ type: 'secret_rotated', rewrappedKeys: rewrapped })
  const replay = readJournal(journalDirectory(config))
  await replayJournal(db, replay, { isPrepaid, encode: (record) => jsonOf(encodeDone(encodeOpen(record), record)) })
  const { done, unfinished, skippedLines } = replay
  if (done.length + unfinished.length > 0) {
    observe({ type: 'journal_replayed', posted: done.length, padded: unfinished.length, skippedLines })
  }
  return { setUpToken: setupToken, auditKey }
}

export function journalDirectory(config: Config): string {
  const directory = join(config.dataDir, 'journal', REPLICA_ID)
  mkdirSync(directory, { recursive: true })
  return directory
}
