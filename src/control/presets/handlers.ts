import type { PRESET_OPERATIONS } from '../../contract/management/presets.ts'
import type { HandlersFor } from '../../contract/operation.ts'
import type { ControlContext, MemoryContext } from '../context.ts'
import {
  handleCreatePresetFromChat,
  handleCreatePresetFromMessages,
  handleCreatePresetFromResponses,
} from './create-preset.ts'
import {
  handleDeletePreset,
  handleGetPreset,
  handleGetPresetVersion,
  handleListPresets,
  handleListPresetVersions,
  handleUpdatePreset,
} from './presets.ts'

export const PRESET_HANDLERS: HandlersFor<typeof PRESET_OPERATIONS, ControlContext, MemoryContext> = {
  listPresets: handleListPresets,
  getPreset: handleGetPreset,
  listPresetVersions: handleListPresetVersions,
  getPresetVersion: handleGetPresetVersion,
  createPresetsChatCompletions: handleCreatePresetFromChat,
  createPresetsMessages: handleCreatePresetFromMessages,
  createPresetsResponses: handleCreatePresetFromResponses,
  updatePreset: handleUpdatePreset,
  deletePreset: handleDeletePreset,
}
