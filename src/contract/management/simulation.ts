import { z } from 'zod'
import { KeyHash, Usd, UserId, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { GuardrailSettings } from './guardrails.ts'

/** For whom a limit counts, each apart. */
export const LIMIT_PER = ['organization', 'workspace', 'member', 'key', 'project'] as const
export const SIMULATED_DAYS_MAX = 90

const Count = z.number().int()

const { description: _description, ...Proposed } = GuardrailSettings

const Budget = z.strictObject({
  limit_usd: Usd,
  interval: z.enum(['daily', 'weekly', 'monthly', 'lifetime']),
  include_byok: z.boolean().optional(),
})

const Effects = {
  requests: Count,
  blocked: Count,
  /** Would have gone to another endpoint of the same model. */
  rerouted: Count,
  /** Would have got a shorter answer, because less was affordable. */
  shortened: Count,
  usage_usd: z.number(),
  /** Less where another endpoint is dearer. */
  saved_usd: z.number(),
}

export const SimulationWire = z.object({
  from: z.string(),
  to: z.string(),
  /** False when there were more requests than one simulation goes through; then `covered_until` tells how far it came. */
  complete: z.boolean(),
  covered_until: z.string(),
  ...Effects,
  /** Requests whose model or endpoint the catalogue doesn't know any more: held to limits and content filters only. */
  unknown_endpoint: Count,
  /** Of the blocked ones; one that is blocked for several reasons counts under each. */
  blocked_by: z.array(z.object({ reason: z.string(), requests: Count, usage_usd: z.number() })),
  /** By the model that was used, those first that lose most. */
  by_model: z.array(z.object({ model: z.string(), ...Effects })),
  by_day: z.array(z.object({ date: z.string(), ...Effects })),
  content_filters: z.object({
    /** `kept`: looked at where a workspace keeps prompts; `not_permitted`: that takes the permission io-log:read. */
    basis: z.enum(['none', 'kept', 'not_permitted']),
    checked: Count,
    /** Nothing was kept of these, or too little, so they count as let through. */
    not_kept: Count,
    /** Left out because one simulation looks at so many texts only. */
    skipped: Count,
    /** Could not be looked through in time; count as let through. */
    timed_out: Count,
    findings: z.array(
      z.object({ filter: z.string(), label: z.string().nullable(), action: z.string(), requests: Count }),
    ),
  }),
})
export type SimulationWire = z.output<typeof SimulationWire>

const simulate = operation({
  id: 'simulate',
  method: 'POST',
  path: '/api/v1/simulate',
  summary: 'What a guardrail or a budget would have done to the requests of the last days',
  tag: 'Guardrails',
  permission: 'log:read',
  effect: 'read',
  input: z.strictObject({
    workspace_id: Uuid.optional(),
    api_key_hash: KeyHash.optional(),
    user_id: UserId.optional(),
    days: z.int().min(1).max(SIMULATED_DAYS_MAX).optional(),
    /** Exactly one of these three. */
    guardrail_id: Uuid.optional(),
    guardrail: z.strictObject(Proposed).optional(),
    budget: Budget.optional(),
    limit_per: z.enum(LIMIT_PER).optional(),
  }),
  output: z.object({ data: SimulationWire }),
  errors: ['invalid_request', 'invalid_regex_pattern', 'unauthorized', 'forbidden', 'not_found', 'rate_limited'],
})

export const SIMULATION_OPERATIONS = { simulate } as const
