import type { CustomProviderWire } from '../../contract/management/custom-providers.ts'
import type { CustomProviderRow } from '../../store/queries/custom-providers.ts'
import { toIso } from '../../store/schema.ts'

export function customProviderToWire(row: CustomProviderRow): CustomProviderWire {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    dialect: row.dialect,
    base_url: row.base_url,
    key_label: row.key_label,
    data_policy: { training: row.may_train, retains_prompts: row.retains_prompts },
    data_region: row.data_region,
    privacy_policy_url: row.privacy_policy_url,
    terms_of_service_url: row.terms_of_service_url,
    status_page_url: row.status_page_url,
    workspace_ids: row.workspace_ids,
    models: row.models,
    created_at: toIso(row.created_at),
    created_by: row.created_by,
    updated_at: row.updated_at === null ? null : toIso(row.updated_at),
  }
}
