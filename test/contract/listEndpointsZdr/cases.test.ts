import { expect, test } from 'vitest'
import { listEndpointsZdr } from '../../../src/contract/inference/catalogue.ts'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../src/contract/management/custom-providers.ts'
import { call, expectAnswer, newSlug, send } from '../request.ts'

const PATH = '/api/v1/endpoints/zdr'

test('200 lists the endpoints of providers that keep nothing, without a key', async () => {
  const { data } = expectAnswer(await send('GET', PATH, { key: null }), 200, listEndpointsZdr.output)
  expect(data).toContainEqual(
    expect.objectContaining({
      model_id: 'sim/lorem',
      provider_name: 'Switchyard Sim',
      tag: 'sim',
      quantization: 'unknown',
    }),
  )
})

test.each([
  [{ training: false, retains_prompts: false }, true],
  [{ training: false, retains_prompts: true }, false],
  [{ training: true, retains_prompts: false }, false],
])('200 with a provider of which %j is said: %s', async (policy, isThere) => {
  const slug = newSlug()
  const models = [{ id: `${slug}/m`, free: true, context_length: 100 }]
  const body = {
    slug,
    dialect: 'openai-chat' as const,
    base_url: 'https://llm.example.com/v1',
    models,
    data_policy: policy,
  }
  const made = await call(CUSTOM_PROVIDER_OPERATIONS.createCustomProvider, body)
  const { data } = expectAnswer(await send('GET', PATH), 200, listEndpointsZdr.output)
  expect(data.some(({ model_id }) => model_id === `${slug}/m`)).toBe(isThere)
  const seenByNobody = expectAnswer(await send('GET', PATH, { key: null }), 200, listEndpointsZdr.output)
  expect(seenByNobody.data.some(({ model_id }) => model_id === `${slug}/m`)).toBe(false)
  await call(CUSTOM_PROVIDER_OPERATIONS.deleteCustomProvider, { id: made.data.id })
})
