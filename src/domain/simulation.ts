import type { LIMIT_PER } from '../contract/management/simulation.ts'
import { AppError } from './app-error.ts'
import type { Catalogue, Endpoint, Model } from './catalogue.ts'
import type { GuardrailInForce } from './guardrail-in-force.ts'
import { sizeHold } from './hold-size.ts'
import { minNano, type NanoUsd } from './money.ts'
import { planAttempts } from './plan.ts'
import { costOf, type Prices, type TokenUsage } from './pricing.ts'
import { SpentWindows } from './spent-windows.ts'
import type { Interval } from './windows.ts'

/*
 * What a guardrail or a budget would have done to requests that ran: the functions that decide on the request path, asked about
 * traffic of the past. Requests come in the order in which they ran. What was refused then is not among them.
 */

/** A request that ran. */
export interface PastRequest {
  /** When it came, in epoch milliseconds. */
  at: number
  /** The UTC day in whose windows it counted, `YYYY-MM-DD`. */
  countedOn: string
  workspaceId: string
  keyId: bigint
  userId: string | null
  projectId: string | null
  model: string
  endpointId: string
  cost: NanoUsd
  byokCost: NanoUsd
  usage: TokenUsage
}

export type LimitPer = (typeof LIMIT_PER)[number]

export interface ProposedLimit {
  per: LimitPer
  amount: NanoUsd
  interval: Interval
  includesByok: boolean
}

export interface Proposal {
  /** What would be restricted in a workspace, and the catalogue as it sees it; null where only a limit is proposed. */
  restrictionIn: ((workspaceId: string) => { guardrail: GuardrailInForce; catalogue: Catalogue }) | null
  catalogueIn: (workspaceId: string) => Catalogue
  limit: ProposedLimit | null
}

/** `rerouted`: to another endpoint of its model. `shortened`: with less output, because less was affordable. */
export type Verdict =
  | { kind: 'unaffected' }
  | { kind: 'rerouted' | 'shortened'; cost: NanoUsd }
  | { kind: 'blocked'; reasons: readonly string[] }

const UNAFFECTED = { kind: 'unaffected' } as const

export class Simulation {
  readonly #proposal: Proposal
  readonly #windows: SpentWindows | null

  constructor(proposal: Proposal) {
    this.#proposal = proposal
    this.#windows = proposal.limit === null ? null : new SpentWindows(proposal.limit.interval)
  }

  /** Counts a request that ran before the time in question, in a window that reaches into it. */
  count(request: PastRequest): void {
    const { limit } = this.#proposal
    const owner = limit && ownerOf(request, limit.per)
    if (limit && owner !== null) this.#windows?.add(owner, request.countedOn, spendOf(request, limit))
  }

  /** Whether today's catalogue knows where the request ran, without which its endpoint can't be judged. */
  isKnown(request: PastRequest): boolean {
    return this.#find(request) !== undefined
  }

  /** What would have become of a request; what it would have cost then counts for those after it. `isBlockedByContent`: by a
   *  content filter. */
  judge(request: PastRequest, isBlockedByContent = false): Verdict {
    const route = this.#route(request)
    if ('reasons' in route) return { kind: 'blocked', reasons: route.reasons }
    if (isBlockedByContent) return { kind: 'blocked', reasons: ['content_filter'] }
    return this.#spend(request, route)
  }

  #find({ workspaceId, model: id, endpointId }: PastRequest): { model: Model; endpoint: Endpoint } | undefined {
    const model = this.#proposal.catalogueIn(workspaceId).models.get(id)
    const endpoint = model?.endpoints.find((one) => one.id === endpointId)
    return model && endpoint && { model, endpoint }
  }

  #route(request: PastRequest): Route | { reasons: readonly string[] } {
    const { restrictionIn } = this.#proposal
    const found = this.#find(request)
    if (restrictionIn === null || found === undefined) return { endpoint: found?.endpoint, isOther: false }
    const { guardrail, catalogue } = restrictionIn(request.workspaceId)
    const { exclusionsOf } = guardrail
    if (exclusionsOf(found.model, found.endpoint).length === 0) return { endpoint: found.endpoint, isOther: false }
    try {
      const plan = { models: [request.model], provider: null, exclusionsOf }
      const [endpoint] = planAttempts(plan, catalogue, () => undefined).endpoints
      return { endpoint, isOther: true }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const reasons = found.model.endpoints.flatMap((endpoint) => exclusionsOf(found.model, endpoint))
      return { reasons: [...new Set(reasons)] }
    }
  }

  #spend(request: PastRequest, { endpoint, isOther }: Route): Verdict {
    const { limit } = this.#proposal
    const prices = endpoint?.prices
    const cost =
      isOther && prices !== undefined ? costOf(prices, request.usage, request.at).total : spendOf(request, limit)
    const whole = isOther ? ({ kind: 'rerouted', cost } as const) : UNAFFECTED
    const owner = limit && ownerOf(request, limit.per)
    if (limit === null || owner === null || this.#windows === null) return whole
    const settled = this.#windows.spent(owner, request.countedOn)
    const room = limit.amount > settled ? limit.amount - settled : 0n
    const verdict = cost <= room ? whole : shorten(request, { prices, room, cost })
    if (verdict.kind === 'blocked') return verdict
    this.#windows.add(owner, request.countedOn, verdict.kind === 'shortened' ? verdict.cost : cost)
    return verdict
  }
}

/** Where a request would have gone: nobody knows where an endpoint that isn't there any more would be. */
interface Route {
  endpoint: Endpoint | undefined
  isOther: boolean
}

/** As long as what is left allows, as the request path cuts it; blocked where not even the smallest answer is affordable. */
function shorten(
  { at, usage }: PastRequest,
  { prices, room, cost }: { prices: Prices | undefined; room: NanoUsd; cost: NanoUsd },
): Verdict {
  const blocked = { kind: 'blocked', reasons: ['limit'] } as const
  if (prices === undefined) return blocked
  const size = sizeHold({
    prices: [prices],
    inputTokens: usage.promptTokens,
    images: usage.images,
    ...(usage.searchUnits !== undefined && { searchUnits: usage.searchUnits }),
    choices: 1,
    requestedTokens: usage.completionTokens,
    modelTokensMax: null,
    room,
    isContended: false,
  })
  if (!size.fits) return blocked
  const completionTokens = Math.min(usage.completionTokens, size.cappedTokens ?? usage.completionTokens)
  const shorter = costOf(prices, { ...usage, completionTokens }, at).total
  // At today's prices, which may be others than then.
  return { kind: 'shortened', cost: minNano(minNano(shorter, room), cost) }
}

/** What of a request's spend a limit counts. */
function spendOf({ cost, byokCost }: PastRequest, limit: ProposedLimit | null): NanoUsd {
  return limit?.includesByok === true ? cost + byokCost : cost
}

/** Null where the limit is for nobody of the kind: a key without owner has no member's limit. */
function ownerOf({ workspaceId, keyId, userId, projectId }: PastRequest, per: LimitPer): string | null {
  switch (per) {
    case 'organization':
      return ''
    case 'workspace':
      return workspaceId
    case 'key':
      return keyId.toString()
    case 'project':
      return projectId
    case 'member':
      return userId === null ? null : `${workspaceId}/${userId}`
  }
}
