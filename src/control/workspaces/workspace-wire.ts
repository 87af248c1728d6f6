import type { WorkspaceMemberWire, WorkspaceWire } from '../../contract/management/workspaces.ts'
import { toUsd } from '../../domain/money.ts'
import { defaultGuardrailId } from '../../store/queries/guardrails.ts'
import type { WorkspaceMemberRow } from '../../store/queries/members.ts'
import type { WorkspaceRow } from '../../store/queries/workspaces.ts'
import { toIso } from '../../store/schema.ts'
import { workspaceAccessToWire } from './workspace-access.ts'
import { workspaceFundingToWire } from './workspace-funding.ts'

export function workspaceToWire(row: WorkspaceRow): WorkspaceWire {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    description: row.description,
    is_default: row.is_default,
    default_text_model: row.default_text_model,
    default_image_model: row.default_image_model,
    default_provider_sort: row.default_provider_sort,
    default_guardrail_id: defaultGuardrailId(row.id),
    include_byok_in_budgets: row.include_byok_in_budgets,
    io_logging_api_key_ids: row.io_logging_api_key_ids?.map(Number) ?? null,
    io_logging_sampling_rate: row.io_logging_sampling_rate,
    is_data_discount_logging_enabled: row.is_data_discount_logging_enabled,
    is_observability_broadcast_enabled: row.is_observability_broadcast_enabled,
    is_observability_io_logging_enabled: row.is_observability_io_logging_enabled,
    is_io_logging_redacted: row.is_io_logging_redacted,
    disabled_server_tools: row.disabled_server_tools,
    ...workspaceAccessToWire(row),
    ...workspaceFundingToWire(row),
    created_at: toIso(row.created_at),
    created_by: row.created_by,
    updated_at: row.updated_at === null ? null : toIso(row.updated_at),
  }
}

export function workspaceMemberToWire(row: WorkspaceMemberRow): WorkspaceMemberWire {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    user_id: row.user_id,
    role: row.workspace_role === 'admin' ? 'admin' : 'member',
    workspace_role: row.workspace_role,
    custom_role_id: row.custom_role_id,
    spending_limit_usd: row.spending_limit_nano === null ? null : toUsd(row.spending_limit_nano),
    limit_reset: row.limit_reset,
    key_creation: row.key_creation,
    key_rate_limit_rpm: row.key_rate_limit_rpm,
    created_at: toIso(row.created_at),
  }
}
