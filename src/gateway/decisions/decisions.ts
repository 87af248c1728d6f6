import type { AppError } from '../../domain/app-error.ts'
import { type Decision, type Ineligible, withIneligible } from '../../domain/decision.ts'
import { finderOf, type GuardrailInForce } from '../../domain/guardrail-in-force.ts'
import type { LimitState } from '../../domain/limit-state.ts'
import type { LeftOut } from '../../domain/plan.ts'
import { usualOf } from '../../domain/routing/service-tiers.ts'
import { type Chain, roomOf } from '../lease/chain.ts'
import type { Chains } from '../lease/chains.ts'
import type { LeaseBook } from '../lease/lease-book.ts'
import type { Standing } from '../lease/purse.ts'
import type { Admission } from '../stages/admit.ts'
import type { Progress } from '../stages/refusal.ts'
import { stateOf } from './limit-state.ts'
import type { RuleBook } from './rule-book.ts'

/** Nothing to decide, which isn't the same as nothing known. */
const NOTHING: Decision = Object.freeze({})

/** What a request's record tells of the decision to let it in. */
export function decisionOf(
  { leases, rules }: { leases: LeaseBook; rules: RuleBook },
  { chain, hold, cappedTokens }: Admission,
  progress: Progress,
): Decision {
  const { guardrail, key, chat, leftOut, findings } = progress
  if (key === undefined) return NOTHING
  const restriction = guardrail ?? null
  const id = rules.idOf(key.organizationId, { chain, guardrail: restriction })
  const models = chat?.models ?? []
  if (id === undefined && leftOut === undefined && models.length < 2 && !isRouted(progress)) return NOTHING
  const decision: Decision = {}
  if (id !== undefined) decision.rules = id
  const limit = tightestOf(chain, leases, hold.amount)
  if (limit !== undefined) decision.limit = limit
  if (cappedTokens !== null) decision.maxTokens = cappedTokens
  if (models.length > 1) decision.models = models
  if (progress.isDefaultModel) decision.isDefaultModel = true
  if (progress.routing !== null) decision.routing = progress.routing
  if (restriction !== null && findings !== undefined && findings.length > 0) {
    decision.finders = findings.map((finding) => finderOf(finding, restriction.layers))
  }
  return leftOut === undefined ? decision : withIneligible(decision, leftOut.map(toIneligible(restriction)))
}

function isRouted({ isDefaultModel, routing }: Progress): boolean {
  return isDefaultModel || routing !== null
}

/** The same of a request that was refused. */
export function decisionOfRefusal(
  parts: { rules: RuleBook; chains: Chains },
  error: AppError,
  { guardrail, key, chat, leftOut, findings, place }: Progress,
): Decision {
  const restriction = guardrail ?? null
  const decision: Decision = { ...error.refusedLimit }
  // Who is refused before it was asked what restricts them was refused by none of it.
  if (key !== undefined && place !== undefined && guardrail !== undefined) {
    const chain = parts.chains.of({ ...place, key, kind: 'credit' })
    const id = parts.rules.idOf(key.organizationId, { chain, guardrail: restriction })
    if (id !== undefined) decision.rules = id
  }
  if (chat !== undefined && chat.models.length > 1) decision.models = chat.models
  if (restriction !== null && findings !== undefined && findings.length > 0) {
    decision.findings = findings
    decision.finders = findings.map((finding) => finderOf(finding, restriction.layers))
  }
  return withIneligible(decision, (leftOut ?? []).map(toIneligible(restriction)))
}

/** The limit that leaves the least; undefined where there is none. */
function tightestOf({ limits }: Chain, leases: LeaseBook, own: bigint): LimitState | undefined {
  let tightest: { at: number; standing: Standing } | undefined
  let least = 0n
  for (const [at, limit] of limits.entries()) {
    const standing = leases.standing(limit.purse)
    if (standing === undefined) continue
    const room = roomOf(limit, standing)
    if (tightest !== undefined && room >= least) continue
    tightest = { at, standing }
    least = room
  }
  const limit = tightest && limits[tightest.at]
  return limit && tightest && stateOf(tightest.at, limit, tightest.standing, own)
}

function toIneligible(guardrail: GuardrailInForce | null): (leftOut: LeftOut) => Ineligible {
  return ({ model, endpoint, byGuardrails, byRequest }) => ({
    endpoint: usualOf(endpoint).id,
    model: model.id,
    provider: endpoint.provider.name,
    ...(guardrail === null || byGuardrails.length === 0
      ? {}
      : { guardrails: guardrail.excludersOf(model, endpoint).map(([at, reason]) => [at, reason]) }),
    ...(byRequest.length === 0 ? {} : { request: [...byRequest] }),
  })
}
