import { type Config, ConfigError, readConfig, redactedConfig } from './config/config.ts'
import { loadCatalogue } from './config/load-catalogue.ts'
import { makeReload } from './config/reload-catalogue.ts'
import { watchFile } from './config/watch-file.ts'
import { pricesOf } from './domain/build-catalogue.ts'
import type { Catalogue } from './domain/catalogue.ts'
import { startCatalogueRefresh } from './main/catalogue-refresh.ts'
import { type Catalogues, createCatalogues } from './main/catalogues.ts'
import { readCertificate } from './main/certificate.ts'
import { createGateway } from './main/gateway.ts'
import { startRates } from './main/rates.ts'
import { serve } from './main/serve.ts'
import { openStore, prepareStore } from './main/store.ts'
import { startTracing } from './main/tracing.ts'
import { createLogSink } from './observe/log-sink.ts'
import type { Observe } from './observe/observation.ts'
import { ObservationCounts } from './observe/observation-counts.ts'
import { systemClock as clock } from './platform/clock.ts'
import { DirectoryLocked } from './store/embedded/directory-lock.ts'
import { DataUnreadable } from './store/embedded/recovery.ts'
import { StartRefused } from './store/installation.ts'
import { MigrationRefused } from './store/migrate.ts'
import type { Store } from './store/open-store.ts'
import { DatabaseUnreachable } from './store/postgres/open-postgres.ts'
import { insertPriceBook } from './store/price-book.ts'

/*
 * The composition root: settings in, parts made and put together, server out. Order matters: what the last run left in the
 * journal is in the database before balances are read from it, and versions are noted before the snapshot is loaded.
 */

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
  const counts = new ObservationCounts()
  const observe = counts.counting(createLogSink(config.logLevel))
  observe({ type: 'configuration', settings: redactedConfig(config) })
  for (const message of warnings) observe({ type: 'configuration_warning', message })
  const certificate = readCertificate(config, observe)
  const catalogue = await readCatalogue(config, observe)
  const store = await openStore(config, observe)
  const { setUpToken, auditKey } = await prepareStore(store, { config, catalogue, observe })
  const catalogues = createCatalogues(catalogue, store, observe)
  const rates = await startRates(store, { config, observe })
  const tracing = await startTracing(config, observe)
  const gateway = await createGateway(store, { config, observe, catalogues, rates, tracing })
  const reload = reloadOnChange(catalogues, { config, store, observe })
  const refresh = startCatalogueRefresh(config, { env: process.env, observe, reload })
  const url = await serve(gateway, { config, store, observe, counts, auditKey, rates, tracing, refresh, certificate })
  observe({ type: 'started', url, store: store.database.mode, node: process.version })
  if (setUpToken !== null && config.role !== 'gateway')
    observe({ type: 'set_up_needed', url: `${url}/setup?token=${setUpToken}` })
}

/** Loads the catalogue and tells what came of it. Throws ConfigError. */
async function readCatalogue(config: Config, observe: Observe): Promise<Catalogue> {
  const { catalogue, warnings } = await loadCatalogue({
    config,
    env: process.env,
    nowMs: clock.now(),
    publishedIn: config.catalogueRefresh === null ? null : config.dataDir,
  })
  for (const message of warnings) observe({ type: 'configuration_warning', message })
  const { models, providers, priceVersion } = catalogue
  observe({ type: 'catalogue_loaded', models: models.size, providers: providers.length, priceVersion })
  return catalogue
}

/** Takes a changed provider file over, whole or not at all, when it changes, on SIGHUP and by the function that is returned. */
function reloadOnChange(
  { replaceShared }: Catalogues,
  { config, store, observe }: { config: Config; store: Store; observe: Observe },
): () => Promise<void> {
  const reload = makeReload({
    load: async () => {
      const catalogue = await readCatalogue(config, observe)
      const book = { version: catalogue.priceVersion, prices: pricesOf(catalogue), now: clock.now() }
      await insertPriceBook(store.database.kysely, book)
      return catalogue
    },
    apply: replaceShared,
    reject: (problems) => observe({ type: 'catalogue_rejected', problems }),
  })
  process.on('SIGHUP', () => void reload())
  if (config.providerFile === null) return reload
  watchFile(
    config.providerFile,
    () => void reload(),
    (error) => {
      observe({ type: 'catalogue_rejected', problems: [error.message] })
    },
  )
  return reload
}
