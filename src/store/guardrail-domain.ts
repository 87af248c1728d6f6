import type { Guardrail, Restrictions } from '../domain/guardrail-merge.ts'
import type { GuardrailRow } from './queries/guardrails.ts'
import type { RestrictionColumns } from './tables/guardrails.ts'

type Columns =
  | keyof RestrictionColumns
  | 'id'
  | 'name'
  | 'content_filters'
  | 'content_filter_builtins'
  | 'limit_nano'
  | 'reset_interval'
  | 'include_byok_in_budgets'
  | 'allowed_data_regions'
  | 'on_filter_timeout'

export function guardrailToDomain(row: Pick<GuardrailRow, Columns>): Guardrail {
  return {
    id: row.id,
    name: row.name,
    ...restrictionsToDomain(row),
    allowedDataRegions: row.allowed_data_regions,
    filters: row.content_filters ?? [],
    builtins: (row.content_filter_builtins ?? []).map(({ slug, action, scan_scope }) => ({
      slug,
      action,
      scanScope: scan_scope ?? 'all_messages',
    })),
    limit: row.limit_nano,
    interval: row.reset_interval ?? 'lifetime',
    includesByok: row.include_byok_in_budgets,
    onFilterTimeout: row.on_filter_timeout,
  }
}

/** The organization's policy as the widest of the guardrails. */
export function policyToDomain(row: RestrictionColumns): Guardrail {
  return {
    id: null,
    name: 'Organization policy',
    ...restrictionsToDomain(row),
    allowedDataRegions: null,
    filters: [],
    builtins: [],
    limit: null,
    interval: 'lifetime',
    includesByok: false,
    onFilterTimeout: 'allow',
  }
}

function restrictionsToDomain(row: RestrictionColumns): Omit<Restrictions, 'allowedDataRegions'> {
  return {
    allowedModels: row.allowed_models,
    ignoredModels: row.ignored_models,
    allowedProviders: row.allowed_providers,
    ignoredProviders: row.ignored_providers,
    zdr: {
      anthropic: row.enforce_zdr_anthropic,
      openai: row.enforce_zdr_openai,
      google: row.enforce_zdr_google,
      xai: row.enforce_zdr_xai,
      other: row.enforce_zdr_other,
    },
    freeModelPublication: row.enable_free_model_publication,
    freeModelTraining: row.enable_free_model_training,
    paidModelTraining: row.enable_paid_model_training,
  }
}
