import { buildCatalogue, type CatalogueSource } from '../domain/build-catalogue.ts'
import type { Catalogue } from '../domain/catalogue.ts'
import { SIM_MODELS } from '../domain/sim-models.ts'
import { type Config, ConfigError } from './config.ts'
import { readEnvironmentProviders } from './environment-providers.ts'
import { readProviderFile } from './provider-file.ts'
import { endpointsOf, readLastPublished } from './published-catalogue.ts'

export interface CatalogueInput {
  config: Pick<Config, 'providerFile' | 'isSimOn'> & Partial<Pick<Config, 'byokProviders'>>
  /** Where the last good publication of models and prices lies; null where none is asked for. */
  publishedIn?: string | null
  env: Readonly<Record<string, string | undefined>>
  /** Picks the prices in force from the data package. */
  nowMs: number
}

/**
 * The catalogue of the config file, what was published last, the provider keys in the environment and the built-in provider, in
 * this order of precedence. Throws ConfigError with the faults of all of them; nothing is changed by a load that fails.
 */
export async function loadCatalogue({
  config,
  env,
  nowMs,
  publishedIn = null,
}: CatalogueInput): Promise<{ catalogue: Catalogue; warnings: string[] }> {
  const [file, environment] = await Promise.allSettled([
    config.providerFile === null ? { source: NO_PROVIDERS, warnings: [] } : readProviderFile(config.providerFile, env),
    readEnvironmentProviders(env, nowMs, config.byokProviders),
  ])
  const problems = [file, environment].flatMap((result) =>
    result.status === 'rejected' ? problemsOf(result.reason) : [],
  )
  if (file.status === 'rejected' || environment.status === 'rejected') throw new ConfigError(problems)
  const builtIn = withoutNamesakes(environment.value, file.value.source)
  const published = publishedIn === null ? NOTHING_PUBLISHED : await readPublishedSource(publishedIn, builtIn)
  const sources = [file.value.source, published.source, builtIn]
  return {
    catalogue: buildCatalogue(sources, config.isSimOn ? SIM_MODELS.values() : []),
    warnings: [...file.value.warnings, ...published.warnings],
  }
}

/** What customers may bring a credential for is none of the file's provider of that name, which has the models that it lists. */
function withoutNamesakes({ providers, endpoints }: CatalogueSource, file: CatalogueSource): CatalogueSource {
  const taken = new Set(file.providers.map(({ slug }) => slug))
  const hidden = new Set(providers.flatMap(({ isByokOnly, slug }) => (isByokOnly && taken.has(slug) ? slug : [])))
  if (hidden.size === 0) return { providers, endpoints }
  return {
    providers: providers.filter(({ slug }) => !hidden.has(slug)),
    endpoints: endpoints.filter(({ providerSlug }) => !hidden.has(providerSlug)),
  }
}

/** One that can't be read is as good as none: what is built in holds until the next one. */
async function readPublishedSource(directory: string, builtIn: CatalogueSource) {
  try {
    const published = await readLastPublished(directory)
    if (published === undefined) return NOTHING_PUBLISHED
    return { source: { providers: [], endpoints: endpointsOf(published, builtIn) }, warnings: [] }
  } catch (error) {
    return { source: NO_PROVIDERS, warnings: [...problemsOf(error)] }
  }
}

const NO_PROVIDERS: CatalogueSource = { providers: [], endpoints: [] }
const NOTHING_PUBLISHED = { source: NO_PROVIDERS, warnings: [] as string[] }

function problemsOf(reason: unknown): readonly string[] {
  if (reason instanceof ConfigError) return reason.problems
  throw reason
}
