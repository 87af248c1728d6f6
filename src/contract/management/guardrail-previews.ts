import { z } from 'zod'
import { PageQuery } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { KeyHash, LimitReset, UserId, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { BUILTIN_SLUGS, BuiltinFilterWire, ContentFilterWire, EXCLUSIONS, FILTER_ACTIONS } from './guardrail-fields.ts'

const SCOPES = ['organization', 'workspace', 'member', 'key'] as const

const Layer = z.object({
  scope: z.enum(SCOPES),
  /** Null for the organization's policy. */
  guardrail_id: Uuid.nullable(),
  name: z.string(),
})

const PreviewedModel = z.object({
  id: z.string(),
  name: z.string(),
  allowed: z.boolean(),
  /** Which layer keeps which of its endpoints away, and by what; empty for a model that nothing is kept from. */
  excluded_by: z.array(Layer.extend({ reason: z.enum(EXCLUSIONS) })),
  endpoints: z.array(z.object({ tag: z.string(), provider_name: z.string(), allowed: z.boolean() })),
})

const previewGuardrail = operation({
  id: 'previewGuardrail',
  method: 'POST',
  path: '/api/v1/guardrails/{id}/preview',
  summary: 'Which models would be left if a guardrail were assigned to a key or a member, and why the others would not',
  tag: 'Guardrails',
  permission: 'guardrail:read',
  effect: 'read',
  input: z.strictObject({
    id: UuidRef,
    key_hash: KeyHash.optional(),
    member_user_id: UserId.optional(),
    ...PageQuery,
  }),
  output: z.object({
    data: z.object({
      layers: z.array(Layer),
      allowed_model_count: z.number().int(),
      models: z.array(PreviewedModel),
      budgets: z.array(
        Layer.extend({
          limit_usd: z.number(),
          reset_interval: LimitReset.nullable(),
          include_byok_in_budgets: z.boolean(),
        }),
      ),
      content_filters: z.array(ContentFilterWire),
      content_filter_builtins: z.array(BuiltinFilterWire),
    }),
    total_count: z.number().int(),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

const testGuardrail = operation({
  id: 'testGuardrail',
  method: 'POST',
  path: '/api/v1/guardrails/{id}/test',
  summary: "What a guardrail's content filters would do with a text",
  tag: 'Guardrails',
  permission: 'guardrail:read',
  effect: 'read',
  input: z.strictObject({
    id: UuidRef,
    text: z.string().min(1).max(8_192),
    role: z.enum(['user', 'assistant', 'system', 'tool']).optional(),
  }),
  output: z.object({
    data: z.object({
      /** `timed_out`: the patterns took too long over this text, so nothing is known of it. */
      action: z.enum([...FILTER_ACTIONS, 'none', 'timed_out']),
      /** What would be sent on; null when the request would be refused. */
      text: z.string().nullable(),
      refusal: z.object({ message: z.string(), patterns: z.array(z.string()).optional() }).nullable(),
      findings: z.array(
        z.object({
          filter: z.enum([...BUILTIN_SLUGS, 'custom']),
          pattern: z.string().nullable(),
          label: z.string().nullable(),
          action: z.enum(FILTER_ACTIONS),
          start: z.number().int(),
          end: z.number().int(),
          match: z.string(),
        }),
      ),
      /** Filters of the guardrail that go by wording alone and don't find all. */
      best_effort: z.array(z.enum(BUILTIN_SLUGS)),
    }),
  }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'not_found'],
})

export const GUARDRAIL_PREVIEW_OPERATIONS = { previewGuardrail, testGuardrail } as const
