import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { NO_UUID } from '../fixtures.ts'
import { newPreset } from '../preset-fixtures.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const { createPresetsResponses, updatePreset } = PRESET_OPERATIONS
const pathOf = (slug: string) => `/api/v1/presets/${slug}/responses`
const BODY = {
  model: 'openai/gpt-4o',
  max_output_tokens: 9,
  instructions: 'Be kind.',
  input: 'Hi',
  text: { verbosity: 'low' },
}

test('200 keeps the settings and the system prompt', async () => {
  const { slug } = await newPreset()
  const answer = await send('POST', pathOf(slug), { body: { ...BODY, stream: false } })
  const { data } = expectAnswer(answer, 200, createPresetsResponses.output)
  expect(data.designated_version).toMatchObject({
    version: 2,
    system_prompt: 'Be kind.',
    config: { model: 'openai/gpt-4o', max_output_tokens: 9, text: { verbosity: 'low' } },
  })
  expect(Object.keys(data.designated_version?.config ?? {})).toHaveLength(3)
})

test.each([
  ['a model that is no text', { model: 4 }, 'model'],
  ['a field of another kind of request', { max_tokens: 5 }, 'max_tokens'],
  ['max_output_tokens of 0', { max_output_tokens: 0 }, 'max_output_tokens'],
])('400 for %s', async (_name, fields, named) => {
  expectError(await send('POST', pathOf(newSlug()), { body: { ...BODY, ...fields } }), 400, named)
})

test('400 for a body without a field', async () => {
  expectError(await send('POST', pathOf(newSlug()), { body: {} }), 400, 'no field')
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
