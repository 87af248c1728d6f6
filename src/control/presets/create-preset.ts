import type { PRESET_OPERATIONS } from '../../contract/management/presets.ts'
import type { HandlerOf, OutputOf } from '../../contract/operation.ts'
import { AppError } from '../../domain/app-error.ts'
import { presetConfigOf } from '../../domain/preset-config.ts'
import { newUuid } from '../../platform/ids.ts'
import { insertPreset, insertPresetVersion, type PresetRow, updatePresetRow } from '../../store/queries/presets.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import { type ControlContext, organizationOf } from '../context.ts'
import { workspaceIdOf } from '../keys/read-keys.ts'
import { findPreset, withPresetAccess } from './preset-access.ts'
import { presetToWire } from './preset-wire.ts'
import { presetWithVersion, requirePresetWrite } from './presets.ts'

type Operations = typeof PRESET_OPERATIONS
type Answer = OutputOf<Operations['createPresetsChatCompletions']>
type Body = Readonly<Record<string, unknown>> & { slug: string; workspace_id?: string | undefined }

export const handleCreatePresetFromChat: HandlerOf<Operations['createPresetsChatCompletions'], ControlContext> = (
  input,
  context,
) => saveVersion(input, context)

export const handleCreatePresetFromMessages: HandlerOf<Operations['createPresetsMessages'], ControlContext> = (
  input,
  context,
) => saveVersion(input, context)

/** No field of such a request is required, but of none at all no preset can be made. */
export const handleCreatePresetFromResponses: HandlerOf<Operations['createPresetsResponses'], ControlContext> = (
  input,
  context,
) => {
  const { slug: _slug, workspace_id: _workspace, ...fields } = input
  if (Object.keys(fields).length === 0) throw new AppError('invalid_request', 'Request body: has no field of a request')
  return saveVersion(input, context)
}

/** Makes the preset unless it is there, and of the body its newest version, which is in force from now on. */
async function saveVersion(body: Body, caller: ControlContext): Promise<Answer> {
  const context = await withPresetAccess(caller, 'preset:write')
  const current = await findPreset(body, context)
  if (current !== undefined) requirePresetWrite(current, context)
  if (current?.status === 'archived')
    throw new AppError('conflict', `The preset "${body.slug}" is archived; set its status to active before changing it`)
  const { systemPrompt, config } = presetConfigOf(body)
  const now = toIso(context.now)
  const preset = current ?? (await newPreset(body, context))
  const version = await insertPresetVersion(context.tx, {
    id: newUuid(),
    organization_id: preset.organization_id,
    workspace_id: preset.workspace_id,
    preset_id: preset.id,
    system_prompt: systemPrompt,
    config: JSON.stringify(config),
    creator_id: context.access.userId ?? preset.organization_id,
    created_at: now,
    updated_at: now,
  })
  const row = await updatePresetRow(context.tx, preset.id, { designated_version_id: version.id, updated_at: now })
  context.changed('preset', row.workspace_id)
  // The audit log names the version; what it says stays where it can be deleted.
  const after = { ...presetToWire(row), version: version.version }
  const before = current === undefined ? {} : { before: presetToWire(current) }
  context.audit({ resource: 'preset', id: row.id, workspaceId: row.workspace_id, ...before, after })
  return { data: await presetWithVersion(row, context) }
}

async function newPreset(body: Body, context: ControlContext): Promise<PresetRow> {
  const { actor, access } = context
  const named = body.workspace_id ?? (actor.kind === 'key' ? actor.workspaceId : undefined)
  const workspaceId = await workspaceIdOf(named, context)
  requireIn(context, 'preset:write', { workspaceId, ownerUserId: access.userId }, 'Workspace')
  const now = toIso(context.now)
  return await insertPreset(context.tx, {
    id: newUuid(),
    organization_id: organizationOf(context),
    workspace_id: workspaceId,
    slug: body.slug,
    name: body.slug,
    description: null,
    status: 'active',
    designated_version_id: null,
    creator_user_id: access.userId,
    created_at: now,
    updated_at: now,
  })
}
