import type { ColumnType, Generated, JSONColumnType, Kysely, Transaction } from 'kysely'
import type { KeyType } from '../contract/common/permissions.ts'
import type { DeliverTargetWire, EndedTargetWire } from '../contract/management/key-delivery.ts'
import type { CreditPool } from '../contract/management/workspace-funding.ts'
import type { KeyCreation, PluginDefaults } from '../contract/management/workspace-settings.ts'
import type { Finding } from '../domain/content-filters.ts'
import type { Decision } from '../domain/decision.ts'
import type { RatesByType } from '../domain/rate-limits.ts'
import type { ScopeKind } from '../domain/spend-scopes.ts'
import type { ActivityTables } from './tables/activity.ts'
import type { AlertTables } from './tables/alerts.ts'
import type { AuditTables } from './tables/audit.ts'
import type { AuthCodeTables } from './tables/auth-codes.ts'
import type { BroadcastTables } from './tables/broadcast.ts'
import type { BudgetTables } from './tables/budgets.ts'
import type { ByokTables } from './tables/byok.ts'
import type { DateText, Instant, NullableInstant, NullableJson } from './tables/column-types.ts'
import type { CreditTables } from './tables/credits.ts'
import type { CustomProviderTables } from './tables/custom-providers.ts'
import type { DestinationTables } from './tables/destinations.ts'
import type { EndpointHealthTables } from './tables/endpoint-health.ts'
import type { FollowerTables } from './tables/followers.ts'
import type { GuardrailTables } from './tables/guardrails.ts'
import type { IdentityTables } from './tables/identity.ts'
import type { InvitationTables } from './tables/invitations.ts'
import type { InvoiceTables } from './tables/invoices.ts'
import type { KeyRotationTables } from './tables/key-rotation.ts'
import type { LeaseTables } from './tables/leases.ts'
import type { MemberTables } from './tables/members.ts'
import type { PaymentTables } from './tables/payments.ts'
import type { PresetTables } from './tables/presets.ts'
import type { ProjectTables } from './tables/projects.ts'
import type { RequestTables } from './tables/requests.ts'
import type { ScimTables } from './tables/scim.ts'
import type { SecurityEventTables } from './tables/security-events.ts'

export interface InstallationTable {
  only_row: Generated<boolean>
  id: string
  secret_fingerprint: string
  audit_key: string | null
  created_at: Instant
}

export interface OrganizationTable {
  id: string
  name: string
  has_alert_rules: Generated<boolean>
  created_at: Instant
}

export interface OrganizationHeadTable {
  organization_id: string
  version: Generated<bigint>
  audit_sequence: Generated<bigint>
  audit_hash: Generated<string>
}

export interface ChangeTable {
  organization_id: string
  version: bigint
  kind: string
  id: string
  created_at: Instant
}

export interface UserAccountTable {
  id: string
  email: string
  first_name: string | null
  last_name: string | null
  name: Generated<string>
  email_verified: Generated<boolean>
  image: string | null
  two_factor_enabled: Generated<boolean>
  created_at: Instant
  updated_at: NullableInstant
}

export interface OrganizationMemberTable {
  organization_id: string
  user_id: string
  role: 'org:admin' | 'org:member'
  created_at: Instant
}

export interface WorkspaceTable {
  id: string
  organization_id: string
  slug: string
  name: string
  description: string | null
  is_default: Generated<boolean>
  default_text_model: string | null
  default_image_model: string | null
  default_provider_sort: string | null
  io_logging_api_key_ids: bigint[] | null
  io_logging_sampling_rate: Generated<number>
  is_data_discount_logging_enabled: Generated<boolean>
  is_observability_broadcast_enabled: Generated<boolean>
  is_observability_io_logging_enabled: Generated<boolean>
  is_io_logging_redacted: Generated<boolean>
  include_byok_in_budgets: Generated<boolean>
  disabled_server_tools: string[] | null
  key_creation: Generated<KeyCreation>
  allowed_ips: string[] | null
  allowed_origins: string[] | null
  plugin_defaults: NullableJson<PluginDefaults>
  /** Null: those of the organization. */
  rate_limits: NullableJson<RatesByType>
  require_project: Generated<boolean>
  credit_pool: Generated<CreditPool>
  reserved_nano: Generated<bigint>
  created_at: Instant
  created_by: string | null
  updated_at: NullableInstant
  deleted_at: NullableInstant
}

export interface ApiKeyTable {
  id: ColumnType<bigint, never, never>
  hash: string
  organization_id: string
  workspace_id: string | null
  type: KeyType
  name: string
  label: string
  disabled: Generated<boolean>
  limit_nano: bigint | null
  limit_reset: 'daily' | 'weekly' | 'monthly' | null
  include_byok_in_limit: Generated<boolean>
  rate_limit_rpm: number | null
  concurrency_limit: Generated<number | null>
  expires_at: NullableInstant
  creator_user_id: string | null
  external_user: string | null
  /** Null: those of the type. */
  permissions: string[] | null
  /** Null: every model. */
  allowed_models: string[] | null
  /** Null: every address. */
  allowed_ips: string[] | null
  project_id: string | null
  hidden: Generated<boolean>
  read_only: Generated<boolean>
  is_bootstrap: Generated<boolean>
  /** Whether a client got it by OAuth. */
  is_of_client: Generated<boolean>
  rotate_every_days: number | null
  next_rotation_at: NullableInstant
  /** Where new secrets go: its kind, how it may be shown, and whole with its credentials, sealed. */
  deliver_type: DeliverTargetWire['type'] | null
  deliver_destination: string | null
  sealed_deliver: string | null
  /** Who named it; null is the organization itself. */
  deliver_set_by: string | null
  ended_deliver: NullableJson<EndedTargetWire>
  /** Since when the present secret is known to strangers. */
  leaked_at: NullableInstant
  created_at: Instant
  updated_at: NullableInstant
  deleted_at: NullableInstant
}

export interface CounterTable {
  scope_kind: ScopeKind
  scope_id: string
  kind: 'credit' | 'byok'
  interval: 'daily' | 'weekly' | 'monthly' | 'lifetime'
  window_start: DateText
  settled_nano: Generated<bigint>
  leased_nano: Generated<bigint>
  ceiling_nano: bigint | null
  limit_nano: bigint | null
  limit_version: Generated<bigint>
  is_scarce: Generated<boolean>
}

export interface LedgerEntryTable {
  id: string
  organization_id: string
  kind: 'grant' | 'purchase' | 'charge' | 'refund' | 'adjustment' | 'transfer'
  debit_account: string
  credit_account: string
  amount_nano: bigint
  generation_id: string | null
  note: string | null
  created_at: Instant
}

export interface PriceBookTable {
  version: string
  prices: JSONColumnType<Record<string, unknown>>
  created_at: Instant
}

export interface GenerationTable {
  id: string
  created_at: Instant
  request_id: string
  organization_id: string
  workspace_id: string
  key_id: bigint
  user_id: string | null
  api_type: string
  model: string
  endpoint_id: string
  provider_name: string
  upstream_id: string | null
  streamed: boolean
  cancelled: boolean
  outcome: 'done' | 'upstream_error' | 'cancelled' | 'crash_padding'
  finish_reason: string | null
  native_finish_reason: string | null
  tokens_prompt: number
  tokens_completion: number
  tokens_reasoning: number
  tokens_cached: number
  usage_estimated: boolean
  usage_raw: JSONColumnType<Record<string, unknown>> | null
  cost_nano: bigint
  prompt_cost_nano: bigint
  uncharged_nano: bigint
  upstream_cost_nano: bigint | null
  price_version: string
  latency_ms: number | null
  generation_time_ms: number | null
  attempts: JSONColumnType<unknown[]>
  findings: NullableJson<Finding[]>
  /** Null here and below: of an earlier version, so nothing is known. */
  decision: NullableJson<Decision>
  held_nano: bigint | null
  tokens_cache_write: number | null
  tokens_audio: number | null
  images: number | null
  search_units: number | null
  service_tier: string | null
  origin: Generated<string>
  http_referer: string | null
  app_title: string | null
  user_agent: string | null
  ip: string | null
  session_id: string | null
  external_user: string | null
  replica_id: string
  project_id: string | null
  credit_pool: Generated<'shared' | 'dedicated'>
  counted_on: DateText | null
  byok_nano: Generated<bigint>
}

export interface SetupTokenTable {
  token_hash: string
  created_at: Instant
  expires_at: Instant
  used_at: NullableInstant
}

/** Tables of later migrations are declared by area in `tables/`. */
export interface Schema
  extends ActivityTables,
    AlertTables,
    AuditTables,
    AuthCodeTables,
    BroadcastTables,
    BudgetTables,
    ByokTables,
    CreditTables,
    CustomProviderTables,
    DestinationTables,
    EndpointHealthTables,
    FollowerTables,
    GuardrailTables,
    IdentityTables,
    InvitationTables,
    InvoiceTables,
    KeyRotationTables,
    LeaseTables,
    MemberTables,
    PaymentTables,
    PresetTables,
    ProjectTables,
    RequestTables,
    ScimTables,
    SecurityEventTables {
  installation: InstallationTable
  organization: OrganizationTable
  organization_head: OrganizationHeadTable
  change: ChangeTable
  user_account: UserAccountTable
  organization_member: OrganizationMemberTable
  workspace: WorkspaceTable
  api_key: ApiKeyTable
  counter: CounterTable
  ledger_entry: LedgerEntryTable
  price_book: PriceBookTable
  generation: GenerationTable
  setup_token: SetupTokenTable
}

/** A pool or a transaction: what a query function takes first. */
export type Db = Kysely<Schema> | Transaction<Schema>
export type Tx = Transaction<Schema>

/** How an instant is written: ISO 8601 in UTC. */
export function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
