import { PLUGINS_NOT_OFFERED, Plugin } from '../contract/inference/plugins.ts'
import type { PluginDefaults } from '../contract/management/workspace-settings.ts'
import { AppError } from './app-error.ts'

/** What of the plugins a request runs with. */
export interface PluginsInForce {
  healsAnswers: boolean
  /** `auto`: nobody said anything, so that it is on for models of small contexts only. */
  compression: 'on' | 'off' | 'auto'
}

/** What a workspace says of one plugin. */
export interface PluginDefault {
  plugin: Plugin
  /** Whether a request may not say otherwise. */
  preventsOverrides: boolean
}

export const NO_PLUGINS: PluginsInForce = Object.freeze({ healsAnswers: false, compression: 'auto' })

const NOT_OFFERED: ReadonlySet<string> = new Set(PLUGINS_NOT_OFFERED)
const INSTEAD: Readonly<Record<string, string>> = {
  web: 'search in the caller and send what was found, or give the model a tool',
  'web-fetch': 'fetch in the caller and send the text, or give the model a tool',
  'file-parser': 'send files to a model that reads them, or their text',
}

/** Throws `invalid_request` for a plugin that is named twice, and for one that isn't to be had here. */
export function requireOffered(plugins: readonly Plugin[]): void {
  const seen = new Set<string>()
  for (const [at, { id, enabled }] of plugins.entries()) {
    if (seen.has(id)) throw new AppError('invalid_request', `plugins.${at}: ${id} is named twice`)
    seen.add(id)
    if (enabled === false || !NOT_OFFERED.has(id)) continue
    const instead = INSTEAD[id]
    const advice = instead === undefined ? '' : `; ${instead}`
    throw new AppError('invalid_request', `plugins.${at}: the plugin ${id} is not offered by this gateway${advice}`)
  }
}

/** The defaults of a workspace that this gateway can follow; null where there are none. What is unknown here, or has settings
 *  that its plugin doesn't take, changes no request. */
export function readPluginDefaults(stored: PluginDefaults | null): PluginDefault[] | null {
  const defaults = (stored ?? []).flatMap(({ id, enabled, settings, prevent_overrides: preventsOverrides }) => {
    const parsed = Plugin.safeParse({ ...settings, id, enabled })
    return parsed.success && !NOT_OFFERED.has(id) ? [{ plugin: parsed.data, preventsOverrides }] : []
  })
  return defaults.length === 0 ? null : defaults
}

/**
 * The entry that holds for a plugin: the request's own, unless the workspace lets nobody say otherwise; else the workspace's.
 * Undefined where neither says anything.
 */
export function pluginInForce<const Id extends Plugin['id']>(
  id: Id,
  asked: readonly Plugin[] | null,
  defaults: readonly PluginDefault[] | null,
): Extract<Plugin, { id: Id }> | undefined {
  const isIt = (plugin: Plugin): plugin is Extract<Plugin, { id: Id }> => plugin.id === id
  const preset = defaults?.find(({ plugin }) => plugin.id === id)
  const own = preset?.preventsOverrides === true ? undefined : asked?.find(isIt)
  if (own !== undefined) return own
  return preset !== undefined && isIt(preset.plugin) ? preset.plugin : undefined
}

/** `transforms` is the older form of compression, and counts where `plugins` doesn't name that. */
export function pluginsInForce(
  asked: { plugins: readonly Plugin[] | null; transforms: readonly string[] | null },
  defaults: readonly PluginDefault[] | null,
): PluginsInForce {
  const { transforms } = asked
  const plugins = withTransforms(asked.plugins, transforms)
  if (plugins === null && defaults === null) return NO_PLUGINS
  const healing = pluginInForce('response-healing', plugins, defaults)
  const compression = pluginInForce('context-compression', plugins, defaults)
  return {
    healsAnswers: healing !== undefined && healing.enabled !== false,
    compression: compression === undefined ? 'auto' : compression.enabled === false ? 'off' : 'on',
  }
}

function withTransforms(plugins: readonly Plugin[] | null, transforms: readonly string[] | null) {
  if (transforms === null || plugins?.some(({ id }) => id === 'context-compression') === true) return plugins
  const compression: Plugin = { id: 'context-compression', enabled: transforms.length > 0 }
  return [...(plugins ?? []), compression]
}
