import { z } from 'zod'

/** What a guardrail and the organization's policy both restrict. Null is "says nothing about it". */

export const FILTER_ACTIONS = ['redact', 'block', 'flag'] as const
export type FilterAction = (typeof FILTER_ACTIONS)[number]

export const SCAN_SCOPES = ['user_only', 'all_messages'] as const
export type ScanScope = (typeof SCAN_SCOPES)[number]

export const BUILTIN_SLUGS = [
  'email',
  'phone',
  'ssn',
  'credit-card',
  'ip-address',
  'person-name',
  'address',
  'regex-prompt-injection',
  // Ours, beyond the official ones.
  'iban',
  'credential',
] as const
export type BuiltinSlug = (typeof BUILTIN_SLUGS)[number]

export const DATA_REGIONS = ['global', 'europe', 'us'] as const

/** By what an endpoint may be kept from a key. */
export const EXCLUSIONS = [
  'allowed_models',
  'ignored_models',
  'allowed_providers',
  'ignored_providers',
  'data_policy:zdr',
  'data_policy:training',
  'data_policy:publication',
  'data_region',
] as const

const NAMES_MAX = 1_000
const FILTERS_MAX = 200
const PATTERN_LENGTH_MAX = 100_000

/** Model or provider names; an empty list would forbid everything by mistake, so it is refused. */
const Names = z.array(z.string().min(1).max(200)).min(1).max(NAMES_MAX).nullish()
const Switch = z.boolean().nullish()

export const RestrictionInput = {
  allowed_models: Names,
  ignored_models: Names,
  allowed_providers: Names,
  ignored_providers: Names,
  enforce_zdr_anthropic: Switch,
  enforce_zdr_openai: Switch,
  enforce_zdr_google: Switch,
  enforce_zdr_xai: Switch,
  enforce_zdr_other: Switch,
  enable_free_model_publication: Switch,
  enable_free_model_training: Switch,
  enable_paid_model_training: Switch,
}

export const RESTRICTION_FIELDS = [
  'allowed_models',
  'allowed_providers',
  'enforce_zdr_anthropic',
  'enforce_zdr_openai',
  'enforce_zdr_google',
  'enforce_zdr_xai',
  'enforce_zdr_other',
  'enable_free_model_publication',
  'enable_free_model_training',
  'enable_paid_model_training',
] as const

export const ContentFilterInput = z.strictObject({
  pattern: z.string().min(1).max(PATTERN_LENGTH_MAX),
  action: z.enum(FILTER_ACTIONS),
  label: z.string().max(100).nullish(),
})

export const BuiltinFilterInput = z.strictObject({
  slug: z.enum(BUILTIN_SLUGS),
  action: z.enum(FILTER_ACTIONS),
  /** Accepted and ignored: labels are given by the system. */
  label: z.string().max(100).optional(),
  scan_scope: z.enum(SCAN_SCOPES).optional(),
})

export const FilterInput = {
  content_filters: z.array(ContentFilterInput).max(FILTERS_MAX).nullish(),
  content_filter_builtins: z.array(BuiltinFilterInput).max(BUILTIN_SLUGS.length).nullish(),
}

const names = z.array(z.string()).nullable()
const flag = z.boolean().nullable()

export const RestrictionWire = {
  allowed_models: names,
  ignored_models: names,
  allowed_providers: names,
  ignored_providers: names,
  enforce_zdr_anthropic: flag,
  enforce_zdr_openai: flag,
  enforce_zdr_google: flag,
  enforce_zdr_xai: flag,
  enforce_zdr_other: flag,
  enable_free_model_publication: flag,
  enable_free_model_training: flag,
  enable_paid_model_training: flag,
}

export const ContentFilterWire = z.object({
  pattern: z.string(),
  action: z.enum(FILTER_ACTIONS),
  label: z.string().nullable(),
})
export type ContentFilterWire = z.output<typeof ContentFilterWire>

export const BuiltinFilterWire = z.object({
  slug: z.enum(BUILTIN_SLUGS),
  action: z.enum(FILTER_ACTIONS),
  label: z.string(),
  /** Of the prompt-injection detector alone. */
  scan_scope: z.enum(SCAN_SCOPES).optional(),
})
export type BuiltinFilterWire = z.output<typeof BuiltinFilterWire>
