import { mayCallModel } from './allowed-models.ts'
import { type CallerCredentials, type EndpointUses, sharedBarrier, usesLeft, usesOf } from './byok.ts'
import type { Catalogue, Endpoint, Model } from './catalogue.ts'
import type { EndpointHealth } from './endpoint-health.ts'
import type { ExclusionsOf } from './guardrail-in-force.ts'
import type { Exclusion } from './guardrail-merge.ts'
import { type Constraint, noEndpointsError } from './no-endpoints.ts'
import type { ServiceTier } from './pricing.ts'
import type { AutoOptions } from './routing/auto-router.ts'
import { type Asked, constraintsOf, preferCapable } from './routing/constraints.ts'
import { type ModelScope, meantModels, requireCallable } from './routing/meant-models.ts'
import type { MeantModel } from './routing/model-names.ts'
import { NO_HEALTH } from './routing/observed-health.ts'
import { type ModelLeft, type OrderRequest, orderAttempts, type Routing } from './routing/order-attempts.ts'
import { orderUses } from './routing/order-uses.ts'
import type { SortBy } from './routing/preferences.ts'
import { tierOf } from './routing/provider-names.ts'
import { tierAsked, tierNamed, withTiers } from './routing/service-tiers.ts'
import { supportsAll } from './supported-parameters.ts'

/** What of a request and its surroundings decides where it goes. The same of all this gives the same plan. */
export interface PlanRequest extends Asked {
  /** Models in order of preference, at least one: as they are asked for, or as `meant` has them. */
  models: readonly string[]
  /** Its field `service_tier`. */
  serviceTier?: string | null
  /** The legacy way to say that all models' endpoints are to be sorted together: `sort`. */
  route?: string | null
  /** What the caller says of a model that is chosen for it. */
  auto?: AutoOptions | null
  /** What guardrails keep from whoever asks; null when nothing. */
  exclusionsOf?: ExclusionsOf | null
  /** Patterns of the models that the key may call; null for all. */
  allowedModels?: readonly string[] | null
  /** By what its workspace sorts endpoints, where the request doesn't say. */
  defaultSort?: SortBy | null
  /** How endpoints fare; without it nothing is known. */
  health?: EndpointHealth
  /** From [0, 1): where chance decides. Null for none, which puts the cheapest first. */
  draw?: number | null
  /** The endpoint of a model that has served the same conversation. */
  sessionOf?: OrderRequest['sessionOf']
  /** The credentials for providers that whoever asks has; null for none. */
  byok?: CallerCredentials | null
  /** Where this installation is reached, for the links of a refusal. */
  publicUrl?: string
  /** Whether an endpoint can be asked this at all, as far as formats go; null where each can. */
  canBeAsked?: ((endpoint: Endpoint) => boolean) | null
  /** Is told which models are meant before anything is left out. */
  onMeant?: ((meant: readonly MeantModel[]) => void) | null
  /** Is told each endpoint that is left out, and why. */
  onLeftOut?: ((leftOut: LeftOut) => void) | null
}

/** An endpoint of a model that was meant, with all that speaks against it. */
export interface LeftOut {
  model: Model
  endpoint: Endpoint
  byGuardrails: readonly Exclusion[]
  byRequest: readonly Constraint[]
  /** Whether it may be used in another way, as on a credential of the customer's. */
  isUsedOtherwise?: boolean
}

export interface Plan {
  /** At least one, to be tried in this order. */
  endpoints: readonly Endpoint[]
  /** Why so; null where there was nothing to choose. */
  routing: Routing | null
}

/**
 * Where a request goes: for each model that it means the endpoints that guardrails and the request leave, in the order that
 * `orderAttempts` gives them. Throws `invalid_model` when a model is unknown, `no_endpoints` or `forbidden` when nothing is left,
 * and `context_length_exceeded` where nothing but its length speaks against it. Source: OpenRouter docs, provider routing.
 */
export function planAttempts(
  request: PlanRequest,
  catalogue: Pick<Catalogue, 'models'>,
  findBuiltIn: (id: string) => Model | undefined,
): Plan {
  const uses: Uses | null = request.byok ? new Map() : null
  const found = plainModel(request, catalogue) ?? meantModels(request.models, scopeOf(request, catalogue, findBuiltIn))
  request.onMeant?.(found)
  const meant = requireCallable(found, request)
  const tier = tierNamed(request.serviceTier)
  const all = meant.map((one) => ({ ...one, endpoints: endpointsLeft(one, request, uses) }))
  const left = tier === 'flex' ? preferTier(all, tier) : all
  const count = left.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
  if (count === 0) throw nothingLeft(meant, request)
  const isChosen = meant.some(({ strategy }) => strategy !== 'direct')
  if (count === 1 && !isChosen && uses === null)
    return { endpoints: left.flatMap(({ endpoints }) => endpoints), routing: null }
  const { provider, route, defaultSort, draw, sessionOf, needs, health } = request
  const orderRequest = {
    preferences: provider ?? {},
    route: route ?? null,
    defaultSort: defaultSort ?? null,
    draw: draw ?? null,
    sessionOf: sessionOf ?? null,
    hasTools: needs?.features.includes('tools') === true,
    tier,
    health: health ?? NO_HEALTH,
  }
  return uses === null ? orderAttempts(left, orderRequest) : orderUses(left, uses, orderRequest)
}

/** Most requests name one model of the catalogue, and most keys may call all. */
function plainModel(
  { models, allowedModels }: PlanRequest,
  catalogue: Pick<Catalogue, 'models'>,
): readonly MeantModel[] | undefined {
  const [name = '', ...more] = models
  const model = more.length > 0 || allowedModels ? undefined : catalogue.models.get(name)
  return model && [{ model, sort: null, strategy: 'direct' }]
}

function scopeOf(
  request: PlanRequest,
  { models }: Pick<Catalogue, 'models'>,
  findBuiltIn: (id: string) => Model | undefined,
): ModelScope {
  return {
    find: (id) => models.get(id) ?? findBuiltIn(id),
    models,
    allowedModels: request.allowedModels ?? null,
    leftOf: (model) => surelyLeftOf(model, request),
    auto: request.auto ?? null,
    draw: request.draw ?? 0,
  }
}

/** What a key is restricted by, whatever it asks for. */
export interface KeyRestrictions {
  exclusionsOf: ExclusionsOf | null
  /** The credentials for providers that it may use; null for none. */
  byok?: CallerCredentials | null
  /** Patterns of the models it may call; null for all. */
  allowedModels: readonly string[] | null
  /** The only regions that its data may be processed in; null for all. */
  allowedDataRegions: ReadonlySet<string> | null
}

/** What is left of models to a key: those that a request without preferences would be planned for, with the endpoints it would
 *  be planned on. */
export function modelsLeft(
  models: Iterable<Model>,
  { exclusionsOf, allowedModels, byok = null }: Omit<KeyRestrictions, 'allowedDataRegions'>,
): Model[] {
  const judged = { provider: null, exclusionsOf, byok }
  return [...models].flatMap((model) => {
    if (allowedModels !== null && !mayCallModel(allowedModels, model)) return []
    const endpoints = leftOf(model, judged, byok === null ? null : new Map())
    return endpoints.length === 0 ? [] : [{ ...model, endpoints }]
  })
}

type Uses = Map<Endpoint, EndpointUses>

/** Of a model that was meant, with the service tiers that may be used. */
function endpointsLeft({ model, sort }: MeantModel, request: PlanRequest, uses: Uses | null): readonly Endpoint[] {
  const tier = tierAsked(request.serviceTier, sort, request.provider)
  const tiered = withTiers(model, tier, request.provider)
  const judged = tier === null ? request : { ...request, tier }
  return capable(model, leftOf(tiered, judged, uses), request)
}

/** Who waits for a lower price isn't served at the usual one, unless nobody has the lower one. */
function preferTier(left: readonly ModelLeft[], tier: ServiceTier): readonly ModelLeft[] {
  const isOfTier = (endpoint: Endpoint) => tierOf(endpoint) === tier
  if (!left.some(({ endpoints }) => endpoints.some(isOfTier))) return left
  return left.map((one) => ({ ...one, endpoints: one.endpoints.filter(isOfTier) }))
}

/** The endpoints of a model that guardrails and the request leave in some use; those uses are noted where there are several. */
function leftOf(model: Model, request: Judged & Pick<PlanRequest, 'byok'>, uses: Uses | null): Endpoint[] {
  const isUsable = (endpoint: Endpoint) => isLeft(model, endpoint, request)
  const { byok, onLeftOut } = request
  if (!byok || uses === null) return model.endpoints.filter(isUsable)
  return model.endpoints.filter((endpoint) => {
    const all = usesOf(model, endpoint, byok)
    const left = usesLeft(all, isUsable)
    if (left !== undefined) uses.set(endpoint, left)
    const barrier = all.shared === null && onLeftOut ? sharedBarrier(model, endpoint, byok) : null
    if (barrier !== null) {
      const isUsedOtherwise = left !== undefined
      onLeftOut?.({ model, endpoint, byGuardrails: NOTHING, byRequest: [barrier], isUsedOtherwise })
    }
    return left !== undefined
  })
}

/** The same without knowing what was asked for, where all that it needs must be said of an endpoint. */
function surelyLeftOf(model: Model, request: PlanRequest): readonly Endpoint[] {
  const { byok } = request
  const isUsable = (endpoint: Endpoint) => isSurelyLeft(model, endpoint, request)
  if (!byok) return model.endpoints.filter(isUsable)
  return model.endpoints.filter((endpoint) => usesLeft(usesOf(model, endpoint, byok), isUsable) !== undefined)
}

const NOTHING = [] as const

type Judged = Pick<PlanRequest, 'provider' | 'parameters' | 'needs' | 'at' | 'tier' | 'exclusionsOf' | 'onLeftOut'>

/** Whether guardrails and the request leave an endpoint of a model. */
function isLeft(model: Model, endpoint: Endpoint, judged: Judged): boolean {
  const { exclusionsOf, onLeftOut } = judged
  const byGuardrails = exclusionsOf?.(model, endpoint) ?? NOTHING
  if (byGuardrails.length > 0 && !onLeftOut) return false
  const byRequest = constraintsOf(model, endpoint, judged)
  if (byGuardrails.length + byRequest.length === 0) return true
  onLeftOut?.({ model, endpoint, byGuardrails, byRequest })
  return false
}

/** Of those an endpoint may be chosen from that nobody named: all that is needed must be said of it. */
function isSurelyLeft(model: Model, endpoint: Endpoint, { onLeftOut: _nobody, ...judged }: PlanRequest): boolean {
  const { canBeAsked, needs } = judged
  if (canBeAsked && !canBeAsked(endpoint)) return false
  const isAble =
    needs === undefined ||
    (supportsAll(endpoint.supportedParameters, needs.features) &&
      needs.modalities.every((kind) => model.inputModalities.includes(kind)))
  return isAble && isLeft(model, endpoint, judged)
}

/** Without those that others can do better than; but an order that is asked for holds whatever they can, as long as they can be
 *  asked. Where none can, all stay, and whoever sends it tells why. */
function capable(model: Model, endpoints: readonly Endpoint[], request: PlanRequest): readonly Endpoint[] {
  const { canBeAsked, needs, onLeftOut, provider } = request
  if (endpoints.length < 2) return endpoints
  const onLess = (endpoint: Endpoint, constraint: Constraint) =>
    onLeftOut?.({ model, endpoint, byGuardrails: NOTHING, byRequest: [constraint] })
  const askable = canBeAsked ? endpoints.filter(canBeAsked) : endpoints
  const left = askable.length === 0 ? endpoints : askable
  if (left.length < endpoints.length)
    for (const endpoint of endpoints) if (!left.includes(endpoint)) onLess(endpoint, 'unsupported_parameters')
  return needs === undefined || provider?.order?.length ? left : preferCapable(left, needs, onLess)
}

function nothingLeft(meant: readonly MeantModel[], request: PlanRequest): Error {
  const { byok, exclusionsOf, publicUrl } = request
  const excluded = meant.flatMap(({ model }) =>
    model.endpoints.map((endpoint) => {
      const constraints = constraintsOf(model, endpoint, request)
      const barrier = byok ? sharedBarrier(model, endpoint, byok) : null
      return {
        modelId: model.id,
        byGuardrails: exclusionsOf?.(model, endpoint) ?? [],
        byRequest: barrier === null || constraints.includes(barrier) ? constraints : [...constraints, barrier],
        contextLength: endpoint.contextLength,
      }
    }),
  )
  return noEndpointsError(
    meant.map(({ model }) => model.id),
    excluded,
    { publicUrl: publicUrl ?? '', leastInputTokens: request.needs?.leastInputTokens ?? 0 },
  )
}
