import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { newPreset } from '../preset-fixtures.ts'
import { expectAnswer, expectError, newSlug, send } from '../request.ts'

const { listPresetVersions } = PRESET_OPERATIONS

test('200 gives the versions in pages, the first one first', async () => {
  const { slug } = await newPreset()
  const versions = [await newPreset({ slug, temperature: 1 }), await newPreset({ slug, temperature: 2 })]
  const answer = await send('GET', `/api/v1/presets/${slug}/versions?offset=1&limit=5`)
  expect(expectAnswer(answer, 200, listPresetVersions.output)).toEqual({
    data: versions.map((preset) => preset.designated_version),
    total_count: 3,
  })
})

test.each([['limit=0'], ['offset=-1']])('400 for %s', async (query) => {
  const { slug } = await newPreset()
  expectError(await send('GET', `/api/v1/presets/${slug}/versions?${query}`), 400, query.split('=')[0] ?? '')
})

test('404 for a preset that is not there', async () => {
  expectError(await send('GET', `/api/v1/presets/${newSlug()}/versions`), 404, 'Preset not found')
})
