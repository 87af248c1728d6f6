import type { updateWorkspace, WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import type { RequestOf } from '../../../../src/contract/operation.ts'
import { linesOf } from '../../format/lines.ts'
import { type PluginDrafts, pluginDefaultsOf, pluginDraftsOf } from './plugin-draft.ts'

export const RATED_TYPES = ['standard', 'scoped', 'team', 'read_only', 'ephemeral'] as const
export type RatedType = (typeof RATED_TYPES)[number]

/** What is typed into the form. */
export interface SettingsDraft {
  name: string
  slug: string
  description: string
  textModel: string
  imageModel: string
  sort: string
  ips: string
  origins: string
  keyCreation: WorkspaceWire['key_creation']
  /** Requests a minute; nothing for the default of the type. */
  rates: Readonly<Record<RatedType, string>>
  requiresProject: boolean
  plugins: PluginDrafts
  broadcasts: boolean
  logs: boolean
  sampling: string
  isRedacted: boolean
  /** Numbers of the keys whose requests are kept; none for all. */
  loggedKeys: readonly string[]
}

export function draftOf(wire: WorkspaceWire): SettingsDraft {
  const rate = (type: RatedType) => String(wire.rate_limits?.[type] ?? '')
  return {
    name: wire.name,
    slug: wire.slug,
    description: wire.description ?? '',
    textModel: wire.default_text_model ?? '',
    imageModel: wire.default_image_model ?? '',
    sort: wire.default_provider_sort ?? '',
    ips: (wire.allowed_ips ?? []).join('\n'),
    origins: (wire.allowed_origins ?? []).join('\n'),
    keyCreation: wire.key_creation,
    rates: Object.fromEntries(RATED_TYPES.map((type) => [type, rate(type)])) as SettingsDraft['rates'],
    requiresProject: wire.require_project,
    plugins: pluginDraftsOf(wire.plugin_defaults),
    broadcasts: wire.is_observability_broadcast_enabled,
    logs: wire.is_observability_io_logging_enabled,
    // A hundredth of a percent is the least there is, and 0.07 × 100 isn't 7.
    sampling: String(Math.round(wire.io_logging_sampling_rate * 10_000) / 100),
    isRedacted: wire.is_io_logging_redacted,
    loggedKeys: (wire.io_logging_api_key_ids ?? []).map(String),
  }
}

/** Everything, so that what was taken out of the form is taken away. What it doesn't ask for stays as it was in `before`. */
export function requestOf(before: WorkspaceWire, draft: SettingsDraft): RequestOf<typeof updateWorkspace> {
  const rates = RATED_TYPES.flatMap((type) => (draft.rates[type] === '' ? [] : [[type, Number(draft.rates[type])]]))
  return {
    id: before.id,
    name: draft.name.trim(),
    ...(draft.slug === before.slug ? {} : { slug: draft.slug.trim() }),
    description: textOrNull(draft.description),
    default_text_model: textOrNull(draft.textModel),
    default_image_model: textOrNull(draft.imageModel),
    default_provider_sort: textOrNull(draft.sort) as 'price' | null,
    allowed_ips: listOrNull(draft.ips),
    allowed_origins: listOrNull(draft.origins),
    key_creation: draft.keyCreation,
    rate_limits: rates.length === 0 ? null : Object.fromEntries(rates),
    require_project: draft.requiresProject,
    plugin_defaults: pluginDefaultsOf(draft.plugins, before.plugin_defaults),
    is_observability_broadcast_enabled: draft.broadcasts,
    is_observability_io_logging_enabled: draft.logs,
    io_logging_sampling_rate: Number(draft.sampling) / 100,
    is_io_logging_redacted: draft.isRedacted,
    io_logging_api_key_ids: draft.loggedKeys.length === 0 ? null : draft.loggedKeys.map(Number),
  }
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}

function listOrNull(text: string): string[] | null {
  return linesOf(text).length === 0 ? null : linesOf(text)
}
