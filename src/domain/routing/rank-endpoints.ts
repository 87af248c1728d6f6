import type { ROUTING_RULES } from '../../contract/inference/explanations.ts'
import type { Endpoint } from '../catalogue.ts'
import type { EndpointHealth, Percentiles } from '../endpoint-health.ts'
import type { PlanPreferences, SortBy } from './preferences.ts'
import { comparePrices, drawByPrice } from './prices.ts'
import { isNamed } from './provider-names.ts'

/*
 * In which order endpoints are tried. Three ways: the order that the request names, one figure by which all are sorted, or
 * balanced: stable ones first, the first of them drawn by its price, the others behind it by price. Whoever has added a provider
 * wants it used, so an organization's own come first unless the request names an order. Source: OpenRouter docs, provider routing.
 */

/** What an endpoint owes its place to. */
export type Reason =
  | 'session'
  | 'order'
  | 'own_provider'
  | 'service_tier'
  | 'drawn_by_price'
  | SortBy
  | 'low_tool_quality'
  | 'unstable'
  | 'below_preferred'

export interface Ranked {
  endpoint: Endpoint
  reasons: readonly Reason[]
}

export type RankBy = (typeof ROUTING_RULES)[number]

export interface Ranking {
  by: RankBy
  order: readonly string[]
  health: EndpointHealth
  /** From [0, 1); null for the order by price alone. */
  draw: number | null
  /** Whether measured quality of tool calls counts although nobody sorts by it. */
  prefersToolQuality: boolean
}

/** What of tool calls may fail more than with the best endpoint before one is taken for worse. */
const TOOL_QUALITY_MARGIN = 0.02

export function rankEndpoints(endpoints: readonly Endpoint[], ranking: Ranking): Ranked[] {
  if (ranking.by === 'order') return rankByOrder(endpoints, ranking)
  if (ranking.by === 'balance') return rankBalanced(endpoints, ranking)
  const reason = ranking.by
  const compare = comparerOf(ranking.by, ranking.health)
  return endpoints
    .toSorted((a, b) => compareOwners(a, b) || compare(a, b) || comparePrices(a, b))
    .map((endpoint) => ({ endpoint, reasons: isOwn(endpoint) ? ['own_provider', reason] : [reason] }))
}

/** The named ones as they are named, the others behind them. */
function rankByOrder(endpoints: readonly Endpoint[], { order, health }: Ranking): Ranked[] {
  const place = (endpoint: Endpoint) => {
    const at = order.findIndex((name) => isNamed(endpoint, name))
    return at < 0 ? order.length : at
  }
  const named = endpoints
    .filter((endpoint) => place(endpoint) < order.length)
    .toSorted((a, b) => place(a) - place(b) || comparePrices(a, b))
  const others = endpoints.filter((endpoint) => place(endpoint) === order.length)
  return [
    ...named.map((endpoint): Ranked => ({ endpoint, reasons: ['order'] })),
    ...stableFirst(others, health, (group) => byOwnerAndPrice(group)),
  ]
}

function rankBalanced(endpoints: readonly Endpoint[], ranking: Ranking): Ranked[] {
  const { draw, health, prefersToolQuality } = ranking
  const poor = prefersToolQuality ? poorAtTools(endpoints, health) : NONE
  const good = poor.size === 0 ? endpoints : endpoints.filter((endpoint) => !poor.has(endpoint))
  const ranked = stableFirst(good, health, byOwnerAndPrice)
  if (draw !== null) drawFirst(ranked, draw)
  if (poor.size === 0) return ranked
  const behind = [...poor].toSorted(comparerOf('exacto', health))
  return [...ranked, ...behind.map((endpoint): Ranked => ({ endpoint, reasons: ['low_tool_quality'] }))]
}

const NONE: ReadonlySet<Endpoint> = new Set()

/** Those whose tool calls were measured to fail more often than the best one's. */
function poorAtTools(endpoints: readonly Endpoint[], health: EndpointHealth): ReadonlySet<Endpoint> {
  const qualities = endpoints.map(({ id }) => health.toolQuality(id))
  const best = Math.max(...qualities.map((quality) => quality ?? 0))
  const isPoor = (quality: number | null | undefined) => quality != null && quality < best - TOOL_QUALITY_MARGIN
  return new Set(endpoints.filter((_endpoint, at) => isPoor(qualities[at])))
}

function stableFirst(
  endpoints: readonly Endpoint[],
  health: EndpointHealth,
  rank: (group: readonly Endpoint[]) => Ranked[],
): Ranked[] {
  const isStable = endpoints.map(({ id }) => health.isStable(id))
  if (!isStable.includes(false)) return rank(endpoints)
  const unstable = rank(endpoints.filter((_endpoint, at) => isStable[at] === false))
  return [
    ...rank(endpoints.filter((_endpoint, at) => isStable[at] === true)),
    ...unstable.map(({ endpoint, reasons }): Ranked => ({ endpoint, reasons: ['unstable', ...reasons] })),
  ]
}

function byOwnerAndPrice(endpoints: readonly Endpoint[]): Ranked[] {
  return endpoints
    .toSorted((a, b) => compareOwners(a, b) || comparePrices(a, b))
    .map((endpoint) => ({ endpoint, reasons: isOwn(endpoint) ? ['own_provider', 'price'] : ['price'] }))
}

/** Of those that come first for the same reasons one is drawn, which goes before the others. */
function drawFirst(ranked: Ranked[], draw: number): void {
  const [first] = ranked
  if (first === undefined) return
  const [isFirstUnstable, isFirstOwn] = [isUnstable(first), isOwn(first.endpoint)]
  const isAlike = (one: Ranked) => isUnstable(one) === isFirstUnstable && isOwn(one.endpoint) === isFirstOwn
  const alike = ranked.filter(isAlike)
  if (alike.length < 2) return
  const at = drawByPrice(
    alike.map(({ endpoint }) => endpoint),
    draw,
  )
  const [drawn] = ranked.splice(at, 1)
  if (drawn === undefined) return
  const reasons = drawn.reasons.map((reason) => (reason === 'price' ? 'drawn_by_price' : reason))
  ranked.unshift({ endpoint: drawn.endpoint, reasons })
}

function isUnstable({ reasons }: Ranked): boolean {
  return reasons[0] === 'unstable'
}

function isOwn({ provider }: Endpoint): boolean {
  return provider.visibility !== null
}

function compareOwners(a: Endpoint, b: Endpoint): number {
  return Number(isOwn(b)) - Number(isOwn(a))
}

type Compare = (a: Endpoint, b: Endpoint) => number

function comparerOf(by: SortBy, health: EndpointHealth): Compare {
  const throughput = byMeasure((id) => health.throughput(id)?.p50 ?? null, -1)
  if (by === 'price') return comparePrices
  if (by === 'throughput') return throughput
  if (by === 'latency') return byMeasure((id) => health.latency(id)?.p50 ?? null, 1)
  const quality = byMeasure((id) => health.toolQuality(id), -1)
  return (a, b) => quality(a, b) || throughput(a, b)
}

/** The least first, with -1 the most; what was not measured last. */
function byMeasure(of: (endpointId: string) => number | null, sign: 1 | -1): Compare {
  return (a, b) => {
    const [one, other] = [of(a.id), of(b.id)]
    if (one === null || other === null) return Number(one === null) - Number(other === null)
    return sign * (one - other)
  }
}

/** Endpoints that are known to be slower than the request would like go behind all others, whichever model they are of. */
export function deprioritise(
  ranked: readonly Ranked[],
  { preferred_min_throughput: least, preferred_max_latency: most }: PlanPreferences,
  health: EndpointHealth,
): readonly Ranked[] {
  if (least == null && most == null) return ranked
  const isBelow = ({ endpoint }: Ranked) =>
    fails(least, health.throughput(endpoint.id), (measured, wanted) => measured < wanted) ||
    fails(most, health.latency(endpoint.id), (measuredMs, wantedSeconds) => measuredMs > wantedSeconds * 1_000)
  const below = new Set(ranked.filter(isBelow))
  if (below.size === 0) return ranked
  const behind = [...below].map(({ endpoint, reasons }): Ranked => {
    return { endpoint, reasons: [...reasons, 'below_preferred'] }
  })
  return [...ranked.filter((one) => !below.has(one)), ...behind]
}

type Wanted = PlanPreferences['preferred_min_throughput']
const PERCENTILES = ['p50', 'p75', 'p90', 'p99'] as const

/** A bare number is about the median; of several percentiles all must hold. What wasn't measured fails nothing. */
function fails(
  wanted: Wanted,
  measured: Percentiles | null,
  isWorse: (measured: number, wanted: number) => boolean,
): boolean {
  if (wanted == null || measured === null) return false
  if (typeof wanted === 'number') return isWorse(measured.p50, wanted)
  return PERCENTILES.some((name) => {
    const bound = wanted[name]
    return bound !== undefined && isWorse(measured[name], bound)
  })
}
