import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { pricesOf } from '../domain/build-catalogue.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import { readJournal } from '../gateway/journal/journal.ts'
import { wholeJsonOf } from '../gateway/journal/journal-record.ts'
import { sessionKeysOf } from '../identity/session-cookie.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { newUuid } from '../platform/ids.ts'
import { hashPassword } from '../platform/password.ts'
import { bootstrap } from '../store/bootstrap.ts'
import { writeDurably } from '../store/embedded/durable-file.ts'
import { openStore as openInstalled, type Store } from '../store/open-store.ts'
import { ensureGenerationPartitions } from '../store/partitions.ts'
import { insertPriceBook } from '../store/price-book.ts'
import { needsSetUp } from '../store/queries/set-up.ts'
import { replayJournal } from '../store/replay-journal.ts'

/** Where journals were before replicas had names of their own. */
const FIRST_REPLICA_ID = 'main-0'
const NAME_FILE = 'name'
/** This process among all that there ever were. */
export const PROCESS_ID = newUuid()

export async function openStore(config: Config, observe: Observe): Promise<Store> {
  const begin = clock.monotonic()
  const store = await openInstalled(config, { onWarning: (message) => observe({ type: 'store_degraded', message }) })
  const { mode, embedded, migrated } = store.database
  const recovered = embedded?.recovered ?? 'not needed'
  observe({ type: 'store_opened', mode, recovered, migrated, tookMs: Math.round(clock.monotonic() - begin) })
  for (const message of embedded?.notes ?? []) observe({ type: 'store_degraded', message })
  return store
}

/** Everything that must be in the database before anything is served: first rows, prices, what the last run still owed. */
export async function prepareStore(
  store: Store,
  { config, catalogue, observe }: { config: Config; catalogue: Catalogue; observe: Observe },
): Promise<{ setUpToken: string | null; auditKey: Buffer }> {
  const { database, secrets } = store
  const db = database.kysely
  const now = clock.now()
  const isPrepaid = config.billing === 'prepaid'
  const firstAdmin = await readFirstAdmin(store, config, observe)
  const { setupToken, installation } = await bootstrap(db, {
    firstAdmin,
    secrets,
    managementKey: config.managementKey,
    initialCredits: isPrepaid ? config.initialCreditsNanoUsd : 0n,
    now,
  })
  await ensureGenerationPartitions(db, now)
  await insertPriceBook(db, { version: catalogue.priceVersion, prices: pricesOf(catalogue), now })
  const { auditKey, isRotated, rewrapped } = installation
  const renewed = await renewFactors(store)
  // What the journal may owe belongs to this organization: after this no power loss can make another one. Also after a kill,
  // because it may have hit a first start before it came to this line. And none brings the secret before back.
  const hasChanged = isRotated || renewed > 0
  if (database.embedded !== undefined && (database.embedded.recovered !== 'clean' || hasChanged))
    await database.embedded.snapshot('')
  if (isRotated || rewrapped > 0) observe({ type: 'secret_rotated', rewrappedKeys: rewrapped })
  const replay = readJournal(journalDirectory(config, store))
  await replayJournal(db, replay, { isPrepaid, encode: wholeJsonOf })
  const { done, unfinished, skippedLines } = replay
  if (done.length + unfinished.length > 0) {
    observe({ type: 'journal_replayed', posted: done.length, padded: unfinished.length, skippedLines })
  }
  return { setUpToken: setupToken, auditKey }
}

/** While the secret is being changed. What does it isn't loaded otherwise. */
async function renewFactors({ database, secrets }: Store): Promise<number> {
  if (secrets.previous === null) return 0
  const { renewSecondFactors } = await import('../identity/renew-second-factors.ts')
  return await renewSecondFactors(database.kysely, sessionKeysOf(secrets))
}

/** Whom the settings name, while there is nobody. Hashing takes long, so it is done where it is needed and in no transaction. */
async function readFirstAdmin({ database }: Store, { firstAdmin }: Config, observe: Observe) {
  if (firstAdmin === null) return null
  const { email, password } = firstAdmin
  if (await needsSetUp(database.kysely)) return { email, passwordHash: await hashPassword(password) }
  const message = 'SWITCHYARD_ADMIN_EMAIL and SWITCHYARD_ADMIN_PASSWORD are ignored: there are people already'
  observe({ type: 'configuration_warning', message })
  return null
}

/** The place that processes with this data directory follow each other in. */
export function replicaIdOf({ instanceId }: Store): string {
  return `${instanceId}-0`
}

export function journalDirectory({ dataDir }: Config, store: Store): string {
  const directory = join(dataDir, 'journal', replicaIdOf(store))
  const before = join(dataDir, 'journal', FIRST_REPLICA_ID)
  if (existsSync(before) && !existsSync(directory)) renameSync(before, directory)
  mkdirSync(directory, { recursive: true })
  return directory
}

/** What a journal is called as long as nothing in it can have been lost: openings aren't synced, so a restart of the machine
 *  gives it another name, and so does a lost directory. */
export async function journalName(directory: string, { bootId }: Store): Promise<string> {
  const path = join(directory, NAME_FILE)
  if (!existsSync(path)) await writeDurably(path, randomUUID())
  return `${readFileSync(path, 'utf8').trim()}/${bootId}`
}
