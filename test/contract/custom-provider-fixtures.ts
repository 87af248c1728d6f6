import { CUSTOM_PROVIDER_OPERATIONS, type CustomProviderWire } from '../../src/contract/management/custom-providers.ts'
import type { RequestOf } from '../../src/contract/operation.ts'
import { call, newSlug } from './request.ts'

const { createCustomProvider, deleteCustomProvider, listCustomProviders } = CUSTOM_PROVIDER_OPERATIONS

export const CUSTOM_PROVIDERS = '/api/v1/providers/custom'
export const BASE_URL = 'https://llm.example.test/v1'
export const PROVIDER_KEY = 'sk-custom-0123456789abcdefAbCd'

/** A model that is free and of a name that no other test uses. */
export function newModel(): { id: string; context_length: number; free: boolean } {
  return { id: `private/${newSlug()}`, context_length: 8_000, free: true }
}

export async function newCustomProvider(
  fields: Partial<RequestOf<typeof createCustomProvider>> = {},
): Promise<CustomProviderWire> {
  const body = { slug: newSlug(), base_url: BASE_URL, models: [newModel()], ...fields }
  return (await call(createCustomProvider, body)).data
}

/** Takes away what a test made, because other tests look at the whole catalogue. */
export async function deleteCustomProviders(): Promise<void> {
  const { data } = await call(listCustomProviders, {})
  for (const { id } of data) await call(deleteCustomProvider, { id })
}
