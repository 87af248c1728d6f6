import { expect, test } from 'vitest'
import { listProviders } from '../../../src/contract/inference/catalogue.ts'
import { expectAnswer, send } from '../request.ts'

test('200 lists the providers without a key and without their secrets', async () => {
  const { data } = expectAnswer(await send('GET', '/api/v1/providers', { key: null }), 200, listProviders.output)
  expect(data).toContainEqual({
    name: 'Switchyard Sim',
    slug: 'sim',
    privacy_policy_url: null,
    terms_of_service_url: null,
    status_page_url: null,
  })
})
