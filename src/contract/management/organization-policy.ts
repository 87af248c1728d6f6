import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { UuidRef } from '../common/path-names.ts'
import { Timestamp, Uuid } from '../common/scalars.ts'
import { operation } from '../operation.ts'
import { RestrictionInput, RestrictionWire } from './guardrail-fields.ts'
import { AllowedIps, RateLimitsInput, RateLimitsWire } from './workspace-settings.ts'

export const PHRASES_MAX = 200
export const PHRASE_BYTES_MAX = 1_000

const OrganizationPolicyWire = z.object({
  ...RestrictionWire,
  allowed_ips: z.array(z.string()).nullable(),
  rate_limits: RateLimitsWire.nullable(),
  /** Requests a minute to models that cost nothing, over all keys; null for no limit. */
  free_models_rpm: z.number().int().nullable(),
  /** The same on a UTC day. */
  free_models_rpd: z.number().int().nullable(),
  /** In its place where $10 of credits or more were bought; null for the same. */
  free_models_rpd_purchased: z.number().int().nullable(),
  updated_at: Timestamp.nullable(),
})
export type OrganizationPolicyWire = z.output<typeof OrganizationPolicyWire>

const PhraseWire = z.object({
  id: Uuid,
  phrase: z.string(),
  created_by: z.string().nullable(),
  created_at: Timestamp,
})
export type PhraseWire = z.output<typeof PhraseWire>

const tag = 'Organization'

const getOrganizationPolicy = operation({
  id: 'getOrganizationPolicy',
  method: 'GET',
  path: '/api/v1/organization/policy',
  summary: 'Get what no workspace of the organization can widen',
  tag,
  permission: 'organization:read',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({ data: OrganizationPolicyWire }),
  errors: ['unauthorized', 'forbidden'],
})

const updateOrganizationPolicy = operation({
  id: 'updateOrganizationPolicy',
  method: 'PATCH',
  path: '/api/v1/organization/policy',
  summary: 'Update what no workspace of the organization can widen',
  tag,
  permission: 'organization:update',
  effect: 'write',
  input: z.strictObject({
    ...RestrictionInput,
    allowed_ips: AllowedIps.nullish(),
    rate_limits: RateLimitsInput.nullish(),
    free_models_rpm: z.number().int().min(1).max(1_000_000).nullish(),
    free_models_rpd: z.number().int().min(1).max(100_000_000).nullish(),
    free_models_rpd_purchased: z.number().int().min(1).max(100_000_000).nullish(),
  }),
  output: z.object({ data: OrganizationPolicyWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

/** To administrators alone: who knows the phrases knows how to get past the detector. */
const listPromptInjectionPhrases = operation({
  id: 'listPromptInjectionPhrases',
  method: 'GET',
  path: '/api/v1/organization/prompt-injection-phrases',
  summary: 'List the phrases that the prompt-injection detector lets pass',
  tag,
  permission: 'organization:update',
  effect: 'read',
  input: z.strictObject(PageQuery),
  output: pageOf(PhraseWire),
  errors: ['invalid_request', 'unauthorized', 'forbidden'],
})

const createPromptInjectionPhrase = operation({
  id: 'createPromptInjectionPhrase',
  method: 'POST',
  path: '/api/v1/organization/prompt-injection-phrases',
  summary: 'Let the prompt-injection detector pass a phrase',
  tag,
  permission: 'organization:update',
  effect: 'write',
  status: 201,
  input: z.strictObject({
    phrase: z
      .string()
      .min(1)
      .max(PHRASE_BYTES_MAX)
      .refine((text) => text.trim() !== '', 'must be more than white space')
      .refine(
        (text) => new TextEncoder().encode(text).length <= PHRASE_BYTES_MAX,
        `must be at most ${PHRASE_BYTES_MAX} bytes in UTF-8`,
      ),
  }),
  output: z.object({ data: PhraseWire }),
  errors: ['invalid_request', 'unauthorized', 'forbidden', 'conflict'],
})

const deletePromptInjectionPhrase = operation({
  id: 'deletePromptInjectionPhrase',
  method: 'DELETE',
  path: '/api/v1/organization/prompt-injection-phrases/{id}',
  summary: 'Have the prompt-injection detector look for a phrase again',
  tag,
  permission: 'organization:update',
  effect: 'destructive',
  input: z.strictObject({ id: UuidRef }),
  output: z.object({ deleted: z.literal(true) }),
  errors: ['unauthorized', 'forbidden', 'not_found'],
})

export const ORGANIZATION_POLICY_OPERATIONS = {
  getOrganizationPolicy,
  updateOrganizationPolicy,
  listPromptInjectionPhrases,
  createPromptInjectionPhrase,
  deletePromptInjectionPhrase,
} as const
