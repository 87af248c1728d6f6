import type { ROUTING_SOURCES } from '../../contract/inference/explanations.ts'
import type { Endpoint, Model } from '../catalogue.ts'
import type { EndpointHealth } from '../endpoint-health.ts'
import type { ServiceTier } from '../pricing.ts'
import type { MeantModel, ModelStrategy } from './model-names.ts'
import { type HealthFacts, NO_HEALTH, ObservedHealth } from './observed-health.ts'
import { isSortedTogether, type PlanPreferences, type SortBy, sortOf } from './preferences.ts'
import { tierOf } from './provider-names.ts'
import { deprioritise, type RankBy, type Ranked, type Ranking, type Reason, rankEndpoints } from './rank-endpoints.ts'
import { usualOf } from './service-tiers.ts'

/** The most endpoints that one request is sent to, one after the other. The hold covers the dearest of them. */
export const ATTEMPTS_MAX = 5

/** A model that was meant, with what is left of it. */
export interface ModelLeft extends MeantModel {
  endpoints: readonly Endpoint[]
}

export interface OrderRequest {
  preferences: PlanPreferences
  route: string | null
  defaultSort: SortBy | null
  draw: number | null
  sessionOf: ((model: Model) => string | undefined) | null
  hasTools: boolean
  /** That it asks for by name. */
  tier: ServiceTier | null
  health: EndpointHealth
}

/** Who said by what the order goes. */
type OrderSource = (typeof ROUTING_SOURCES)[number]

/**
 * Why a plan is what it is, as it is put on record. With the request, the restrictions and the catalogue of that time the plan
 * can be made again from it. JSON as it stands.
 */
export interface Routing {
  by: RankBy
  from: OrderSource
  /** How models came to be chosen that nobody named. */
  strategy?: Exclude<ModelStrategy, 'direct'>
  /** Where chance decided something. */
  draw?: number
  /** Endpoints that had served the conversation, by model. */
  sessions?: Record<string, string>
  attempts: { endpoint: string; provider: string; model: string; reasons: readonly Reason[] }[]
  /** What was known of how endpoints fare. */
  health?: HealthFacts
}

/**
 * The endpoints of a request in the order in which they are tried, at most `ATTEMPTS_MAX`: model by model, each with its
 * endpoints ranked, the one that served the conversation first; each model has at least one attempt, as far as that goes. What is broken
 * keeps its place and counts as no attempt: dispatch goes past it, but for a probe.
 */
export function orderAttempts(
  left: readonly ModelLeft[],
  request: OrderRequest,
): { endpoints: Endpoint[]; routing: Routing } {
  const observed = request.health === NO_HEALTH ? undefined : new ObservedHealth(request.health)
  const health = observed ?? NO_HEALTH
  const sessions: Record<string, string> = {}
  const groups: readonly Group[] = isSortedTogether(request.preferences, request.route) ? [together(left)] : left
  const ranked = groups.flatMap((group) => rankModel(group, { ...request, health }, sessions))
  const preferred = deprioritise(left.length > 1 ? distinct(ranked) : ranked, request.preferences, health)
  const taken = takeAttempts(preferred, request.preferences, health)
  const [first] = left
  const { by, from } = ruleOf(first?.sort ?? null, request)
  const strategy = first?.strategy ?? 'direct'
  const routing: Routing = { by, from, attempts: taken.map(toAttempt) }
  if (strategy !== 'direct') routing.strategy = strategy
  const isByChance = left.some((one) => one.strategy === 'free' || ruleOf(one.sort, request).by === 'balance')
  if (request.draw !== null && isByChance) routing.draw = request.draw
  if (Object.keys(sessions).length > 0) routing.sessions = sessions
  if (observed?.facts !== undefined) routing.health = observed.facts
  return { endpoints: taken.map(({ endpoint }) => endpoint), routing }
}

function toAttempt({ endpoint, reasons }: Ranked): Routing['attempts'][number] {
  return { endpoint: usualOf(endpoint).id, provider: endpoint.provider.name, model: endpoint.modelId, reasons }
}

/** Two names may mean the same model. */
function distinct(ranked: readonly Ranked[]): Ranked[] {
  const seen = new Set<string>()
  return ranked.filter(({ endpoint: { id } }) => {
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
}

/** What is ranked together: the endpoints of one model, or, where that is null, of all of them. */
type Group = Omit<ModelLeft, 'model'> & { model: Model | null }

function together(left: readonly ModelLeft[]): Group {
  const [first] = left
  const endpoints = left.flatMap((one) => one.endpoints)
  return { model: null, sort: first?.sort ?? null, strategy: first?.strategy ?? 'direct', endpoints }
}

function ruleOf(
  sort: SortBy | null,
  { preferences, defaultSort, tier }: Pick<OrderRequest, 'preferences' | 'defaultSort' | 'tier'>,
): { by: RankBy; from: OrderSource } {
  if (preferences.order?.length) return { by: 'order', from: 'request' }
  const own = sortOf(preferences)
  if (own !== null) return { by: own, from: 'request' }
  if (sort !== null) return { by: sort, from: 'variant' }
  if (tier === 'flex') return { by: 'price', from: 'request' }
  if (defaultSort !== null) return { by: defaultSort, from: 'workspace_default' }
  return { by: 'balance', from: 'gateway_default' }
}

function rankModel(
  { model, sort, strategy, endpoints }: Group,
  request: OrderRequest,
  sessions: Record<string, string>,
): readonly Ranked[] {
  const { by } = ruleOf(sort, request)
  const ranking = {
    by,
    order: request.preferences.order ?? [],
    health: request.health,
    // Chance that has chosen the model has no more to say of the endpoint; its later digits have.
    draw: request.draw === null || strategy !== 'free' ? request.draw : (request.draw * LATER_DIGITS) % 1,
    prefersToolQuality: request.hasTools && by === 'balance',
  }
  const isTierFirst = request.tier === 'priority' && by !== 'order'
  const ranked = isTierFirst ? rankTierFirst(endpoints, 'priority', ranking) : rankEndpoints(endpoints, ranking)
  // No conversation is bound to several models.
  if (model === null || by === 'order' || endpoints.length < 2 || request.sessionOf === null) return ranked
  const id = request.sessionOf(model)
  const before = ranked.find(({ endpoint }) => endpoint.id === id)
  if (id === undefined || before === undefined) return ranked
  if (isTierFirst && isOfTier(ranked[0]) && !isOfTier(before)) return ranked
  sessions[model.id] = id
  if (!request.health.isStable(id) || request.health.isBroken(id)) return ranked
  const others = ranked.filter((one) => one !== before)
  return [{ endpoint: before.endpoint, reasons: ['session', ...before.reasons] }, ...others]
}

const LATER_DIGITS = 4_096

/** Those of a tier by their speed, the others behind them. */
function rankTierFirst(endpoints: readonly Endpoint[], tier: ServiceTier, ranking: Ranking): readonly Ranked[] {
  const first = endpoints.filter((endpoint) => tierOf(endpoint) === tier)
  const others = endpoints.filter((endpoint) => tierOf(endpoint) !== tier)
  if (first.length === 0) return rankEndpoints(others, ranking)
  const ranked = rankEndpoints(first, { ...ranking, by: 'throughput' })
  return [
    ...ranked.map(({ endpoint, reasons }): Ranked => ({ endpoint, reasons: ['service_tier', ...reasons] })),
    ...rankEndpoints(others, ranking),
  ]
}

function isOfTier(ranked: Ranked | undefined): boolean {
  return ranked !== undefined && tierOf(ranked.endpoint) !== null
}

function takeAttempts(ranked: readonly Ranked[], preferences: PlanPreferences, health: EndpointHealth): Ranked[] {
  if (preferences.allow_fallbacks === false && !preferences.order?.length) return ranked.slice(0, 1)
  const missing = new Set(ranked.map(({ endpoint }) => endpoint.modelId))
  let attempts = 0
  let brokenCount = 0
  return ranked.filter(({ endpoint }) => {
    if (health.isBroken(endpoint.id)) return ++brokenCount <= ATTEMPTS_MAX
    const isFirst = missing.has(endpoint.modelId)
    if (attempts >= ATTEMPTS_MAX || (!isFirst && attempts + missing.size >= ATTEMPTS_MAX)) return false
    missing.delete(endpoint.modelId)
    attempts += 1
    return true
  })
}
