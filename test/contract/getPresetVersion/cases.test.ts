import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { newPreset } from '../preset-fixtures.ts'
import { expectAnswer, expectError, newSlug, send } from '../request.ts'

const { getPresetVersion } = PRESET_OPERATIONS

test('200 gives the version of that number, also one that is not in force', async () => {
  const { slug, designated_version } = await newPreset()
  await newPreset({ slug })
  const answer = await send('GET', `/api/v1/presets/${slug}/versions/1`)
  expect(expectAnswer(answer, 200, getPresetVersion.output).data).toEqual(designated_version)
})

test.each([['0'], ['x'], ['1.5'], ['-1'], ['1234567890']])('404 for the version %s', async (version) => {
  const { slug } = await newPreset()
  expectError(await send('GET', `/api/v1/presets/${slug}/versions/${version}`), 404, 'Preset version not found')
})

test('400 for a workspace that is no id', async () => {
  expectError(await send('GET', '/api/v1/presets/any/versions/1?workspace_id=first'), 400, 'workspace_id')
})

test('404 for a number that is not there, and for an unknown preset', async () => {
  const { slug } = await newPreset()
  expectError(await send('GET', `/api/v1/presets/${slug}/versions/2`), 404, 'Preset version not found')
  expectError(await send('GET', `/api/v1/presets/${newSlug()}/versions/1`), 404, 'Preset not found')
})
