import type { PresetInForce } from '../domain/apply-preset.ts'
import type { Db } from './schema.ts'

export interface WorkspacePreset extends PresetInForce {
  workspaceId: string
}

/** The active presets, each at its designated version: of one workspace, or all. */
export async function loadPresets(db: Db, workspaceId?: string): Promise<WorkspacePreset[]> {
  const active = db
    .selectFrom('preset')
    .innerJoin('preset_version as version', 'version.id', 'preset.designated_version_id')
    .select(['preset.workspace_id', 'preset.slug', 'version.system_prompt', 'version.config'])
    .where('preset.deleted_at', 'is', null)
    .where('preset.status', '=', 'active')
  const wanted = workspaceId === undefined ? active : active.where('preset.workspace_id', '=', workspaceId)
  const rows = await wanted.execute()
  return rows.map(({ workspace_id, slug, system_prompt, config }) => {
    return { workspaceId: workspace_id, slug, systemPrompt: system_prompt, config }
  })
}
