import { afterEach, expect, test } from 'vitest'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../src/contract/management/custom-providers.ts'
import {
  CUSTOM_PROVIDERS,
  deleteCustomProviders,
  newCustomProvider,
  PROVIDER_KEY,
} from '../custom-provider-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const { getCustomProvider } = CUSTOM_PROVIDER_OPERATIONS

afterEach(deleteCustomProviders)

test('200 by id and by slug, without the credential', async () => {
  const made = await newCustomProvider({ api_key: PROVIDER_KEY })
  for (const ref of [made.id, made.slug]) {
    const answer = await send('GET', `${CUSTOM_PROVIDERS}/${ref}`)
    expect(expectAnswer(answer, 200, getCustomProvider.output)).toEqual({ data: made })
    expect(JSON.stringify(answer.body)).not.toContain(PROVIDER_KEY)
  }
})

test('404 for an unknown id or slug, and for one of another organization', async () => {
  const made = await newCustomProvider()
  for (const ref of [NO_UUID, 'no-such-provider']) {
    expectError(await send('GET', `${CUSTOM_PROVIDERS}/${ref}`), 404, 'Custom provider not found')
  }
  for (const ref of [made.id, made.slug]) {
    const answer = await send('GET', `${CUSTOM_PROVIDERS}/${ref}`, { key: gateway.other.managementKey })
    expectError(answer, 404, 'Custom provider not found')
  }
})

test('404 for a provider of the installation, which is none of the organization', async () => {
  expectError(await send('GET', `${CUSTOM_PROVIDERS}/sim`), 404, 'Custom provider not found')
})
