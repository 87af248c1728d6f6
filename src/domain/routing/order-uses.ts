import type { EndpointUses } from '../byok.ts'
import type { Endpoint } from '../catalogue.ts'
import { type ModelLeft, type OrderRequest, orderAttempts, type Routing } from './order-attempts.ts'
import { isSortedTogether } from './preferences.ts'

/** The most attempts of a request whose caller has credentials of its own. */
const USES_MAX = 10

/** In the order in which they are tried. */
const WAYS = ['first', 'shared', 'last'] as const
type Way = (typeof WAYS)[number]

/**
 * The attempts of a request whose caller has credentials of its own: model by model, those on its credentials that come first, in
 * the order that the endpoints have among each other, then the installation's own, then those that come last. Where the
 * endpoints of all models are sorted together the models' borders fall.
 */
export function orderUses(
  left: readonly ModelLeft[],
  uses: ReadonlyMap<Endpoint, EndpointUses>,
  request: OrderRequest,
): { endpoints: readonly Endpoint[]; routing: Routing | null } {
  const { allow_fallbacks: mayFallBack, order } = request.preferences
  const isOneOnly = mayFallBack === false && !order?.length
  const ordered = WAYS.map((way) => orderWay(left, request, { way, uses }))
  const endpoints = ordered.flatMap((one) => one.endpoints)
  const models = [...new Set(left.map(({ model }) => model.id))]
  const sorted = isSortedTogether(request.preferences, request.route)
    ? endpoints
    : models.flatMap((id) => endpoints.filter(({ modelId }) => modelId === id))
  const routing = ordered[1]?.routing ?? ordered.find((one) => one.routing !== null)?.routing ?? null
  return { endpoints: sorted.slice(0, isOneOnly ? 1 : USES_MAX), routing }
}

function orderWay(
  left: readonly ModelLeft[],
  request: OrderRequest,
  { way, uses }: { way: Way; uses: ReadonlyMap<Endpoint, EndpointUses> },
): { endpoints: readonly Endpoint[]; routing: Routing | null } {
  const usesOf = (endpoint: Endpoint) => [uses.get(endpoint)?.[way] ?? []].flat()
  const models = left
    .map((one) => ({ ...one, endpoints: one.endpoints.filter((endpoint) => usesOf(endpoint).length > 0) }))
    .filter(({ endpoints }) => endpoints.length > 0)
  if (models.length === 0) return { endpoints: [], routing: null }
  const { endpoints, routing } = orderAttempts(models, request)
  return { endpoints: endpoints.flatMap(usesOf), routing }
}
