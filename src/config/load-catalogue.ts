import { buildCatalogue, type CatalogueSource } from '../domain/build-catalogue.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import { SIM_MODELS } from '../domain/sim-models.ts'
import { type Config, ConfigError } from './config.ts'
import { readEnvironmentProviders } from './environment-providers.ts'
import { readProviderFile } from './provider-file.ts'

export interface CatalogueInput {
  config: Pick<Config, 'providerFile' | 'isSimOn'>
  env: Readonly<Record<string, string | undefined>>
  /** Picks the prices in force from the data package. */
  nowMs: number
}

/**
 * The catalogue of the config file, the provider keys in the environment and the built-in provider, in this order of
 * precedence. Throws ConfigError with the faults of all of them; nothing is changed by a load that fails.
 */
export async function loadCatalogue({
  config,
  env,
  nowMs,
}: CatalogueInput): Promise<{ catalogue: Catalogue; warnings: string[] }> {
  const [file, environment] = await Promise.allSettled([
    config.providerFile === null ? { source: NO_PROVIDERS, warnings: [] } : readProviderFile(config.providerFile, env),
    readEnvironmentProviders(env, nowMs),
  ])
  const problems = [file, environment].flatMap((result) =>
    result.status === 'rejected' ? problemsOf(result.reason) : [],
  )
  if (file.status === 'rejected' || environment.status === 'rejected') throw new ConfigError(problems)
  const sources = [file.value.source, environment.value]
  return {
    catalogue: buildCatalogue(sources, config.isSimOn ? SIM_MODELS.values() : []),
    warnings: file.value.warnings,
  }
}

const NO_PROVIDERS: CatalogueSource = { providers: [], endpoints: [] }

function problemsOf(reason: unknown): readonly string[] {
  if (reason instanceof ConfigError) return reason.problems
  throw reason
}
