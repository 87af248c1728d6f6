import { z } from 'zod'
import { LOG_OUTCOMES } from '../management/logs.ts'
import { operation } from '../operation.ts'

const Text = z.string().nullable()
const Amount = z.number().nullable()
const Interval = z.enum(['daily', 'weekly', 'monthly', 'lifetime'])
const Scope = z.enum(['organization', 'workspace', 'member', 'key'])

/** What a limit belongs to. */
export const LIMIT_SCOPES = ['credits', 'workspace_pool', 'key', 'workspace', 'project', 'member', 'guardrail'] as const

/** What decided how a request went. Of one that went on: its plan, or whoever ended it otherwise. */
export const DECIDERS = [
  'plan',
  'cache',
  'provider',
  'caller',
  'crash',
  'access',
  'request',
  'rate',
  'guardrail',
  'preferences',
  'guardrail_and_preferences',
  'content_filter',
  'limit',
  'service',
] as const

const GuardrailRef = z.object({
  scope: Scope,
  /** Null for the organization's policy. */
  guardrail_id: Text,
  name: z.string(),
})

const Limit = z.object({
  scope: z.enum(LIMIT_SCOPES),
  /** Of a project its slug, of a guardrail its name. */
  name: Text,
  guardrail_id: Text,
  interval: Interval,
  /** Null for a balance, and here and below for what the caller may not see. */
  limit_usd: Amount,
  include_byok: z.boolean(),
})

/** A limit as the request met it. */
const LimitMet = Limit.extend({
  settled_usd: Amount,
  /** By other requests that ran at the same time. */
  held_usd: Amount,
  remaining_usd: Amount,
  /** Of a refusal: the least that had to fit, and the output tokens that would have. */
  needed_usd: Amount,
  affordable_tokens: z.number().int().nullable(),
})

const Price = z.object({
  /** Of the price book. */
  version: z.string(),
  /** `hold`: nobody knows what was used, so the whole hold was charged. */
  basis: z.enum(['usage', 'estimate', 'hold']),
  /** What the request held before it went anywhere: the most that it could be charged. */
  held_usd: Amount,
  /** Null when the lines aren't known. Costs are before the discount and before the sum is rounded up to 10⁻⁹ dollars. */
  components: z
    .array(
      z.object({
        name: z.string(),
        price_usd: z.number(),
        per: z.number().int(),
        quantity: z.number().int(),
        cost_usd: z.number(),
      }),
    )
    .nullable(),
  discount: z.number(),
  charged_usd: z.number(),
  /** At list price, where it ran on the customer's own credential. */
  byok_usd: z.number(),
  uncharged_usd: z.number(),
})

/** What endpoints are put in order by: `order` as the request names them, `balance` by chance that prefers low prices. */
export const ROUTING_RULES = ['order', 'balance', 'price', 'throughput', 'latency', 'exacto'] as const

/** Who said by what: `workspace_default` is the workspace's `default_provider_sort`. */
export const ROUTING_SOURCES = ['request', 'variant', 'workspace_default', 'gateway_default'] as const

/** How the models came to be the ones. */
export const MODEL_STRATEGIES = ['direct', 'auto', 'free', 'latest'] as const

const Routing = z.object({
  sorted_by: z.enum(ROUTING_RULES),
  sorted_by_source: z.enum(ROUTING_SOURCES),
  model_strategy: z.enum(MODEL_STRATEGIES),
  /** From 0 to 1, where chance decided something. */
  draw: z.number().nullable(),
  /** In the order in which they were to be tried, each with what it owed its place to. */
  order: z.array(
    z.object({
      endpoint_id: z.string(),
      provider_name: z.string(),
      model: z.string(),
      reasons: z.array(z.string()),
    }),
  ),
})

const Plan = z.object({
  /** Those asked for, where they were several. */
  models_requested: z.array(z.string()).nullable(),
  /** Whether the request named no model, so that it went to the workspace's `default_text_model` or, for pictures, `default_image_model`. */
  is_default_model: z.boolean(),
  /** Null where there was one endpoint to go to, or where it isn't known. */
  routing: Routing.nullable(),
  attempts: z.array(
    z.object({
      endpoint_id: z.string(),
      provider_name: z.string(),
      model: z.string(),
      status: z.number().int().nullable(),
      latency: z.number(),
      error: Text,
      /** Whether it was made with the customer's own credential. */
      is_byok: z.boolean(),
      /** The service tier that was asked for, where that isn't the usual one. */
      routed_service_tier: z.enum(['flex', 'priority']).optional(),
    }),
  ),
  /** Endpoints of the models asked for that it was not to go to, and why; null when that isn't known. */
  not_eligible: z
    .array(
      z.object({
        endpoint_id: z.string(),
        provider_name: z.string(),
        model: z.string(),
        by_guardrails: z.array(GuardrailRef.extend({ reason: z.string() })),
        by_request: z.array(z.string()),
      }),
    )
    .nullable(),
  /** How many more there were than are kept. */
  not_eligible_more: z.number().int(),
})

export const FindingWire = z.object({
  filter: z.string(),
  label: Text,
  action: z.enum(['flag', 'redact', 'block']),
  patterns: z.array(z.string()),
  count: z.number().int(),
  /** The narrowest that looks for it; null when that isn't known. */
  guardrail: GuardrailRef.nullable(),
  /** Null unless somebody marked it so. By whom and with what comment is for those who may mark it. */
  false_positive: z.object({ marked_at: z.string(), marked_by: Text, comment: Text }).nullable(),
})
export type FindingWire = z.output<typeof FindingWire>

export const UNKNOWNS = ['guardrails', 'limits', 'not_eligible', 'price_components'] as const

export const ExplanationWire = z.object({
  /** As asked for. */
  id: z.string(),
  /** Null when the request was refused. */
  generation_id: Text,
  request_id: z.string(),
  created_at: z.string(),
  workspace_id: Text,
  api_key_id: z.number(),
  user_id: Text,
  model: Text,
  outcome: z.enum(LOG_OUTCOMES),
  status: z.number().int().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  decided_by: z.enum(DECIDERS),
  /** Those in force, from the widest to the narrowest; null when that isn't known, as with limits. Empty, too, where a request was
   *  refused before they were asked. */
  guardrails: z.array(GuardrailRef).nullable(),
  guardrail_findings: z.array(FindingWire),
  limits: z.array(Limit).nullable(),
  /** The one that refused, or that left the least; null when there was none. */
  limit: LimitMet.nullable(),
  /** The most output tokens, where limits left less than was asked for. */
  max_tokens: z.number().int().nullable(),
  price: Price.nullable(),
  plan: Plan,
  /** What can't be told, because the request is older than its being recorded, or because it was lost in a crash. */
  unknown: z.array(z.enum(UNKNOWNS)),
})
export type ExplanationWire = z.output<typeof ExplanationWire>

const getGenerationExplanation = operation({
  id: 'getGenerationExplanation',
  method: 'GET',
  path: '/api/v1/generation/explanation',
  summary: 'Why an inference or a refused request went as it did: guardrails, limits, price and plan at that time',
  tag: 'Generations',
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject({ id: z.string().min(1).max(100) }),
  output: z.object({ data: ExplanationWire }),
  errors: ['invalid_request', 'unauthorized', 'not_found'],
})

export const EXPLANATION_OPERATIONS = { getGenerationExplanation } as const
