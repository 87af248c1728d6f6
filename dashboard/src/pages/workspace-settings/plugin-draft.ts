import type { PluginDefaults } from '../../../../src/contract/management/workspace-settings.ts'
import type { WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { linesOf } from '../../format/lines.ts'

/** Those of this gateway, and what they can be told. */
export const PLUGINS = [
  {
    id: 'response-healing',
    title: 'Response healing',
    text: 'Makes JSON of an answer that should be JSON.',
    routes: false,
  },
  {
    id: 'context-compression',
    title: 'Context compression',
    text: 'Takes out the middle of a conversation that is too long for the model.',
    routes: false,
  },
  { id: 'auto-router', title: 'Auto router', text: 'Which models openrouter/auto chooses from.', routes: true },
  {
    id: 'auto-beta-router',
    title: 'Auto router (beta)',
    text: 'Which models openrouter/auto-beta chooses from.',
    routes: true,
  },
] as const
export type PluginId = (typeof PLUGINS)[number]['id']

export const COST_TIERS = ['low', 'medium', 'high', 'xhigh', 'max'] as const

export interface PluginDraft {
  /** Empty: the workspace says nothing. */
  state: '' | 'on' | 'off'
  prevents: boolean
  /** Of those that route: patterns, one a line. */
  allowed: string
  excluded: string
  tier: string
}
export type PluginDrafts = Readonly<Record<PluginId, PluginDraft>>

type Stored = WorkspaceWire['plugin_defaults']

const NOTHING_SAID: PluginDraft = { state: '', prevents: false, allowed: '', excluded: '', tier: '' }

export function pluginDraftsOf(stored: Stored): PluginDrafts {
  return Object.fromEntries(PLUGINS.map(({ id }) => [id, draftOf(stored, id)])) as unknown as PluginDrafts
}

function draftOf(stored: Stored, id: PluginId): PluginDraft {
  const entry = stored?.find((plugin) => plugin.id === id)
  if (entry === undefined) return NOTHING_SAID
  const { enabled, prevent_overrides, settings } = entry
  const list = (name: string) => (Array.isArray(settings[name]) ? settings[name].join('\n') : '')
  return {
    state: enabled ? 'on' : 'off',
    prevents: prevent_overrides,
    allowed: list('allowed_models'),
    excluded: list('excluded_models'),
    tier: String(settings['cost_tier'] ?? ''),
  }
}

/** Settings and plugins that the form doesn't ask for stay as they were. */
export function pluginDefaultsOf(drafts: PluginDrafts, stored: Stored): PluginDefaults | null {
  const others = (stored ?? []).filter(({ id }) => !PLUGINS.some((plugin) => plugin.id === id))
  const said = PLUGINS.flatMap(({ id, routes }) => {
    const draft = drafts[id]
    if (draft.state === '') return []
    const before = stored?.find((plugin) => plugin.id === id)?.settings ?? {}
    const settings = routes ? routerSettings(draft, before) : before
    return [{ id, enabled: draft.state === 'on', prevent_overrides: draft.prevents, settings }]
  })
  return others.length + said.length === 0 ? null : [...said, ...others]
}

type Settings = PluginDefaults[number]['settings']

function routerSettings({ allowed, excluded, tier }: PluginDraft, before: Settings): Settings {
  const { allowed_models: _allowed, excluded_models: _excluded, cost_tier: _tier, ...kept } = before
  return {
    ...kept,
    ...(linesOf(allowed).length === 0 ? {} : { allowed_models: linesOf(allowed) }),
    ...(linesOf(excluded).length === 0 ? {} : { excluded_models: linesOf(excluded) }),
    ...(tier === '' ? {} : { cost_tier: tier }),
  }
}
