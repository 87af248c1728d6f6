import { ORGANIZATION_POLICY_OPERATIONS } from '../../src/contract/management/organization-policy.ts'
import { call } from './request.ts'

export const SILENT_POLICY = {
  allowed_models: null,
  ignored_models: null,
  allowed_providers: null,
  ignored_providers: null,
  enforce_zdr_anthropic: null,
  enforce_zdr_openai: null,
  enforce_zdr_google: null,
  enforce_zdr_xai: null,
  enforce_zdr_other: null,
  enable_free_model_publication: null,
  enable_free_model_training: null,
  enable_paid_model_training: null,
  allowed_ips: null,
  rate_limits: null,
  free_models_rpm: null,
  free_models_rpd: null,
  free_models_rpd_purchased: null,
}

/** All tests share one organization, so whoever sets its policy takes it back. */
export async function clearPolicy(): Promise<void> {
  await call(ORGANIZATION_POLICY_OPERATIONS.updateOrganizationPolicy, SILENT_POLICY)
}
