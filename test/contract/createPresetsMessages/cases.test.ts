import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { NO_UUID } from '../fixtures.ts'
import { newPreset } from '../preset-fixtures.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const { createPresetsMessages, updatePreset } = PRESET_OPERATIONS
const pathOf = (slug: string) => `/api/v1/presets/${slug}/messages`
const BODY = {
  model: 'anthropic/claude',
  max_tokens: 9,
  system: 'Be kind.',
  messages: [{ role: 'user', content: 'Hi' }],
  top_k: 4,
}

test('200 keeps the settings and the system prompt', async () => {
  const { slug } = await newPreset()
  const answer = await send('POST', pathOf(slug), { body: { ...BODY, stream: false } })
  const { data } = expectAnswer(answer, 200, createPresetsMessages.output)
  expect(data.designated_version).toMatchObject({
    version: 2,
    system_prompt: 'Be kind.',
    config: { model: 'anthropic/claude', max_tokens: 9, top_k: 4 },
  })
  expect(Object.keys(data.designated_version?.config ?? {})).toHaveLength(3)
})

test.each([
  ['no model', { model: undefined }, 'model'],
  ['no messages', { messages: undefined }, 'messages'],
  ['max_tokens of 0', { max_tokens: 0 }, 'max_tokens'],
  ['half of a surrogate pair, which no database keeps', { cache_control: '\ud800' }, 'cache_control'],
  ['one in a name', { cache_control: { '\udfff': 1 } }, 'cache_control'],
])('400 for %s', async (_name, fields, named) => {
  expectError(await send('POST', pathOf(newSlug()), { body: { ...BODY, ...fields } }), 400, named)
})

test('404 for a workspace that is not there', async () => {
  const body = { ...BODY, workspace_id: NO_UUID }
  expectError(await send('POST', pathOf(newSlug()), { body }), 404, 'Workspace not found')
})

test('409 for an archived preset', async () => {
  const { slug } = await newPreset()
  await call(updatePreset, { slug, status: 'archived' })
  expectError(await send('POST', pathOf(slug), { body: BODY }), 409, 'archived')
})
