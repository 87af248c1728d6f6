import { expect, test } from 'vitest'
import { createWorkspace, deleteWorkspace, getWorkspace } from '../../../src/contract/management/workspaces.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const PATH = '/api/v1/workspaces'

test('201 fills what was omitted', async () => {
  const slug = newSlug()
  const answer = await send('POST', PATH, { body: { name: 'Staging', slug } })
  const { data } = expectAnswer(answer, 201, createWorkspace.output)
  expect(data).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
    name: 'Staging',
    is_default: false,
    slug,
    description: null,
    default_text_model: null,
    default_image_model: null,
    default_provider_sort: null,
    default_guardrail_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/),
    include_byok_in_budgets: false,
    io_logging_api_key_ids: null,
    io_logging_sampling_rate: 1,
    is_data_discount_logging_enabled: true,
    is_observability_broadcast_enabled: false,
    is_observability_io_logging_enabled: false,
    is_io_logging_redacted: false,
    disabled_server_tools: null,
    allowed_ips: null,
    allowed_origins: null,
    key_creation: 'everyone',
    plugin_defaults: null,
    rate_limits: null,
    require_project: false,
    credit_pool: 'shared',
    reserved_usd: 0,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    created_by: null,
    updated_at: null,
  })
})

test('201 keeps every field that was sent', async () => {
  const fields = {
    name: 'Ünïcode 工作区 😀',
    slug: newSlug(),
    description: 'It\'s "quoted"; DROP TABLE workspace; --',
    default_text_model: 'sim/echo',
    default_image_model: 'sim/image',
    default_provider_sort: 'price',
    io_logging_api_key_ids: [(await newKey()).data.id],
    io_logging_sampling_rate: 0.25,
    is_data_discount_logging_enabled: false,
    is_observability_broadcast_enabled: true,
    is_observability_io_logging_enabled: true,
    is_io_logging_redacted: true,
    disabled_server_tools: ['openrouter:web_search'],
    allowed_ips: ['10.0.0.0/8', '2001:db8::/32'],
    allowed_origins: ['https://app.example.com', 'http://localhost:3000'],
    key_creation: 'admins',
    require_project: true,
    credit_pool: 'shared' as const,
    reserved_usd: 2.5,
    plugin_defaults: [{ id: 'web', enabled: true, prevent_overrides: true, settings: { max_results: 3 } }],
    rate_limits: { standard: 100, team: 0 },
  }
  const created = expectAnswer(await send('POST', PATH, { body: fields }), 201, createWorkspace.output)
  expect(created.data).toMatchObject(fields)
  expect((await call(getWorkspace, { id: fields.slug })).data).toEqual(created.data)
})

test('201 takes the slug of a deleted workspace again', async () => {
  const { id, slug } = await newWorkspace()
  await call(deleteWorkspace, { id })
  expect((await newWorkspace({ slug })).id).not.toBe(id)
})

test.each([
  ['a missing name', { name: undefined }, 'name'],
  ['an empty name', { name: '' }, 'name'],
  ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name'],
  ['a name with NUL', { name: 'a\u0000b' }, 'name'],
  ['a missing slug', { slug: undefined }, 'slug'],
  ['a slug of two hyphens', { slug: 'a--b' }, 'slug'],
  ['a slug with a leading hyphen', { slug: '-a' }, 'slug'],
  ['a slug with a trailing hyphen', { slug: 'a-' }, 'slug'],
  ['an uppercase slug', { slug: 'Ab' }, 'slug'],
  ['a slug with a line end', { slug: 'ab\n' }, 'slug'],
  ['a slug of 51 characters', { slug: 'x'.repeat(51) }, 'slug'],
  ['the slug of another workspace', { slug: 'default' }, 'slug'],
  ['a slug that looks like an id', { slug: NO_UUID }, 'slug: must not look like an id'],
  ['a description of 501 characters', { description: 'x'.repeat(501) }, 'description'],
  ['an unknown sort', { default_provider_sort: 'fastest' }, 'default_provider_sort'],
  ['a sampling rate of 0', { io_logging_sampling_rate: 0 }, 'io_logging_sampling_rate'],
  ['a sampling rate above 1', { io_logging_sampling_rate: 1.1 }, 'io_logging_sampling_rate'],
  [
    'a key that is not there',
    { io_logging_api_key_ids: [1, 9_007_199_254_740_991] },
    /^io_logging_api_key_ids\.1: there/,
  ],
  ['key ids that are no integers', { io_logging_api_key_ids: ['1'] }, 'io_logging_api_key_ids'],
  ['an unknown server tool', { disabled_server_tools: ['openrouter:rm'] }, 'disabled_server_tools'],
  ['a text for a boolean', { is_observability_broadcast_enabled: 'yes' }, 'is_observability_broadcast_enabled'],
  ['an unknown field', { colour: 'red' }, 'colour'],
])('400 names the field of %s', async (_name, fields, name) => {
  expectError(await send('POST', PATH, { body: { name: 'Staging', slug: newSlug(), ...fields } }), 400, name)
})

test('400 for all but one of several who want the same slug at once', async () => {
  const body = { name: 'Race', slug: newSlug() }
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('POST', PATH, { body })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(400)])
})
