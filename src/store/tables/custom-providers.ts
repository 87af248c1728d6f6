import type { ColumnType, JSONColumnType } from 'kysely'
import type { ModelEntry } from '../../contract/common/provider-schema.ts'
import type { DataRegion, DialectName } from '../../domain/catalogue.ts'
import type { Instant, NullableInstant } from './column-types.ts'

export interface CustomProviderTable {
  id: string
  organization_id: string
  slug: string
  name: string
  dialect: DialectName
  base_url: string
  key_label: string | null
  /** Sealed; null without a credential, and once the row is deleted. */
  sealed_key: string | null
  may_train: boolean
  retains_prompts: boolean
  data_region: DataRegion
  privacy_policy_url: string | null
  terms_of_service_url: string | null
  status_page_url: string | null
  /** null: for every workspace. */
  workspace_ids: string[] | null
  models: ColumnType<ModelEntry[], string, string>
  created_at: Instant
  created_by: string | null
  updated_at: NullableInstant
  deleted_at: NullableInstant
}

export interface CustomPriceBookTable {
  organization_id: string
  version: string
  prices: JSONColumnType<object[]>
  created_at: Instant
}

export interface CustomProviderTables {
  custom_provider: CustomProviderTable
  custom_price_book: CustomPriceBookTable
}
