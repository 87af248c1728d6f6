import { expect, test } from 'vitest'
import { listEndpoints } from '../../../src/contract/inference/catalogue.ts'
import { expectAnswer, expectError, send } from '../request.ts'

test('200 shows who serves the model and at what price, without a key', async () => {
  const answer = await send('GET', '/api/v1/models/sim/lorem/endpoints', { key: null })
  expect(expectAnswer(answer, 200, listEndpoints.output).data).toMatchObject({
    id: 'sim/lorem',
    endpoints: [
      {
        provider_name: 'Switchyard Sim',
        model_id: 'sim/lorem',
        tag: 'sim',
        pricing: { prompt: '0.000001', completion: '0.000002' },
        supports_tool_choice: { auto: true, function: true, none: true, required: true },
      },
    ],
  })
})

test('404 for an unknown model', async () => {
  expectError(await send('GET', '/api/v1/models/sim/none/endpoints'), 404, 'Model not found')
})
