import { expect, test } from 'vitest'
import { countModels, listModels } from '../../../src/contract/inference/catalogue.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 counts what the list shows', async () => {
  const { data } = expectAnswer(await send('GET', '/api/v1/models/count', { key: null }), 200, countModels.output)
  expect(data.count).toBe((await call(listModels, {})).total_count)
  const all = await call(countModels, { output_modalities: 'all' })
  expect(all.data.count).toBeGreaterThanOrEqual(data.count)
})

test('400 for an unknown parameter', async () => {
  expectError(await send('GET', '/api/v1/models/count?zdr=true'), 400, 'zdr')
})
