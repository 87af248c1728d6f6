import type { LIMIT_SCOPES } from '../contract/inference/explanations.ts'
import type { Finding } from './content-filters.ts'
import type { Exclusion, GuardrailScope } from './guardrail-merge.ts'
import type { RefusedLimit } from './limit-state.ts'
import type { Constraint } from './no-endpoints.ts'
import type { Routing } from './routing/order-attempts.ts'
import type { Interval } from './windows.ts'

/*
 * Why a request was let in or refused, as it is put on record with it: what can't be found out afterwards, because guardrails,
 * limits and catalogue change. Everything here is JSON as it stands. Money is nano-dollars as decimal text.
 */

export type LimitScope = (typeof LIMIT_SCOPES)[number]

/** A guardrail that was in force, under the name that it had. */
export interface RuleGuardrail {
  scope: GuardrailScope
  /** Null for the organization's policy. */
  id: string | null
  name: string
}

/** A limit that was in force. `amount` is null for a balance, which isn't the same for two requests. */
export interface RuleLimit {
  scope: LimitScope
  /** Of a project its slug, of a guardrail its name. */
  name: string | null
  /** Of a guardrail. */
  id: string | null
  interval: Interval
  amount: string | null
  includesByok: boolean
}

/**
 * All guardrails and limits that were in force together, narrowest limits as the request path asks them. Kept once under a
 * hash of it, and named by the requests: most requests of an organization have the same.
 */
export interface Rules {
  guardrails: readonly RuleGuardrail[]
  limits: readonly RuleLimit[]
}

/** An endpoint of a model that was asked for, which the request was not to be sent to. */
export interface Ineligible {
  endpoint: string
  model: string
  provider: string
  /** What guardrails had against it, each with the guardrail's place in `Rules.guardrails`. */
  guardrails?: [at: number, reason: Exclusion][]
  /** What the request itself had against it. */
  request?: Constraint[]
}

/** Of a request: what is missing was not there, or didn't matter. `limit` is the one that left the least, or the one that
 *  refused; with the latter alone comes what was needed. */
export interface Decision extends Partial<RefusedLimit> {
  /** Names the `Rules`; missing where nothing restricted or limited. */
  rules?: string
  /** The most output tokens, where limits left less than was asked for. */
  maxTokens?: number
  /** The models asked for, where they were several. */
  models?: readonly string[]
  /** Whether it named no model, so that the workspace's default was taken. */
  isDefaultModel?: true
  /** Why it went to its endpoints in this order; missing where there was one alone. */
  routing?: Routing
  ineligible?: Ineligible[]
  /** The generation whose answer was given again, from the response cache. */
  cachedFrom?: string
  /** How many more there were. */
  ineligibleMore?: number
  /** Of a refusal: what content filters found. For findings of one that went on see its record. */
  findings?: readonly Finding[]
  /** The guardrail behind each finding, by its place in `Rules.guardrails`; -1 where none could be told. */
  finders?: number[]
}

const INELIGIBLE_MAX = 32

/** A decision with what kept endpoints away, of which a bounded number is kept. */
export function withIneligible(decision: Decision, all: readonly Ineligible[]): Decision {
  if (all.length === 0) return decision
  const more = all.length - INELIGIBLE_MAX
  const ineligible = all.slice(0, INELIGIBLE_MAX)
  return more > 0 ? { ...decision, ineligible, ineligibleMore: more } : { ...decision, ineligible }
}
