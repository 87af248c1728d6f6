import type { PresetVersionWire, PresetWire } from '../../contract/management/presets.ts'
import type { PresetRow, PresetVersionRow } from '../../store/queries/presets.ts'
import { toIso } from '../../store/schema.ts'

export function presetToWire(row: PresetRow): PresetWire {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    description: row.description,
    status: row.status,
    status_updated_at: row.status_updated_at === null ? null : toIso(row.status_updated_at),
    designated_version_id: row.designated_version_id,
    creator_user_id: row.creator_user_id,
    workspace_id: row.workspace_id,
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
  }
}

export function presetVersionToWire(row: PresetVersionRow): PresetVersionWire {
  return {
    id: row.id,
    preset_id: row.preset_id,
    version: row.version,
    system_prompt: row.system_prompt,
    config: row.config,
    creator_id: row.creator_id,
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
  }
}
