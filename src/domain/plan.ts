import { AppError } from './app-error.ts'
import type { Catalogue, Endpoint, Model } from './catalogue.ts'

/** One fallback: the first choice and one more endpoint. */
const ATTEMPTS_MAX = 2

/** The parts of a request and of its `provider` preferences that decide where it goes. */
export interface PlanRequest {
  /** Models in order of preference, at least one. */
  models: readonly string[]
  provider: PlanPreferences | null | undefined
}

export interface PlanPreferences {
  order?: readonly string[] | null | undefined
  only?: readonly string[] | null | undefined
  ignore?: readonly string[] | null | undefined
  allow_fallbacks?: boolean | null | undefined
  data_collection?: 'allow' | 'deny' | null | undefined
  zdr?: boolean | null | undefined
  quantizations?: readonly string[] | null | undefined
}

/**
 * The endpoints to try, in order: for each requested model those that its preferences leave, in the order the caller names, then
 * the organization's own before shared ones, then cheapest first; at most two in all. Throws `invalid_model` when a model is unknown and `no_endpoints` when nothing is left.
 * Source: OpenRouter docs, provider routing.
 */
export function planAttempts(
  request: PlanRequest,
  catalogue: Pick<Catalogue, 'models'>,
  findBuiltIn: (id: string) => Model | undefined,
): Endpoint[] {
  const models = request.models.map((id) => {
    const model = catalogue.models.get(id) ?? findBuiltIn(id)
    if (model === undefined) throw new AppError('invalid_model', `${id} is not a valid model ID`, { model: id })
    return model
  })
  const preferences = request.provider ?? {}
  const endpoints = models.flatMap((model) =>
    orderEndpoints(
      model.endpoints.filter((e) => isAllowed(e, preferences)),
      preferences,
    ),
  )
  if (endpoints.length === 0) {
    throw new AppError('no_endpoints', 'No allowed providers are available for the selected model.', {
      models: request.models,
    })
  }
  return endpoints.slice(0, preferences.allow_fallbacks === false ? 1 : ATTEMPTS_MAX)
}

function isAllowed(endpoint: Endpoint, preferences: PlanPreferences): boolean {
  const { training, retainsPrompts } = endpoint.provider.dataPolicy
  if (preferences.only && !preferences.only.some((name) => matchesProvider(endpoint, name))) return false
  if (preferences.ignore?.some((name) => matchesProvider(endpoint, name))) return false
  if (preferences.data_collection === 'deny' && (training || retainsPrompts)) return false
  if (preferences.zdr === true && (training || retainsPrompts)) return false
  if (preferences.quantizations && !preferences.quantizations.includes(endpoint.quantization)) return false
  if (preferences.order && preferences.allow_fallbacks === false) {
    return preferences.order.some((name) => matchesProvider(endpoint, name))
  }
  return true
}

function orderEndpoints(endpoints: Endpoint[], preferences: PlanPreferences): Endpoint[] {
  const rank = (endpoint: Endpoint) => {
    const at = preferences.order?.findIndex((name) => matchesProvider(endpoint, name)) ?? -1
    return at < 0 ? Number.MAX_SAFE_INTEGER : at
  }
  return endpoints.toSorted((a, b) => rank(a) - rank(b) || compareOwners(a, b) || comparePrices(a, b))
}

/** By slug, by full tag or by display name, whatever the case. */
function matchesProvider(endpoint: Endpoint, name: string): boolean {
  const wanted = name.toLowerCase()
  return [endpoint.provider.slug, endpoint.tag, endpoint.provider.name].some((own) => own.toLowerCase() === wanted)
}

/** Who has added a provider wants it used. */
function compareOwners(a: Endpoint, b: Endpoint): number {
  return Number(a.provider.visibility === null) - Number(b.provider.visibility === null)
}

function comparePrices(a: Endpoint, b: Endpoint): number {
  const difference = blendedPrice(a) - blendedPrice(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** A per-request fee weighs as if the request had a thousand tokens. */
function blendedPrice({ prices }: Endpoint): bigint {
  return prices.prompt + prices.completion + (prices.request ?? 0n) * 1_000n
}
