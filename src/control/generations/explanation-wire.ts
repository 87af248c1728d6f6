import type { ErrorCode } from '../../contract/common/errors.ts'
import type { ExplanationWire } from '../../contract/inference/explanations.ts'
import type { Finding } from '../../domain/content-filters.ts'
import type { Decision, LimitScope, RuleGuardrail, RuleLimit, Rules } from '../../domain/decision.ts'
import { toUsd } from '../../domain/money.ts'
import type { FalsePositiveRow } from '../../store/queries/false-positives.ts'
import { toIso } from '../../store/schema.ts'

/** A decision with what was in force; undefined where that was lost, `decision` null where it was never recorded. */
export interface Recorded {
  decision: Decision | null
  rules: Rules | undefined
  findings: readonly Finding[]
  /** What was marked as a false positive, by its place among the findings. */
  marks: ReadonlyMap<number, FalsePositiveRow>
  /** Whether the caller may see who marked it, and the comment. */
  maySeeMarks: boolean
  /** Whether the caller may see the figures of limits of this kind. */
  maySee: (scope: LimitScope) => boolean
}

type Fields = 'guardrails' | 'guardrail_findings' | 'limits' | 'limit' | 'max_tokens'

export function decisionToWire(recorded: Recorded): Pick<ExplanationWire, Fields> {
  const { decision, maySee } = recorded
  const rules = rulesOf(recorded)
  return {
    guardrails: rules === null ? null : rules.guardrails.map(guardrailToWire),
    guardrail_findings: findingsToWire(recorded, rules),
    limits: rules === null ? null : rules.limits.map((limit) => limitToWire(limit, maySee)),
    limit: rules === null || decision === null ? null : limitMetToWire(decision, rules, maySee),
    max_tokens: decision?.maxTokens ?? null,
  }
}

/** Null where it isn't known what was in force. */
export function rulesOf({ decision, rules }: Recorded): Rules | null {
  if (decision === null) return null
  return decision.rules === undefined ? { guardrails: [], limits: [] } : (rules ?? null)
}

export function notEligibleToWire(decision: Decision | null, rules: Rules | null) {
  if (decision === null) return null
  return (decision.ineligible ?? []).map((one) => ({
    endpoint_id: one.endpoint,
    provider_name: one.provider,
    model: one.model,
    by_guardrails: (one.guardrails ?? []).flatMap(([at, reason]) => {
      const guardrail = rules?.guardrails[at]
      return guardrail === undefined ? [] : [{ ...guardrailToWire(guardrail), reason }]
    }),
    by_request: one.request ?? [],
  }))
}

export function routingToWire(decision: Decision | null): ExplanationWire['plan']['routing'] {
  const routing = decision?.routing
  if (routing === undefined) return null
  return {
    sorted_by: routing.by,
    sorted_by_source: routing.from,
    model_strategy: routing.strategy ?? 'direct',
    draw: routing.draw ?? null,
    order: routing.attempts.map(({ endpoint, provider, model, reasons }) => {
      return { endpoint_id: endpoint, provider_name: provider, model, reasons: [...reasons] }
    }),
  }
}

function guardrailToWire({ scope, id, name }: RuleGuardrail) {
  return { scope, guardrail_id: id, name }
}

function findingsToWire(recorded: Recorded, rules: Rules | null): ExplanationWire['guardrail_findings'] {
  const { decision, findings, marks, maySeeMarks } = recorded
  return findings.map((finding, index) => {
    const owner = rules?.guardrails[decision?.finders?.[index] ?? -1]
    const mark = marks.get(index)
    return {
      ...finding,
      guardrail: owner === undefined ? null : guardrailToWire(owner),
      false_positive: mark === undefined ? null : markToWire(mark, maySeeMarks),
    }
  })
}

/** The comment may quote what was asked. */
function markToWire({ marked_at, marked_by, comment }: FalsePositiveRow, maySee: boolean) {
  return { marked_at: toIso(marked_at), marked_by: maySee ? marked_by : null, comment: maySee ? comment : null }
}

function limitToWire({ scope, name, id, interval, amount, includesByok }: RuleLimit, maySee: Recorded['maySee']) {
  const limit_usd = amount === null || !maySee(scope) ? null : toUsd(BigInt(amount))
  return { scope, name, guardrail_id: id, interval, limit_usd, include_byok: includesByok }
}

function limitMetToWire(decision: Decision, rules: Rules, maySee: Recorded['maySee']): ExplanationWire['limit'] {
  const state = decision.limit
  const limit = state && rules.limits[state.at]
  if (state === undefined || limit === undefined) return null
  const [amount, settled, held] = [BigInt(state.amount), BigInt(state.settled), BigInt(state.held)]
  const seen = (nano: bigint) => (maySee(limit.scope) ? toUsd(nano) : null)
  return {
    ...limitToWire(limit, maySee),
    limit_usd: seen(amount),
    settled_usd: seen(settled),
    held_usd: seen(held),
    remaining_usd: seen(amount - settled - held),
    needed_usd: decision.needed === undefined ? null : toUsd(BigInt(decision.needed)),
    affordable_tokens: decision.affordableTokens ?? null,
  }
}

const BY_CODE: Partial<Record<ErrorCode, ExplanationWire['decided_by']>> = {
  unauthorized: 'access',
  forbidden: 'access',
  no_endpoints: 'access',
  insufficient_credits: 'limit',
  key_limit_exceeded: 'limit',
  budget_exceeded: 'limit',
  rate_limited: 'rate',
  internal: 'service',
  unavailable: 'service',
}

/** Who refused. A key that may not call the models asked for is a matter of access, as one that may not be used at all. */
export function refuserOf(code: string, decision: Decision | null): ExplanationWire['decided_by'] {
  const isBlocked = decision?.findings?.some(({ action }) => action === 'block') === true
  if (code === 'forbidden' && isBlocked) return 'content_filter'
  const ineligible = decision?.ineligible ?? []
  if ((code === 'no_endpoints' || code === 'forbidden') && ineligible.length > 0) {
    if (ineligible.every(({ guardrails }) => guardrails !== undefined)) return 'guardrail'
    return ineligible.some(({ guardrails }) => guardrails !== undefined) ? 'guardrail_and_preferences' : 'preferences'
  }
  return BY_CODE[code as ErrorCode] ?? 'request'
}
