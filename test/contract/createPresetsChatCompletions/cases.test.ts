import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { CHAT, newPreset } from '../preset-fixtures.ts'
import { call, expectAnswer, expectError, gateway, newSlug, send } from '../request.ts'

const { createPresetsChatCompletions, getPreset, listPresetVersions, updatePreset } = PRESET_OPERATIONS
const pathOf = (slug: string) => `/api/v1/presets/${slug}/chat/completions`

test('200 makes a preset of the settings, without what was said', async () => {
  const slug = newSlug()
  const body = { ...CHAT, tools: [], user: 'someone', cache_enabled: true, provider: { sort: 'price' } }
  const answer = await send('POST', pathOf(slug), { body })
  const { data } = expectAnswer(answer, 200, createPresetsChatCompletions.output)
  const time = expect.stringMatching(/Z$/)
  expect(data).toEqual({
    id: expect.any(String),
    name: slug,
    slug,
    description: null,
    status: 'active',
    status_updated_at: null,
    designated_version_id: data.designated_version?.id,
    creator_user_id: null,
    workspace_id: gateway.defaultWorkspaceId,
    created_at: time,
    updated_at: time,
    designated_version: {
      id: expect.any(String),
      preset_id: data.id,
      version: 1,
      system_prompt: 'Answer briefly.',
      config: {
        model: 'openai/gpt-4o-mini',
        temperature: 0.2,
        tools: [],
        cache_enabled: true,
        provider: { sort: 'price' },
      },
      creator_id: expect.stringMatching(/^org_/),
      created_at: time,
      updated_at: time,
    },
  })
})

test('200 adds a version and puts it in force', async () => {
  const { slug, id } = await newPreset()
  const second = await newPreset({ slug, temperature: 1 })
  expect(second).toMatchObject({ id, designated_version: { version: 2, config: { temperature: 1 } } })
  const { data } = await call(listPresetVersions, { slug })
  expect(data.map(({ version, config }) => [version, config['temperature']])).toEqual([
    [1, 0.2],
    [2, 1],
  ])
})

test('200 for an inference key, in its own workspace and in no other', async () => {
  const workspace = await newWorkspace()
  const { key } = await newKey({ workspace_id: workspace.id })
  const { slug } = await newPreset()
  const { data } = expectAnswer(
    await send('POST', pathOf(slug), { key, body: CHAT }),
    200,
    createPresetsChatCompletions.output,
  )
  expect(data).toMatchObject({ workspace_id: workspace.id, designated_version: { version: 1 } })
  expectError(await send('GET', `/api/v1/presets/${slug}`), 400, 'workspace_id: required')
  expect((await call(getPreset, { slug, workspace_id: workspace.id })).data.id).toBe(data.id)
})

test.each([
  ['no messages', { messages: undefined }, 'messages'],
  ['an empty list of messages', { messages: [] }, 'messages'],
  ['a temperature beyond 2', { temperature: 2.5 }, 'temperature'],
  ['an unknown field of the provider preferences', { provider: { sorted: 'price' } }, 'provider'],
  ['a field of another kind of request', { max_output_tokens: 5 }, 'max_output_tokens'],
  ['a field too large to keep', { response_format: 'x'.repeat(500_001) }, 'response_format'],
])('400 for %s', async (_name, fields, named) => {
  expectError(await send('POST', pathOf(newSlug()), { body: { ...CHAT, ...fields } }), 400, named)
})

test.each([['Upper'], ['a--b'], ['-a'], ['x'.repeat(51)]])('400 for the slug %s', async (slug) => {
  expectError(await send('POST', pathOf(slug), { body: CHAT }), 400, 'slug')
})

test('404 for a workspace that is not there', async () => {
  const body = { ...CHAT, workspace_id: NO_UUID }
  expectError(await send('POST', pathOf(newSlug()), { body }), 404, 'Workspace not found')
})

test('409 for an archived preset, which stays as it is', async () => {
  const { slug } = await newPreset()
  await call(updatePreset, { slug, status: 'archived' })
  expectError(await send('POST', pathOf(slug), { body: CHAT }), 409, 'archived')
  expect((await call(listPresetVersions, { slug })).total_count).toBe(1)
})

test('403 for a developer who did not make the preset', async () => {
  const { slug } = await newPreset()
  for (const cookie of [gateway.sessions.developer.cookie]) {
    const answer = await send('POST', pathOf(slug), { body: CHAT, cookie, headers: { origin: gateway.url } })
    expectError(answer, 403, 'preset:write')
  }
})
