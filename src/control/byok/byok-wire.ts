import type { ByokKeyWire } from '../../contract/management/byok.ts'
import type { ByokKeyRow } from '../../store/queries/byok.ts'
import { toIso } from '../../store/schema.ts'

const SHOWABLE = /^[\w-]{16,}$/

/** `sk-...AbCd`: enough to tell credentials apart. Of short ones, and of those with several parts, nothing is shown. */
export function labelOf(secret: string): string {
  return SHOWABLE.test(secret) ? `${secret.slice(0, 3)}...${secret.slice(-4)}` : '...'
}

/** `hashes` of the keys that may use it. */
export function byokKeyToWire(row: ByokKeyRow, keys: ReadonlyMap<bigint, { hash: string }>): ByokKeyWire {
  return {
    id: row.id,
    provider: row.provider,
    workspace_id: row.workspace_id,
    label: row.label,
    name: row.name,
    disabled: row.disabled,
    is_fallback: row.is_fallback,
    is_required: row.is_required,
    is_byok_only: row.is_byok_only,
    declared_zdr: row.declared_zdr,
    base_url: row.base_url,
    sort_order: row.sort_order,
    allowed_models: row.allowed_models,
    allowed_api_key_hashes: row.allowed_key_ids?.flatMap((id) => keys.get(id)?.hash ?? []) ?? null,
    allowed_user_ids: row.allowed_user_ids,
    created_at: toIso(row.created_at),
  }
}
