import { expect, test } from 'vitest'
import { PRESET_OPERATIONS } from '../../../src/contract/management/presets.ts'
import { NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { newPreset } from '../preset-fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

const { deletePreset, listPresets, updatePreset } = PRESET_OPERATIONS

test('200 gives an inference key those of its workspace in pages, the last changed first, deleted ones not', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { key } = await newKey({ workspace_id })
  const made = []
  for (let n = 0; n < 4; n += 1) made.push((await newPreset({ workspace_id })).slug)
  await newPreset()
  await call(deletePreset, { slug: made[3] ?? '' })
  await call(updatePreset, { slug: made[0] ?? '', description: 'changed' })
  const read = async (query: string) =>
    expectAnswer(await send('GET', `/api/v1/presets?${query}`, { key }), 200, listPresets.output)
  const all = await read('')
  expect(all.data.map(({ slug }) => slug)).toEqual([made[0], made[2], made[1]])
  expect(await read('offset=1&limit=1')).toEqual({ data: all.data.slice(1, 2), total_count: 3 })
})

test('200 gives a management key those of every workspace, or of the one it names', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { slug } = await newPreset({ workspace_id })
  const all = await call(listPresets, { limit: 100 })
  expect(all.data.map((preset) => preset.slug)).toContain(slug)
  expect((await call(listPresets, { workspace_id })).total_count).toBe(1)
})

test.each([['limit=0'], ['limit=101'], ['offset=-1'], ['workspace_id=default']])('400 for %s', async (query) => {
  expectError(await send('GET', `/api/v1/presets?${query}`), 400, query.split('=')[0] ?? '')
})

test('404 for a workspace that is not there, and for a sibling of the key', async () => {
  expectError(await send('GET', `/api/v1/presets?workspace_id=${NO_UUID}`), 404, 'Workspace not found')
  const { id } = await newWorkspace()
  const { key } = await newKey()
  expectError(await send('GET', `/api/v1/presets?workspace_id=${id}`, { key }), 404, 'Workspace not found')
})
