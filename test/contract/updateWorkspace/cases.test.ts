import { expect, test } from 'vitest'
import { deleteKeys, getKey } from '../../../src/contract/management/keys.ts'
import { updateWorkspace } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

test('200 keeps what is omitted, clears what is null, and notes the time', async () => {
  const before = await newWorkspace({ description: 'old', default_text_model: 'sim/echo', io_logging_api_key_ids: [1] })
  const body = { description: null, io_logging_api_key_ids: null, io_logging_sampling_rate: 0.5 }
  const answer = await send('PATCH', `/api/v1/workspaces/${before.slug}`, { body })
  const { data } = expectAnswer(answer, 200, updateWorkspace.output)
  expect(data).toEqual({ ...before, ...body, updated_at: expect.stringMatching(/Z$/) })
})

test('200 replaces a list as a whole', async () => {
  const { id } = await newWorkspace({ disabled_server_tools: ['openrouter:bash', 'openrouter:shell'] })
  const { data } = await call(updateWorkspace, { id, disabled_server_tools: ['openrouter:fusion'] })
  expect(data.disabled_server_tools).toEqual(['openrouter:fusion'])
})

test('200 takes restrictions away again, and fills what a plugin default leaves out', async () => {
  const { id } = await newWorkspace({ allowed_ips: ['10.0.0.0/8'], allowed_origins: ['https://a.example'] })
  const body = { allowed_ips: null, allowed_origins: null, plugin_defaults: [{ id: 'web', enabled: false }] }
  const { data } = expectAnswer(await send('PATCH', `/api/v1/workspaces/${id}`, { body }), 200, updateWorkspace.output)
  expect(data).toMatchObject({ allowed_ips: null, allowed_origins: null })
  expect(data.plugin_defaults).toEqual([{ id: 'web', enabled: false, prevent_overrides: false, settings: {} }])
})

test('200 replaces the rates of key types whole, and no rates are the same as null', async () => {
  const { id } = await newWorkspace({ rate_limits: { standard: 100, scoped: 0 } })
  const { data: key } = await newKey({ workspace_id: id, type: 'scoped' })
  expect(key.effective_rate_limit_rpm).toBe(0)
  const change = async (rate_limits: object | null) =>
    (await call(updateWorkspace, { id, rate_limits })).data.rate_limits
  expect(await change({ standard: 50 })).toEqual({ standard: 50 })
  expect((await call(getKey, { hash: key.hash })).data.effective_rate_limit_rpm).toBe(300)
  expect(await change({})).toBeNull()
  expect(await change({ ephemeral: 1_000_000 })).toEqual({ ephemeral: 1_000_000 })
  expect(await change(null)).toBeNull()
})

test('200 for a new slug, which the old one no longer answers to', async () => {
  const { id, slug } = await newWorkspace()
  const renamed = newSlug()
  expect((await call(updateWorkspace, { id: slug, slug: renamed })).data).toMatchObject({ id, slug: renamed })
  expectError(await send('GET', `/api/v1/workspaces/${slug}`), 404, 'Workspace not found')
})

test('200 for a body without a change, and for its own slug', async () => {
  const { id, slug } = await newWorkspace()
  for (const body of [{}, { slug }])
    expect((await send('PATCH', `/api/v1/workspaces/${id}`, { body })).status).toBe(200)
})

test('200 for all of several who change one workspace at once', async () => {
  const { id } = await newWorkspace()
  const bodies = Array.from({ length: 10 }, (_, index) => (index % 2 ? { name: `n${index}` } : { slug: newSlug() }))
  const answers = await Promise.all(bodies.map((body) => send('PATCH', `/api/v1/workspaces/${id}`, { body })))
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
})

test.each([
  ['a slug that is taken', { slug: 'default' }, 'slug'],
  ['an empty name', { name: '' }, 'name'],
  ['a null name', { name: null }, 'name'],
  ['what is no network', { allowed_ips: ['10.0.0.0/8', '10.0.0.300'] }, 'allowed_ips.1'],
  ['an empty list of networks', { allowed_ips: [] }, 'allowed_ips'],
  ['an origin with a path', { allowed_origins: ['https://a.example/'] }, 'allowed_origins.0'],
  ['any origin', { allowed_origins: ['*'] }, 'allowed_origins.0'],
  ['half a request a minute', { rate_limits: { standard: 0.5 } }, 'rate_limits.standard'],
  ['a negative rate', { rate_limits: { team: -1 } }, 'rate_limits.team'],
  ['a rate beyond the highest', { rate_limits: { scoped: 1_000_001 } }, 'rate_limits.scoped'],
  ['a rate of a type that has none', { rate_limits: { management: 5 } }, 'management'],
  ['unknown makers of keys', { key_creation: 'viewers' }, 'key_creation'],
  [
    'a plugin named twice',
    {
      plugin_defaults: [
        { id: 'web', enabled: true },
        { id: 'web', enabled: false },
      ],
    },
    'plugin_defaults',
  ],
  [
    'a setting that its plugin does not take',
    { plugin_defaults: [{ id: 'response-healing', enabled: true, settings: { mode: 'fast' } }] },
    'plugin_defaults.0.settings',
  ],
  [
    'a value that its plugin does not take',
    { plugin_defaults: [{ id: 'auto-router', enabled: true, settings: { cost_tier: 'cheap' } }] },
    'plugin_defaults.0.settings.cost_tier',
  ],
  ['an unknown field', { is_default: true }, 'is_default'],
  ['an id in the body beside the one in the path', { id: NO_UUID }, 'id'],
])('400 names the field of %s', async (_name, body, name) => {
  const { id } = await newWorkspace()
  expectError(await send('PATCH', `/api/v1/workspaces/${id}`, { body }), 400, name)
})

test('404 for an unknown workspace', async () => {
  expectError(await send('PATCH', `/api/v1/workspaces/${NO_UUID}`, { body: { name: 'x' } }), 404, 'Workspace not found')
})

test('400 for logging the content of a key that is not there; those that are named already stay', async () => {
  const [kept, gone, other] = [await newKey(), await newKey(), await newKey()]
  const { id } = await newWorkspace({ io_logging_api_key_ids: [kept.data.id, gone.data.id] })
  const patch = (ids: readonly number[]) =>
    send('PATCH', `/api/v1/workspaces/${id}`, { body: { io_logging_api_key_ids: ids } })
  await call(deleteKeys, { hash: gone.data.hash })
  await call(deleteKeys, { hash: other.data.hash })
  expectError(await patch([kept.data.id, other.data.id]), 400, /^io_logging_api_key_ids\.1: there is no API key/)
  const ids = [gone.data.id, (await newKey()).data.id]
  const { data } = expectAnswer(await patch(ids), 200, updateWorkspace.output)
  expect(data.io_logging_api_key_ids).toEqual(ids)
})
