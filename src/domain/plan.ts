import { mayCallModel } from './allowed-models.ts'
import { AppError } from './app-error.ts'
import type { Catalogue, Endpoint, Model } from './catalogue.ts'
import type { ExclusionsOf } from './guardrail-in-force.ts'
import type { Exclusion } from './guardrail-merge.ts'
import { fromUsd, parseDecimal } from './money.ts'
import { type Constraint, noEndpointsError } from './no-endpoints.ts'
import { supportsAll } from './supported-parameters.ts'

/** One fallback: the first choice and one more endpoint. */
const ATTEMPTS_MAX = 2

/** The parts of a request and of its `provider` preferences that decide where it goes. */
export interface PlanRequest {
  /** Models in order of preference, at least one. */
  models: readonly string[]
  provider: PlanPreferences | null | undefined
  /** Those that it sets; needed where it wants them all to be taken. */
  parameters?: readonly string[]
  /** What guardrails keep from whoever asks; null when nothing. */
  exclusionsOf?: ExclusionsOf | null
  /** Where this installation is reached, for the links of a refusal. */
  publicUrl?: string
  /** Is told each endpoint that is left out, and why. */
  onLeftOut?: ((leftOut: LeftOut) => void) | null
}

/** An endpoint of a model that was meant, with all that speaks against it. */
export interface LeftOut {
  model: Model
  endpoint: Endpoint
  byGuardrails: readonly Exclusion[]
  byRequest: readonly Constraint[]
}

export interface PlanPreferences {
  order?: readonly string[] | null | undefined
  only?: readonly string[] | null | undefined
  ignore?: readonly string[] | null | undefined
  allow_fallbacks?: boolean | null | undefined
  require_parameters?: boolean | null | undefined
  data_collection?: 'allow' | 'deny' | null | undefined
  zdr?: boolean | null | undefined
  quantizations?: readonly string[] | null | undefined
  max_price?: MaxPrice | null | undefined
}

/** Dollars: of `prompt`, `completion` and `audio` per million tokens, of the others per one. */
type MaxPrice = Readonly<
  Partial<Record<'prompt' | 'completion' | 'image' | 'audio' | 'request', string | number | undefined>>
>

/**
 * The endpoints to try, in order: for each requested model those that guardrails and its preferences leave, in the order the caller names, then
 * the organization's own before shared ones, then cheapest first; at most two in all. Throws `invalid_model` when a model is unknown and `no_endpoints`
 * or `forbidden` when nothing is left.
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
      model.endpoints.filter((endpoint) => isLeft(model, endpoint, request)),
      preferences,
    ),
  )
  if (endpoints.length === 0) throw nothingLeft(models, request)
  return endpoints.slice(0, preferences.allow_fallbacks === false ? 1 : ATTEMPTS_MAX)
}

/** What a key is restricted by, whatever it asks for. */
export interface KeyRestrictions {
  exclusionsOf: ExclusionsOf | null
  /** Patterns of the models it may call; null for all. */
  allowedModels: readonly string[] | null
  /** The only regions that its data may be processed in; null for all. */
  allowedDataRegions: ReadonlySet<string> | null
}

/** What is left of models to a key: those that a request without preferences would be planned for, with the endpoints it would
 *  be planned on. */
export function modelsLeft(
  models: Iterable<Model>,
  { exclusionsOf, allowedModels }: Omit<KeyRestrictions, 'allowedDataRegions'>,
): Model[] {
  return [...models].flatMap((model) => {
    if (allowedModels !== null && !mayCallModel(allowedModels, model, model.id)) return []
    const endpoints = model.endpoints.filter((endpoint) => isLeft(model, endpoint, { provider: null, exclusionsOf }))
    return endpoints.length === 0 ? [] : [{ ...model, endpoints }]
  })
}

const NOTHING = [] as const

/** Whether guardrails and preferences leave an endpoint of a model to a request. */
function isLeft(
  model: Model,
  endpoint: Endpoint,
  { provider, parameters, exclusionsOf, onLeftOut }: Omit<PlanRequest, 'models'>,
): boolean {
  const byGuardrails = exclusionsOf?.(model, endpoint) ?? NOTHING
  if (byGuardrails.length > 0 && !onLeftOut) return false
  const byRequest = provider ? constraintsOf(endpoint, provider, parameters) : NOTHING
  if (byGuardrails.length + byRequest.length === 0) return true
  onLeftOut?.({ model, endpoint, byGuardrails, byRequest })
  return false
}

function nothingLeft(models: readonly Model[], request: PlanRequest): AppError {
  const { provider, parameters, exclusionsOf, publicUrl } = request
  const excluded = models.flatMap((model) =>
    model.endpoints.map((endpoint) => ({
      modelId: model.id,
      byGuardrails: exclusionsOf?.(model, endpoint) ?? [],
      byRequest: provider ? constraintsOf(endpoint, provider, parameters) : [],
    })),
  )
  return noEndpointsError(
    models.map(({ id }) => id),
    excluded,
    publicUrl ?? '',
  )
}

/** What of the preferences speaks against an endpoint. */
function constraintsOf(
  endpoint: Endpoint,
  preferences: PlanPreferences,
  parameters: readonly string[] = [],
): Constraint[] {
  const { quantizations, max_price: maxPrice } = preferences
  const constraints = [...providerConstraints(endpoint, preferences), ...dataConstraints(endpoint, preferences)]
  if (quantizations && !quantizations.some((wanted) => isOfFormat(endpoint, wanted))) constraints.push('quantization')
  if (maxPrice && isDearer(endpoint, maxPrice)) constraints.push('max_price')
  if (preferences.require_parameters === true && !supportsAll(endpoint.supportedParameters, parameters))
    constraints.push('require_parameters')
  return constraints
}

function providerConstraints(endpoint: Endpoint, preferences: PlanPreferences): Constraint[] {
  const { only, ignore, order, allow_fallbacks: mayFallBack } = preferences
  const isNamedIn = (names: readonly string[]) => names.some((name) => matchesProvider(endpoint, name))
  const isOutside = (only && !isNamedIn(only)) || (order && mayFallBack === false && !isNamedIn(order))
  return [
    ...(isOutside ? ['allowed_providers' as const] : []),
    ...(ignore && isNamedIn(ignore) ? ['ignored_providers' as const] : []),
  ]
}

function dataConstraints({ provider }: Endpoint, preferences: PlanPreferences): Constraint[] {
  const { training, retainsPrompts } = provider.dataPolicy
  if (!training && !retainsPrompts) return []
  return [
    ...(preferences.data_collection === 'deny' ? ['data_policy:training' as const] : []),
    ...(preferences.zdr === true ? ['data_policy:zdr' as const] : []),
  ]
}

const WIDER_FORMATS: Readonly<Record<string, readonly string[]>> = { fp4: ['mxfp4', 'nvfp4'], fp8: ['mxfp8'] }

/** `fp4` and `fp8` mean their microscaling forms too. */
function isOfFormat({ quantization }: Endpoint, wanted: string): boolean {
  return quantization === wanted || WIDER_FORMATS[wanted]?.includes(quantization) === true
}

/** A price that isn't stated is what is charged in its place. */
function isDearer({ prices }: Endpoint, maxPrice: MaxPrice): boolean {
  const stated = {
    prompt: prices.prompt,
    completion: prices.completion,
    image: prices.image ?? 0n,
    audio: prices.audio ?? prices.prompt,
    request: prices.request ?? 0n,
  }
  return MAX_PRICE_KINDS.some((kind) => {
    const most = maxPrice[kind]
    if (most === undefined) return false
    return stated[kind] > (typeof most === 'number' ? fromUsd(most) : parseDecimal(most, 9))
  })
}

const MAX_PRICE_KINDS = ['prompt', 'completion', 'image', 'audio', 'request'] as const

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
