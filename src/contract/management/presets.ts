import { z } from 'zod'
import { PageQuery, pageOf } from '../common/pagination.ts'
import { SlugRef, VersionRef } from '../common/path-names.ts'
import { Slug, Timestamp, Uuid } from '../common/scalars.ts'
import { ChatCompletionRequest, ProviderPreferences } from '../inference/chat-completions.ts'
import { operation } from '../operation.ts'

export const PRESET_STATUSES = ['active', 'disabled', 'archived'] as const

export const PresetWire = z.object({
  id: Uuid,
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  status: z.enum(PRESET_STATUSES),
  status_updated_at: Timestamp.nullable(),
  designated_version_id: Uuid.nullable(),
  creator_user_id: z.string().nullable(),
  workspace_id: Uuid.nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type PresetWire = z.output<typeof PresetWire>

export const PresetVersionWire = z.object({
  id: Uuid,
  preset_id: Uuid,
  version: z.int(),
  system_prompt: z.string().nullable(),
  config: z.record(z.string(), z.unknown()),
  /** Who made it: a member, or the organization where a key of nobody's did. */
  creator_id: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type PresetVersionWire = z.output<typeof PresetVersionWire>

const PresetAnswer = z.object({ data: PresetWire.extend({ designated_version: PresetVersionWire.nullable() }) })

/*
 * What an inference body may hold here: the fields of the official request, no others, so that a typo isn't kept as a
 * setting. What the gateway reads is checked as it is there; the rest only for its size.
 */

const FIELD_CHARACTERS_MAX = 500_000
const Kept = z
  .unknown()
  .refine(
    (value) => value === undefined || JSON.stringify(value).length <= FIELD_CHARACTERS_MAX,
    `must be at most ${FIELD_CHARACTERS_MAX} characters of JSON`,
  )
  .optional()

/** What the requests of all three kinds may hold. */
const COMMON_FIELDS = [
  'cache_control',
  'cache_enabled',
  'cache_ttl_seconds',
  'metadata',
  'plugins',
  'route',
  'service_tier',
  'stop_server_tools_when',
  'tool_choice',
  'tools',
  'top_k',
  'trace',
] as const
const CHAT_FIELDS = [
  'debug',
  'frequency_penalty',
  'image_config',
  'logit_bias',
  'logprobs',
  'min_p',
  'modalities',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'reasoning',
  'reasoning_effort',
  'repetition_penalty',
  'response_format',
  'seed',
  'stream_options',
  'top_a',
  'top_logprobs',
] as const
const MESSAGES_FIELDS = [
  'context_management',
  'fallbacks',
  'output_config',
  'speed',
  'stop_sequences',
  'system',
  'thinking',
] as const
const RESPONSES_FIELDS = [
  'background',
  'debug',
  'frequency_penalty',
  'image_config',
  'include',
  'input',
  'instructions',
  'max_tool_calls',
  'modalities',
  'parallel_tool_calls',
  'presence_penalty',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_options',
  'reasoning',
  'safety_identifier',
  'store',
  'text',
  'top_logprobs',
  'truncation',
] as const

function keptFields<const Name extends string>(names: readonly Name[]): Record<Name, typeof Kept> {
  return Object.fromEntries(names.map((name) => [name, Kept])) as Record<Name, typeof Kept>
}

const chat = ChatCompletionRequest.shape
const CommonRequest = {
  ...keptFields(COMMON_FIELDS),
  model: chat.model,
  models: chat.models,
  provider: ProviderPreferences.nullish(),
  session_id: chat.session_id,
  stream: chat.stream,
  temperature: chat.temperature,
  top_p: chat.top_p,
  user: chat.user,
}

/** For callers that reach several workspaces, where the slug alone doesn't tell which preset is meant. */
const workspace_id = Uuid.optional()
const preset = { slug: SlugRef, workspace_id }
const newPreset = { slug: Slug, workspace_id }
const tag = 'Presets'
const errors = ['invalid_request', 'unauthorized', 'forbidden', 'not_found'] as const

const listPresets = operation({
  id: 'listPresets',
  method: 'GET',
  path: '/api/v1/presets',
  summary: 'List presets, the last changed first',
  tag,
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject({ ...PageQuery, workspace_id }),
  output: pageOf(PresetWire),
  errors,
})

const getPreset = operation({
  id: 'getPreset',
  method: 'GET',
  path: '/api/v1/presets/{slug}',
  summary: 'Get a preset with the version that is in force',
  tag,
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject(preset),
  output: PresetAnswer,
  errors,
})

const listPresetVersions = operation({
  id: 'listPresetVersions',
  method: 'GET',
  path: '/api/v1/presets/{slug}/versions',
  summary: 'List the versions of a preset, the first one first',
  tag,
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject({ ...preset, ...PageQuery }),
  output: pageOf(PresetVersionWire),
  errors,
})

const getPresetVersion = operation({
  id: 'getPresetVersion',
  method: 'GET',
  path: '/api/v1/presets/{slug}/versions/{version}',
  summary: 'Get one version of a preset',
  tag,
  permission: 'any-key',
  effect: 'read',
  input: z.strictObject({
    ...preset,
    version: VersionRef,
  }),
  output: z.object({ data: PresetVersionWire }),
  errors,
})

const createPresetsChatCompletions = operation({
  id: 'createPresetsChatCompletions',
  method: 'POST',
  path: '/api/v1/presets/{slug}/chat/completions',
  summary: 'Make a preset, or a new version of it, of the settings of a chat completion request',
  tag,
  permission: 'any-key',
  effect: 'write',
  input: z.strictObject({
    ...newPreset,
    ...CommonRequest,
    ...keptFields(CHAT_FIELDS),
    messages: chat.messages,
    max_tokens: chat.max_tokens,
    max_completion_tokens: chat.max_completion_tokens,
    stop: chat.stop,
  }),
  output: PresetAnswer,
  errors: [...errors, 'conflict'],
})

const createPresetsMessages = operation({
  id: 'createPresetsMessages',
  method: 'POST',
  path: '/api/v1/presets/{slug}/messages',
  summary: 'Make a preset, or a new version of it, of the settings of a messages request',
  tag,
  permission: 'any-key',
  effect: 'write',
  input: z.strictObject({
    ...newPreset,
    ...CommonRequest,
    ...keptFields(MESSAGES_FIELDS),
    model: z.string().min(1).max(500),
    messages: z.array(z.looseObject({ role: z.string().max(50) })).max(100_000),
    max_tokens: chat.max_tokens,
  }),
  output: PresetAnswer,
  errors: [...errors, 'conflict'],
})

const createPresetsResponses = operation({
  id: 'createPresetsResponses',
  method: 'POST',
  path: '/api/v1/presets/{slug}/responses',
  summary: 'Make a preset, or a new version of it, of the settings of a responses request',
  tag,
  permission: 'any-key',
  effect: 'write',
  input: z.strictObject({
    ...newPreset,
    ...CommonRequest,
    ...keptFields(RESPONSES_FIELDS),
    max_output_tokens: chat.max_tokens,
  }),
  output: PresetAnswer,
  errors: [...errors, 'conflict'],
})

const updatePreset = operation({
  id: 'updatePreset',
  method: 'PATCH',
  path: '/api/v1/presets/{slug}',
  summary: 'Rename, disable or archive a preset, or put another of its versions in force',
  tag,
  permission: 'preset:write',
  effect: 'write',
  input: z.strictObject({
    ...preset,
    name: z.string().min(1).max(100).optional(),
    description: z.string().max(500).nullish(),
    status: z.enum(PRESET_STATUSES).optional(),
    designated_version_id: Uuid.optional(),
  }),
  output: PresetAnswer,
  errors,
})

const deletePreset = operation({
  id: 'deletePreset',
  method: 'DELETE',
  path: '/api/v1/presets/{slug}',
  summary: 'Delete a preset with all its versions',
  tag,
  permission: 'preset:write',
  effect: 'destructive',
  input: z.strictObject(preset),
  output: z.object({ deleted: z.literal(true) }),
  errors,
})

export const PRESET_OPERATIONS = {
  listPresets,
  getPreset,
  listPresetVersions,
  getPresetVersion,
  createPresetsChatCompletions,
  createPresetsMessages,
  createPresetsResponses,
  updatePreset,
  deletePreset,
} as const
