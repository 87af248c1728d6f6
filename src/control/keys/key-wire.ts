import type { CurrentKeyWire, KeyWire } from '../../contract/management/keys.ts'
import { permissionsOfKey } from '../../domain/key-types.ts'
import { toUsd } from '../../domain/money.ts'
import type { KeyRestrictions } from '../../domain/plan.ts'
import { rateLimitOf, type WorkspaceRates } from '../../domain/rate-limits.ts'
import type { KeyRow, KeySpend } from '../../store/queries/keys.ts'
import { toIso } from '../../store/schema.ts'
import type { FreeModelsToday } from '../context.ts'

const FREE_MODELS_UNLIMITED = 2_147_483_647

/** `rates` are those of its workspace. */
export function keyToWire(row: KeyRow, spend: KeySpend, rates: WorkspaceRates | null): KeyWire {
  return {
    hash: row.hash,
    name: row.name,
    label: row.label,
    disabled: row.disabled,
    ...limitToWire(row, spend),
    ...spendToWire(spend),
    created_at: toIso(row.created_at),
    updated_at: row.updated_at === null ? null : toIso(row.updated_at),
    expires_at: row.expires_at === null ? null : toIso(row.expires_at),
    creator_user_id: row.creator_user_id,
    workspace_id: row.workspace_id,
    external_user: row.external_user,
    id: Number(row.id),
    type: row.type,
    permissions: [...permissionsOfKey({ ...row, isReadOnly: row.read_only })],
    allowed_models: row.allowed_models,
    allowed_ips: row.allowed_ips,
    project_id: row.project_id,
    read_only: row.read_only,
    hidden: row.hidden,
    rate_limit_rpm: row.rate_limit_rpm,
    effective_rate_limit_rpm: effectiveRate(row, rates),
    concurrency_limit: row.concurrency_limit,
    ...planToWire(row),
    pending: toUsd(spend.pending),
  }
}

function effectiveRate({ creator_user_id: creatorUserId, rate_limit_rpm, type }: KeyRow, rates: WorkspaceRates | null) {
  return rateLimitOf({ type, rateLimitRpm: rate_limit_rpm, creatorUserId }, rates)
}

export function currentKeyToWire(
  row: KeyRow,
  spend: KeySpend,
  { freeModels, allowedDataRegions }: { freeModels: FreeModelsToday } & Pick<KeyRestrictions, 'allowedDataRegions'>,
): CurrentKeyWire {
  const isManagement = row.type === 'management'
  return {
    label: row.label,
    ...limitToWire(row, spend),
    ...spendToWire(spend),
    is_free_tier: freeModels.limit !== null && !freeModels.hasBoughtCredits,
    is_management_key: isManagement,
    is_provisioning_key: isManagement,
    creator_user_id: row.creator_user_id,
    expires_at: row.expires_at === null ? null : toIso(row.expires_at),
    rate_limit: { requests: -1, interval: '10s', note: 'This field is deprecated and safe to ignore.' },
    // As the official API has it, which names the one region that everything is in.
    allowed_data_regions: allowedDataRegions === null ? ['global'] : [...allowedDataRegions].toSorted(),
    free_model_daily_requests: freeModelsToWire(freeModels),
    organization_id: row.organization_id,
    workspace_id: row.workspace_id,
    pending: toUsd(spend.pending),
  }
}

/** Clients want numbers, and may stop at 0: without a limit it is a number that nobody reaches. */
function freeModelsToWire({ limit, used }: FreeModelsToday): CurrentKeyWire['free_model_daily_requests'] {
  const total = limit ?? FREE_MODELS_UNLIMITED
  return { limit: total, remaining: Math.max(0, total - used), used }
}

/** How it gets new secrets. */
export function planToWire(row: KeyRow): Pick<KeyWire, 'rotate_every_days' | 'next_rotation_at' | 'deliver'> {
  const { deliver_destination: destination, deliver_type: type, next_rotation_at, rotate_every_days } = row
  return {
    rotate_every_days,
    next_rotation_at: next_rotation_at === null ? null : toIso(next_rotation_at),
    deliver: type === null || destination === null ? null : { type, destination },
  }
}

function limitToWire(row: KeyRow, spend: KeySpend) {
  return {
    limit: row.limit_nano === null ? null : toUsd(row.limit_nano),
    limit_remaining: remaining(row, spend),
    limit_reset: row.limit_reset,
    include_byok_in_limit: row.include_byok_in_limit,
  }
}

/** What the current window of the limit leaves, never below 0. */
function remaining(row: KeyRow, spend: KeySpend): number | null {
  if (row.limit_nano === null) return null
  const interval = row.limit_reset ?? 'lifetime'
  const spent = spend.credit[interval] + (row.include_byok_in_limit ? spend.byok[interval] : 0n)
  return spent >= row.limit_nano ? 0 : toUsd(row.limit_nano - spent)
}

function spendToWire({ credit, byok }: KeySpend) {
  return {
    usage: toUsd(credit.lifetime),
    usage_daily: toUsd(credit.daily),
    usage_weekly: toUsd(credit.weekly),
    usage_monthly: toUsd(credit.monthly),
    byok_usage: toUsd(byok.lifetime),
    byok_usage_daily: toUsd(byok.daily),
    byok_usage_weekly: toUsd(byok.weekly),
    byok_usage_monthly: toUsd(byok.monthly),
  }
}
