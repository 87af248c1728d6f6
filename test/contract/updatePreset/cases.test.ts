import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { NO_UUID } from '../fixtures.ts'
import { newPreset } from '../preset-fixtures.ts'
import { call, expectAnswer, expectError, newSlug, send } from '../request.ts'

const { getPreset, updatePreset } = PRESET_OPERATIONS

test('200 changes what was sent and nothing else', async () => {
  const preset = await newPreset()
  const path = `/api/v1/presets/${preset.slug}`
  const { data } = expectAnswer(
    await send('PATCH', path, { body: { name: 'Short', status: 'disabled' } }),
    200,
    updatePreset.output,
  )
  const time = expect.stringMatching(/Z$/)
  expect(data).toEqual({ ...preset, name: 'Short', status: 'disabled', status_updated_at: time, updated_at: time })
  const { data: again } = expectAnswer(
    await send('PATCH', path, { body: { description: 'For chats', status: 'disabled' } }),
    200,
    updatePreset.output,
  )
  expect(again).toMatchObject({ name: 'Short', description: 'For chats', status_updated_at: data.status_updated_at })
})

test('200 puts an older version in force again', async () => {
  const { slug, designated_version_id } = await newPreset()
  await newPreset({ slug })
  await call(updatePreset, { slug, designated_version_id: designated_version_id ?? '' })
  expect((await call(getPreset, { slug })).data.designated_version?.version).toBe(1)
})

test.each([
  ['an empty name', { name: '' }, 'name'],
  ['an unknown status', { status: 'deleted' }, 'status'],
  ['a version that is no UUID', { designated_version_id: '1' }, 'designated_version_id'],
])('400 for %s', async (_name, body, named) => {
  const { slug } = await newPreset()
  expectError(await send('PATCH', `/api/v1/presets/${slug}`, { body }), 400, named)
})

test('404 for a preset that is not there, and for a version of another one', async () => {
  expectError(await send('PATCH', `/api/v1/presets/${newSlug()}`, { body: {} }), 404, 'Preset not found')
  const { slug } = await newPreset()
  const other = await newPreset()
  for (const designated_version_id of [NO_UUID, other.designated_version_id]) {
    const answer = await send('PATCH', `/api/v1/presets/${slug}`, { body: { designated_version_id } })
    expectError(answer, 404, 'Preset version not found')
  }
})
