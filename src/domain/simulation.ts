import { AppError } from './app-error.ts'
import type { Catalogue, Endpoint, Model } from './catalogue.ts'
import type { GuardrailInForce } from './guardrail-in-force.ts'
import { sizeHold } from './hold-size.ts'
import { minNano, type NanoUsd } from './money.ts'
import { planAttempts } from './plan.ts'
import { costOf, type TokenUsage } from './pricing.ts'
import { SpentWindows } from './spent-windows.ts'
import type { Interval } from './windows.ts'

/*
 * What a guardrail or a budget would have done to requests that ran: the functions that decide on the request path, asked about
 * traffic of the past. Requests come in the order in which they ran. What was refused then is not among them.
 */

/** A request that ran. */
export interface PastRequest {
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

/** For whom a limit counts, each apart. */
export const LIMIT_PER = ['workspace', 'member', 'key', 'project'] as const
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
    const routed = this.#route(request)
    if (routed.kind === 'blocked') return routed
    if (isBlockedByContent) return { kind: 'blocked', reasons: ['content_filter'] }
    return this.#spend(request, routed)
  }

  #find({ workspaceId, model: id, endpointId }: PastRequest): { model: Model; endpoint: Endpoint } | undefined {
    const model = this.#proposal.catalogueIn(workspaceId).models.get(id)
    const endpoint = model?.endpoints.find((one) => one.id === endpointId)
    return model && endpoint && { model, endpoint }
  }

  #route(request: PastRequest): Verdict {
    const { restrictionIn } = this.#proposal
    const found = this.#find(request)
    if (restrictionIn === null || found === undefined) return UNAFFECTED
    const { guardrail, catalogue } = restrictionIn(request.workspaceId)
    const { exclusionsOf } = guardrail
    if (exclusionsOf(found.model, found.endpoint).length === 0) return UNAFFECTED
    try {
      const plan = { models: [request.model], provider: null, exclusionsOf }
      const [next = found.endpoint] = planAttempts(plan, catalogue, () => undefined)
      return { kind: 'rerouted', cost: request.byokCost > 0n ? 0n : costOf(next.prices, request.usage).total }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const reasons = found.model.endpoints.flatMap((endpoint) => exclusionsOf(found.model, endpoint))
      return { kind: 'blocked', reasons: [...new Set(reasons)] }
    }
  }

  #spend(request: PastRequest, routed: Exclude<Verdict, { kind: 'blocked' }>): Verdict {
    const { limit } = this.#proposal
    const owner = limit && ownerOf(request, limit.per)
    if (limit === null || owner === null || this.#windows === null) return routed
    const cost = routed.kind === 'unaffected' ? spendOf(request, limit) : routed.cost
    const settled = this.#windows.spent(owner, request.countedOn)
    const room = limit.amount > settled ? limit.amount - settled : 0n
    const left = cost <= room ? routed : this.#shorten(request, room)
    if (left.kind !== 'blocked') {
      this.#windows.add(owner, request.countedOn, left.kind === 'shortened' ? left.cost : cost)
    }
    return left
  }

  /** As long as what is left allows, as the request path cuts it; blocked where not even the smallest answer is affordable. */
  #shorten(request: PastRequest, room: NanoUsd): Verdict {
    const blocked = { kind: 'blocked', reasons: ['limit'] } as const
    const prices = this.#find(request)?.endpoint.prices
    if (prices === undefined) return blocked
    const { usage } = request
    const size = sizeHold({
      prices: [prices],
      inputTokens: usage.promptTokens,
      images: usage.images,
      choices: 1,
      requestedTokens: usage.completionTokens,
      modelTokensMax: null,
      room,
      isContended: false,
    })
    if (!size.fits) return blocked
    const completionTokens = Math.min(usage.completionTokens, size.cappedTokens ?? usage.completionTokens)
    const cost = costOf(prices, { ...usage, completionTokens }).total
    // At today's prices, which may be others than then.
    return { kind: 'shortened', cost: minNano(minNano(cost, room), request.cost + request.byokCost) }
  }
}

/** What of a request's spend a limit counts. */
function spendOf({ cost, byokCost }: PastRequest, { includesByok }: ProposedLimit): NanoUsd {
  return includesByok ? cost + byokCost : cost
}

/** Null where the limit is for nobody of the kind: a key without owner has no member's limit. */
function ownerOf({ workspaceId, keyId, userId, projectId }: PastRequest, per: LimitPer): string | null {
  switch (per) {
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
