import type { Endpoint, Model } from '../catalogue.ts'
import { fromUsd, parseDecimal } from '../money.ts'
import type { Constraint } from '../no-endpoints.ts'
import { NO_USAGE, pricesInForce, type ServiceTier } from '../pricing.ts'
import { supportsAll } from '../supported-parameters.ts'
import type { PlanPreferences } from './preferences.ts'
import { WHOLE_PPM } from './prices.ts'
import { isNamed, tierOf } from './provider-names.ts'

/** What of a request an endpoint has to be able to do, beside what the request says of providers. */
export interface RequestNeeds {
  /** Tokens of its input, rather too few than too many. */
  leastInputTokens: number
  /** Output tokens asked for, or null. */
  requestedTokens: number | null
  /** Names of what not every endpoint takes, as in `Endpoint.supportedParameters`. */
  features: readonly string[]
  /** Of its input, beside text. */
  modalities: readonly string[]
}

export interface Asked {
  provider?: PlanPreferences | null | undefined
  /** Those that it sets; needed where it wants them all to be taken. */
  parameters?: readonly string[] | undefined
  needs?: RequestNeeds | undefined
  /** When it came, in epoch milliseconds; without it prices count as they are listed. */
  at?: number | null
  /** The service tier whose endpoints may be used although nobody names them. */
  tier?: ServiceTier | null
}

const NOTHING: readonly Constraint[] = []
const NO_PARAMETERS: readonly string[] = []
const BYOK_MISSING: readonly Constraint[] = ['byok_missing']

/** Everything of a request that speaks against an endpoint; empty when it may go there. */
export function constraintsOf(model: Model, endpoint: Endpoint, asked: Asked): readonly Constraint[] {
  const { provider, needs, tier } = asked
  const byNeeds = needs === undefined ? NOTHING : needConstraints(model, endpoint, needs)
  const own = tierOf(endpoint)
  const isForAsked = own === null || own === tier || isTierNamed(endpoint, provider)
  const byUse = isForAsked ? credentialConstraints(endpoint) : (['service_tier'] as const)
  if (!provider) return byNeeds.length === 0 ? byUse : [...byNeeds, ...byUse]
  return [...preferenceConstraints(model, endpoint, provider, asked), ...byNeeds, ...byUse]
}

/** Without the customer's credential nothing is sent where the installation has none. */
function credentialConstraints({ byokKeyId, provider }: Endpoint): readonly Constraint[] {
  return provider.isByokOnly === true && byokKeyId === undefined ? BYOK_MISSING : NOTHING
}

/** A service tier costs otherwise than usual, so that it is used by whoever asks for it alone. */
function isTierNamed(endpoint: Endpoint, provider: PlanPreferences | null | undefined): boolean {
  const names = [...(provider?.order ?? []), ...(provider?.only ?? [])]
  return names.some((name) => isNamed(endpoint, name))
}

/** A model that names nothing but text may take more than whoever listed it knew. */
function needConstraints(model: Model, endpoint: Endpoint, needs: RequestNeeds): readonly Constraint[] {
  const isTooLong = needs.leastInputTokens > endpoint.contextLength
  const { inputModalities } = model
  const isOtherInput = inputModalities.length > 1 && needs.modalities.some((kind) => !inputModalities.includes(kind))
  if (!isTooLong && !isOtherInput) return NOTHING
  return [...(isTooLong ? ['context_length' as const] : []), ...(isOtherInput ? ['modality' as const] : [])]
}

function preferenceConstraints(
  model: Model,
  endpoint: Endpoint,
  preferences: PlanPreferences,
  asked: Asked,
): Constraint[] {
  const { parameters = NO_PARAMETERS } = asked
  const { quantizations, max_price: maxPrice } = preferences
  const constraints = [...providerConstraints(endpoint, preferences), ...dataConstraints(endpoint, preferences)]
  if (quantizations?.length && !quantizations.some((wanted) => isOfFormat(endpoint, wanted)))
    constraints.push('quantization')
  if (maxPrice && isDearer(endpoint, maxPrice, asked)) constraints.push('max_price')
  if (preferences.require_parameters === true && !supportsAll(endpoint.supportedParameters, parameters))
    constraints.push('require_parameters')
  if (preferences.enforce_distillable_text === true && model.facts?.distillable !== true)
    constraints.push('distillable_text')
  return constraints
}

function providerConstraints(endpoint: Endpoint, preferences: PlanPreferences): Constraint[] {
  const { only, ignore, order, allow_fallbacks: mayFallBack } = preferences
  const isNamedIn = (names: readonly string[]) => names.some((name) => isNamed(endpoint, name))
  const isOutside = (only && !isNamedIn(only)) || (order?.length && mayFallBack === false && !isNamedIn(order))
  return [
    ...(isOutside ? ['allowed_providers' as const] : []),
    ...(ignore && isIgnored(endpoint, ignore) ? ['ignored_providers' as const] : []),
  ]
}

/** Who ignores a provider ignores its service tiers too. */
function isIgnored(endpoint: Endpoint, names: readonly string[]): boolean {
  const plain = tierOf(endpoint) === null ? endpoint : { ...endpoint, tag: endpoint.provider.slug }
  return names.some((name) => isNamed(endpoint, name) || isNamed(plain, name))
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

const MAX_PRICE_KINDS = ['prompt', 'completion', 'image', 'audio', 'request'] as const

/** A price that isn't stated is what is charged in its place: after the discount, and by what holds at the time for an input of its
 *  likely length. `maxPrice`: dollars, of tokens per million. */
function isDearer(
  { prices: listed }: Endpoint,
  maxPrice: NonNullable<PlanPreferences['max_price']>,
  { at, needs }: Asked,
): boolean {
  const promptTokens = (needs?.leastInputTokens ?? 0) * LIKELY_FACTOR
  const prices = at == null ? listed : pricesInForce(listed, { ...NO_USAGE, promptTokens }, at)
  const keptPpm = WHOLE_PPM - (prices.discountPpm ?? 0n)
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
    return stated[kind] * keptPpm > (typeof most === 'number' ? fromUsd(most) : parseDecimal(most, 9)) * WHOLE_PPM
  })
}

/** Texts have on average four times as many tokens as the fewest that they may have. */
const LIKELY_FACTOR = 4

/**
 * Those of the endpoints that take what the request uses, feature by feature, and as many tokens of output as it asks for; where
 * none does, all stay, because a provider may know better than its list. `onLess` is told which were left for others. Source:
 * OpenRouter docs, provider routing.
 */
export function preferCapable(
  endpoints: readonly Endpoint[],
  { features, leastInputTokens, requestedTokens }: RequestNeeds,
  onLess: ((endpoint: Endpoint, constraint: Constraint) => void) | null,
): readonly Endpoint[] {
  let left = endpoints
  const keep = (isCapable: (endpoint: Endpoint) => boolean, constraint: Constraint) => {
    const capable = left.filter(isCapable)
    if (capable.length === 0 || capable.length === left.length) return
    if (onLess !== null) for (const endpoint of left) if (!capable.includes(endpoint)) onLess(endpoint, constraint)
    left = capable
  }
  const likelyInputTokens = leastInputTokens * LIKELY_FACTOR
  keep(({ contextLength }) => likelyInputTokens <= contextLength, 'context_length')
  for (const feature of features)
    keep(({ supportedParameters }) => supportedParameters.includes(feature), 'unsupported_parameters')
  if (requestedTokens !== null) {
    const fits = ({ contextLength, maxCompletionTokens }: Endpoint) =>
      requestedTokens <= (maxCompletionTokens ?? Number.MAX_SAFE_INTEGER) &&
      likelyInputTokens + requestedTokens <= contextLength
    keep(fits, 'max_tokens')
  }
  return left
}
