import { expect, test } from 'vitest'
import { updateWorkspace, type WorkspaceWire } from '../../../../src/contract/management/workspaces.ts'
import { draftOf, requestOf } from './settings-draft.ts'

const SETTINGS = {
  name: 'Team',
  description: 'Who ships',
  default_text_model: 'sim/echo',
  default_image_model: 'acme/painter',
  default_provider_sort: 'latency' as const,
  allowed_ips: ['10.0.0.0/8'],
  allowed_origins: ['https://app.example.com'],
  key_creation: 'admins' as const,
  rate_limits: { standard: 60, ephemeral: 0 },
  require_project: true,
  plugin_defaults: [
    { id: 'response-healing', enabled: true, prevent_overrides: true, settings: {} },
    {
      id: 'auto-router',
      enabled: true,
      prevent_overrides: false,
      settings: { pin_model: true, allowed_models: ['a/*', 'b/c'], cost_tier: 'low' },
    },
    { id: 'web', enabled: false, prevent_overrides: false, settings: {} },
  ],
  is_observability_broadcast_enabled: true,
  is_observability_io_logging_enabled: true,
  io_logging_sampling_rate: 0.07,
  is_io_logging_redacted: true,
  io_logging_api_key_ids: [3, 4],
}
const WIRE = { id: '7b1f4f8e-0000-4000-8000-000000000000', slug: 'team', ...SETTINGS } as unknown as WorkspaceWire

test('a form that is saved as it was opened says what is stored, also what it does not ask for', () => {
  const request = requestOf(WIRE, draftOf(WIRE))
  expect(request).toEqual({ id: WIRE.id, ...SETTINGS })
  expect(updateWorkspace.input.safeParse(request).success).toBe(true)
})

test('what was emptied is taken away', () => {
  const draft = draftOf(WIRE)
  const said = { ...draft.plugins, 'response-healing': { ...draft.plugins['response-healing'], state: '' as const } }
  const emptied = requestOf(WIRE, {
    ...draft,
    slug: 'crew',
    imageModel: ' ',
    ips: '',
    rates: { ...draft.rates, standard: '', ephemeral: '' },
    loggedKeys: [],
    plugins: { ...said, 'auto-router': { ...said['auto-router'], allowed: '', tier: '' } },
  })
  expect(emptied).toMatchObject({
    slug: 'crew',
    default_image_model: null,
    allowed_ips: null,
    rate_limits: null,
    io_logging_api_key_ids: null,
  })
  expect(emptied.plugin_defaults).toEqual([
    { id: 'auto-router', enabled: true, prevent_overrides: false, settings: { pin_model: true } },
    SETTINGS.plugin_defaults[2],
  ])
})
