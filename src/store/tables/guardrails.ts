import type { Generated } from 'kysely'
import type { BuiltinSlug, FilterAction, ScanScope } from '../../contract/management/guardrail-fields.ts'
import type { RatesByType } from '../../domain/rate-limits.ts'
import type { Instant, NullableInstant, NullableJson } from './column-types.ts'

export interface StoredFilter {
  pattern: string
  action: FilterAction
  label: string | null
}

export interface StoredBuiltin {
  slug: BuiltinSlug
  action: FilterAction
  /** Of the prompt-injection detector alone. */
  scan_scope?: ScanScope
}

/** What may be said of models, providers and their handling of data; null says nothing. */
export interface RestrictionColumns {
  allowed_models: string[] | null
  ignored_models: string[] | null
  allowed_providers: string[] | null
  ignored_providers: string[] | null
  enforce_zdr_anthropic: boolean | null
  enforce_zdr_openai: boolean | null
  enforce_zdr_google: boolean | null
  enforce_zdr_xai: boolean | null
  enforce_zdr_other: boolean | null
  enable_free_model_publication: boolean | null
  enable_free_model_training: boolean | null
  enable_paid_model_training: boolean | null
}

export interface GuardrailTable extends RestrictionColumns {
  id: string
  organization_id: string
  workspace_id: string
  is_default: Generated<boolean>
  name: string
  description: string | null
  limit_nano: bigint | null
  reset_interval: 'daily' | 'weekly' | 'monthly' | null
  include_byok_in_budgets: Generated<boolean>
  enforce_zdr: boolean | null
  content_filters: NullableJson<StoredFilter[]>
  content_filter_builtins: NullableJson<StoredBuiltin[]>
  allowed_data_regions: ('global' | 'europe' | 'us')[] | null
  on_filter_timeout: Generated<'block' | 'allow'>
  created_at: Instant
  created_by: string | null
  updated_at: NullableInstant
}

export interface GuardrailKeyAssignmentTable {
  id: string
  organization_id: string
  workspace_id: string
  guardrail_id: string
  key_id: bigint
  assigned_by: string | null
  created_at: Instant
}

export interface GuardrailMemberAssignmentTable {
  id: string
  organization_id: string
  /** The guardrail's. */
  workspace_id: string
  guardrail_id: string
  user_id: string
  /** Whether it holds in every workspace, and not only in the guardrail's. */
  is_organization_wide: boolean
  /** Whether it came with a role. */
  from_template: Generated<boolean>
  assigned_by: string | null
  created_at: Instant
}

export interface OrganizationPolicyTable extends RestrictionColumns {
  organization_id: string
  /** Networks in CIDR notation; null is everywhere. */
  allowed_ips: string[] | null
  rate_limits: NullableJson<RatesByType>
  free_models_rpm: number | null
  free_models_rpd: number | null
  /** Of organizations that bought enough credits; null for the same. */
  free_models_rpd_purchased: number | null
  updated_at: Instant
  updated_by: string | null
}

export interface PromptInjectionPhraseTable {
  id: string
  organization_id: string
  phrase: string
  created_at: Instant
  created_by: string | null
}

export interface GuardrailTables {
  organization_policy: OrganizationPolicyTable
  prompt_injection_phrase: PromptInjectionPhraseTable
  guardrail: GuardrailTable
  guardrail_key_assignment: GuardrailKeyAssignmentTable
  guardrail_member_assignment: GuardrailMemberAssignmentTable
}
