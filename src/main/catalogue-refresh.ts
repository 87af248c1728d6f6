import { type Config, ConfigError } from '../config/config.ts'
import { readEnvironmentProviders } from '../config/environment-providers.ts'
import { keepPublished, parsePublished, readLastPublished, reasonsAgainst } from '../config/published-catalogue.ts'
import { CatalogueRefreshLoop } from '../jobs/catalogue-refresh-loop.ts'
import type { Observe } from '../observe/observation.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { createGuardedHttp } from '../upstream/guarded-http.ts'
import { egressOf } from './gateway.ts'

type Env = Readonly<Record<string, string | undefined>>

const FETCH_MS = 60_000
const ANSWER_BYTES_MAX = 16_777_216

/** Fetches published models and prices, and has them taken over where nothing is worse with them. Undefined where none are. */
export function startCatalogueRefresh(
  config: Config,
  { env, observe, reload }: { env: Env; observe: Observe; reload: () => Promise<void> },
): CatalogueRefreshLoop | undefined {
  if (config.catalogueRefresh === null) return undefined
  const { url, intervalMs } = config.catalogueRefresh
  const send = createGuardedHttp({
    egress: egressOf(config),
    connectTimeoutMs: config.upstreamConnectTimeoutMs,
    timeoutMs: FETCH_MS,
    answerBytesMax: ANSWER_BYTES_MAX,
  })
  const take = async (text: string): Promise<readonly string[]> => {
    const problems = await problemsWith(text, config.dataDir, env)
    if (problems.length > 0) return problems
    await keepPublished(config.dataDir, text)
    observe({ type: 'catalogue_refreshed', host: new URL(url).host })
    await reload()
    return []
  }
  const loop = new CatalogueRefreshLoop({ url, intervalMs, send, take, observe })
  loop.start()
  return loop
}

/** Why it may not take the place of what holds now. */
async function problemsWith(text: string, directory: string, env: Env): Promise<readonly string[]> {
  try {
    const fresh = parsePublished(text)
    const now = clock.now()
    const builtIn = await readEnvironmentProviders(env, now)
    // What can't be read any more can't be compared with.
    const last = await readLastPublished(directory).catch(() => undefined)
    return reasonsAgainst(fresh, { last, builtIn, now })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}
