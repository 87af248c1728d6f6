import { expect, test } from 'vitest'
import { Plugin, Plugins } from '../contract/inference/plugins.ts'
import type { PluginDefaults } from '../contract/management/workspace-settings.ts'
import { pluginInForce, pluginsInForce, readPluginDefaults, requireOffered } from './plugins.ts'

const stored = (entry: Partial<PluginDefaults[number]>): PluginDefaults => [
  { id: 'response-healing', enabled: true, prevent_overrides: false, settings: {}, ...entry },
]
const healing = (enabled?: boolean) => Plugin.parse({ id: 'response-healing', enabled })
const NOTHING_ASKED = { plugins: null, transforms: null }

test.each([
  ['without a word nothing is healed', NOTHING_ASKED, null, false],
  ['who names it gets it', { plugins: [healing()], transforms: null }, null, true],
  ['who turns it off gets it not', { plugins: [healing(false)], transforms: null }, null, false],
  ['the workspace gives it to who says nothing', NOTHING_ASKED, stored({}), true],
  ['a request may say otherwise', { plugins: [healing(false)], transforms: null }, stored({}), false],
  [
    'but where that is prevented',
    { plugins: [healing(false)], transforms: null },
    stored({ prevent_overrides: true }),
    true,
  ],
  [
    'nor may it turn on what is off for all',
    { plugins: [healing()], transforms: null },
    stored({ enabled: false, prevent_overrides: true }),
    false,
  ],
  ['settings that it does not take make it none', NOTHING_ASKED, stored({ settings: { speed: 3 } }), false],
] as const)('healing: %s', (_name, asked, defaults, expected) => {
  const read = readPluginDefaults(defaults === null ? null : [...defaults])
  expect(pluginsInForce(asked, read).healsAnswers).toBe(expected)
})

test.each([
  ['auto where nobody says anything', NOTHING_ASKED, 'auto'],
  ['on by its name', { plugins: [Plugin.parse({ id: 'context-compression' })], transforms: null }, 'on'],
  ['on by its older form', { plugins: null, transforms: ['middle-out'] }, 'on'],
  ['off by an empty list', { plugins: null, transforms: [] }, 'off'],
  [
    'as the newer form says, where both do',
    { plugins: [Plugin.parse({ id: 'context-compression', enabled: false })], transforms: ['middle-out'] },
    'off',
  ],
] as const)('compression: %s', (_name, asked, expected) => {
  expect(pluginsInForce(asked, null).compression).toBe(expected)
})

test('the settings of a workspace are those of the plugin', () => {
  const defaults = readPluginDefaults(stored({ id: 'auto-router', settings: { cost_tier: 'low' } }))
  expect(pluginInForce('auto-router', null, defaults)).toEqual({ id: 'auto-router', enabled: true, cost_tier: 'low' })
})

test.each(['web', 'web-fetch', 'file-parser', 'moderation', 'pareto-router', 'fusion'] as const)(
  '%s is refused by name, and may be turned off',
  (id) => {
    expect(() => requireOffered([Plugin.parse({ id })])).toThrow(`plugins.0: the plugin ${id} is not offered`)
    expect(() => requireOffered([Plugin.parse({ id, enabled: false })])).not.toThrow()
    expect(readPluginDefaults(stored({ id }))).toBeNull()
  },
)

test('a plugin named twice is refused', () => {
  expect(() => requireOffered([healing(), healing(false)])).toThrow('plugins.1: response-healing is named twice')
})

test.each([
  ['an unknown plugin', [{ id: 'telepathy' }]],
  ['an unknown option', [{ id: 'response-healing', mode: 'fast' }]],
  ['an unknown engine', [{ id: 'context-compression', engine: 'summary' }]],
  ['no id', [{ enabled: true }]],
  ['a tier that is none', [{ id: 'auto-router', cost_tier: 'cheap' }]],
])('%s is no plugin', (_name, plugins) => expect(Plugins.safeParse(plugins).success).toBe(false))
