import { expect, test } from 'vitest'
import { newPreset } from '../preset-fixtures.ts'
import { expectError, newSlug, send } from '../request.ts'

test('200 deletes, and the slug is free for a preset that begins anew', async () => {
  const { slug, id } = await newPreset()
  const answer = await send('DELETE', `/api/v1/presets/${slug}`)
  expect(answer).toMatchObject({ status: 200, body: { deleted: true } })
  const again = await newPreset({ slug })
  expect(again.id).not.toBe(id)
  expect(again.designated_version?.version).toBe(1)
})

test('400 for a workspace that is no id', async () => {
  expectError(await send('DELETE', '/api/v1/presets/any?workspace_id=first'), 400, 'workspace_id')
})

test('404 for one that is not there or is deleted', async () => {
  const { slug } = await newPreset()
  await send('DELETE', `/api/v1/presets/${slug}`)
  for (const name of [slug, newSlug()])
    expectError(await send('DELETE', `/api/v1/presets/${name}`), 404, 'Preset not found')
})
