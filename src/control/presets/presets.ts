import type { PRESET_OPERATIONS } from '../../contract/management/presets.ts'
import type { HandlerOf } from '../../contract/operation.ts'
import {
  getPresetVersionRow,
  listPresetRows,
  listPresetVersionRows,
  type PresetRow,
  updatePresetRow,
} from '../../store/queries/presets.ts'
import { toIso } from '../../store/schema.ts'
import { requireIn } from '../access.ts'
import type { ControlContext } from '../context.ts'
import { toPage } from '../page.ts'
import { getPresetRow, presetPlaces, withPresetAccess } from './preset-access.ts'
import { presetToWire, presetVersionToWire } from './preset-wire.ts'

type Operations = typeof PRESET_OPERATIONS
type Handler<Name extends keyof Operations> = HandlerOf<Operations[Name], ControlContext>

export const handleListPresets: Handler<'listPresets'> = async (input, caller) => {
  const context = await withPresetAccess(caller, 'preset:read')
  const places = await presetPlaces(input.workspace_id, context)
  const { rows, total } = await listPresetRows(context.tx, places, toPage(input))
  return { data: rows.map(presetToWire), total_count: total }
}

export const handleGetPreset: Handler<'getPreset'> = async (input, caller) => {
  const context = await withPresetAccess(caller, 'preset:read')
  return { data: await presetWithVersion(await getPresetRow(input, context), context) }
}

export const handleListPresetVersions: Handler<'listPresetVersions'> = async (input, caller) => {
  const context = await withPresetAccess(caller, 'preset:read')
  const preset = await getPresetRow(input, context)
  const { rows, total } = await listPresetVersionRows(context.tx, preset.id, toPage(input))
  return { data: rows.map(presetVersionToWire), total_count: total }
}

export const handleGetPresetVersion: Handler<'getPresetVersion'> = async (input, caller) => {
  const context = await withPresetAccess(caller, 'preset:read')
  const preset = await getPresetRow(input, context)
  const row = await getPresetVersionRow(context.tx, preset.id, { version: Number(input.version) })
  return { data: presetVersionToWire(row) }
}

export const handleUpdatePreset: Handler<'updatePreset'> = async (input, context) => {
  const current = await getPresetToChange(input, context)
  const versionId = input.designated_version_id
  if (versionId !== undefined) await getPresetVersionRow(context.tx, current.id, { id: versionId })
  const now = toIso(context.now)
  const row = await updatePresetRow(context.tx, current.id, {
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.status === undefined || input.status === current.status
      ? {}
      : { status: input.status, status_updated_at: now }),
    ...(versionId === undefined ? {} : { designated_version_id: versionId }),
    updated_at: now,
  })
  context.changed('preset', row.workspace_id)
  const before = presetToWire(current)
  const after = presetToWire(row)
  context.audit({ resource: 'preset', id: row.id, workspaceId: row.workspace_id, before, after })
  return { data: await presetWithVersion(row, context) }
}

export const handleDeletePreset: Handler<'deletePreset'> = async (input, context) => {
  const row = await getPresetToChange(input, context)
  await updatePresetRow(context.tx, row.id, { deleted_at: toIso(context.now) })
  context.changed('preset', row.workspace_id)
  context.audit({ resource: 'preset', id: row.id, workspaceId: row.workspace_id, before: presetToWire(row) })
  return { deleted: true }
}

/** On the wire, with the version that is in force. */
export async function presetWithVersion(row: PresetRow, { tx }: ControlContext) {
  const id = row.designated_version_id
  const version = id === null ? null : presetVersionToWire(await getPresetVersionRow(tx, row.id, { id }))
  return { ...presetToWire(row), designated_version: version }
}

async function getPresetToChange(
  input: { slug: string; workspace_id?: string | undefined },
  context: ControlContext,
): Promise<PresetRow> {
  const row = await getPresetRow(input, context)
  requirePresetWrite(row, context)
  return row
}

/** Developers change the presets they made, Admins every one. */
export function requirePresetWrite(row: PresetRow, context: ControlContext): void {
  const place = { workspaceId: row.workspace_id, ownerUserId: row.creator_user_id }
  requireIn(context, 'preset:write', place, 'Preset')
}
