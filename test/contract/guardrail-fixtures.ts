import { GUARDRAIL_OPERATIONS, type GuardrailWire } from '../../src/contract/management/guardrails.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { call } from './request.ts'

export async function newGuardrail(
  fields: Partial<RequestOf<(typeof GUARDRAIL_OPERATIONS)['createGuardrail']>> = {},
): Promise<GuardrailWire> {
  const { data } = await call(GUARDRAIL_OPERATIONS.createGuardrail, { name: 'no-frontier', ...fields })
  return data
}

/** What a guardrail is that says nothing. */
export const SILENT: Partial<GuardrailWire> = {
  description: null,
  allowed_models: null,
  ignored_models: null,
  allowed_providers: null,
  ignored_providers: null,
  limit_usd: null,
  reset_interval: null,
  include_byok_in_budgets: false,
  enforce_zdr: null,
  enforce_zdr_anthropic: null,
  enforce_zdr_openai: null,
  enforce_zdr_google: null,
  enforce_zdr_xai: null,
  enforce_zdr_other: null,
  enable_free_model_publication: null,
  enable_free_model_training: null,
  enable_paid_model_training: null,
  content_filters: null,
  content_filter_builtins: null,
  allowed_data_regions: null,
  on_filter_timeout: 'block',
  updated_at: null,
  narrowed_by: [],
}
