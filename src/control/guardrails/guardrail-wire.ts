import type { BuiltinFilterWire, BuiltinSlug } from '../../contract/management/guardrail-fields.ts'
import type { GuardrailWire, KeyAssignmentWire, MemberAssignmentWire } from '../../contract/management/guardrails.ts'
import { BUILTIN_LABELS } from '../../domain/content-filter-labels.ts'
import { toUsd } from '../../domain/money.ts'
import type { KeyAssignmentRow, MemberAssignmentRow } from '../../store/queries/guardrail-assignments.ts'
import type { GuardrailRow } from '../../store/queries/guardrails.ts'
import { toIso } from '../../store/schema.ts'
import type { RestrictionColumns, StoredBuiltin } from '../../store/tables/guardrails.ts'

/** `narrowed_by` is told by who knows the organization's policy. */
export function guardrailToWire(row: GuardrailRow, narrowedBy: GuardrailWire['narrowed_by']): GuardrailWire {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    workspace_id: row.workspace_id,
    ...restrictionsToWire(row),
    limit_usd: row.limit_nano === null ? null : toUsd(row.limit_nano),
    reset_interval: row.reset_interval,
    include_byok_in_budgets: row.include_byok_in_budgets,
    enforce_zdr: row.enforce_zdr,
    content_filters: row.content_filters,
    content_filter_builtins: row.content_filter_builtins?.map(builtinToWire) ?? null,
    allowed_data_regions: row.allowed_data_regions,
    on_filter_timeout: row.on_filter_timeout,
    created_at: toIso(row.created_at),
    updated_at: row.updated_at === null ? null : toIso(row.updated_at),
    narrowed_by: narrowedBy,
  }
}

/** What guardrails and the organization's policy have in common, from a row that may have more. */
export function restrictionsToWire(row: RestrictionColumns): RestrictionColumns {
  return {
    allowed_models: row.allowed_models,
    ignored_models: row.ignored_models,
    allowed_providers: row.allowed_providers,
    ignored_providers: row.ignored_providers,
    enforce_zdr_anthropic: row.enforce_zdr_anthropic,
    enforce_zdr_openai: row.enforce_zdr_openai,
    enforce_zdr_google: row.enforce_zdr_google,
    enforce_zdr_xai: row.enforce_zdr_xai,
    enforce_zdr_other: row.enforce_zdr_other,
    enable_free_model_publication: row.enable_free_model_publication,
    enable_free_model_training: row.enable_free_model_training,
    enable_paid_model_training: row.enable_paid_model_training,
  }
}

export function builtinToWire({ slug, action, scan_scope }: StoredBuiltin): BuiltinFilterWire {
  return { slug, action, label: labelOf(slug), ...(scan_scope === undefined ? {} : { scan_scope }) }
}

function labelOf(slug: BuiltinSlug): string {
  return BUILTIN_LABELS[slug].placeholder
}

export function keyAssignmentToWire(row: KeyAssignmentRow): KeyAssignmentWire {
  return { ...row, created_at: toIso(row.created_at) }
}

export function memberAssignmentToWire(row: MemberAssignmentRow): MemberAssignmentWire {
  return {
    id: row.id,
    guardrail_id: row.guardrail_id,
    user_id: row.user_id,
    organization_id: row.organization_id,
    workspace_id: row.is_organization_wide ? null : row.workspace_id,
    assigned_by: row.assigned_by,
    created_at: toIso(row.created_at),
  }
}
