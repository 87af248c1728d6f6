import { afterEach, expect, test } from 'vitest'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../src/contract/management/custom-providers.ts'
import {
  CUSTOM_PROVIDERS,
  deleteCustomProviders,
  newCustomProvider,
  PROVIDER_KEY,
} from '../custom-provider-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { listCustomProviders } = CUSTOM_PROVIDER_OPERATIONS

afterEach(deleteCustomProviders)

test('200 lists by slug, with models and without credentials', async () => {
  const b = await newCustomProvider({ slug: 'b', api_key: PROVIDER_KEY })
  const a = await newCustomProvider({ slug: 'a' })
  const answer = await send('GET', CUSTOM_PROVIDERS)
  expect(expectAnswer(answer, 200, listCustomProviders.output)).toEqual({ data: [a, b], total_count: 2 })
  expect(JSON.stringify(answer.body)).not.toContain(PROVIDER_KEY)
})

test('200 pages by offset and limit', async () => {
  const made = []
  for (const slug of ['a', 'b', 'c']) made.push(await newCustomProvider({ slug }))
  expect(await call(listCustomProviders, { offset: 1, limit: 1 })).toEqual({ data: [made[1]], total_count: 3 })
  expect(await call(listCustomProviders, { offset: 3 })).toEqual({ data: [], total_count: 3 })
})

test('200 and nothing of another organization', async () => {
  await newCustomProvider()
  const answer = await send('GET', CUSTOM_PROVIDERS, { key: gateway.other.managementKey })
  expect(answer.body).toEqual({ data: [], total_count: 0 })
})

test.each(['limit=0', 'limit=21', 'offset=-1', 'colour=red'])('400 for ?%s', async (query) => {
  expectError(await send('GET', `${CUSTOM_PROVIDERS}?${query}`), 400, query.split('=')[0] ?? '')
})
