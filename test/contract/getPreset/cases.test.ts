import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { newKey, newWorkspace } from '../fixtures.ts'
import { newPreset } from '../preset-fixtures.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const { deletePreset, getPreset } = PRESET_OPERATIONS

test('200 gives the preset with the version in force, to an inference key of its workspace too', async () => {
  const preset = await newPreset()
  const { key } = await newKey()
  for (const options of [{}, { key }]) {
    const answer = await send('GET', `/api/v1/presets/${preset.slug}`, options)
    expect(expectAnswer(answer, 200, getPreset.output).data).toEqual(preset)
  }
})

test('400 for a workspace that is no id', async () => {
  expectError(await send('GET', '/api/v1/presets/any?workspace_id=first'), 400, 'workspace_id')
})

test('404 for one that is not there, is deleted, or is of a sibling workspace', async () => {
  const { slug } = await newPreset()
  const { id } = await newWorkspace()
  const { key } = await newKey({ workspace_id: id })
  expectError(await send('GET', `/api/v1/presets/${slug}`, { key }), 404, 'Preset not found')
  await call(deletePreset, { slug })
  expectError(await send('GET', `/api/v1/presets/${slug}`), 404, 'Preset not found')
  expectError(await send('GET', `/api/v1/presets/${newSlug()}`), 404, 'Preset not found')
})
