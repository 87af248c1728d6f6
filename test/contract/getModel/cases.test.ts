import { expect, test } from 'vitest'
import { getModel, listModels } from '../../../src/contract/inference/catalogue.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 gives the model as the list shows it, without a key', async () => {
  const { data } = expectAnswer(await send('GET', '/api/v1/model/sim/lorem', { key: null }), 200, getModel.output)
  expect((await call(listModels, {})).data).toContainEqual(data)
})

test.each(['sim/none', 'nobody/lorem', '..%2f../x', '__proto__/constructor'])('404 for %s', async (id) => {
  expectError(await send('GET', `/api/v1/model/${id}`), 404, 'Model not found')
})
