import { expect, test } from 'vitest'
import type { ModelEntry } from '../../../../src/contract/common/provider-schema.ts'
import { CUSTOM_PROVIDER_OPERATIONS } from '../../../../src/contract/management/custom-providers.ts'
import { draftOf, entryOf, newRow, rowOf, settingsOf } from './provider-draft.ts'

const FULL: ModelEntry = {
  id: 'ours/large',
  upstream_id: 'large-2026',
  pricing: { prompt: '0.00000015', completion: '0.0000006', input_cache_read: '0.000000075', discount: 0.1 },
  context_length: 128_000,
  max_completion_tokens: 16_000,
  name: 'Ours, large',
  supported_parameters: ['tools'],
}

test('a model that nobody touched is sent as it came, what the row has no field for included', () => {
  expect(entryOf(rowOf(FULL, 0))).toEqual(FULL)
  const free: ModelEntry = { id: 'ours/free', free: true, context_length: 8_000 }
  expect(entryOf(rowOf(free, 0))).toEqual(free)
  const perRequest: ModelEntry = { id: 'ours/rank', pricing: { request: '0.002' }, context_length: 8_000 }
  expect(entryOf(rowOf(perRequest, 0))).toEqual(perRequest)
})

test('what is typed for a new provider is what the API takes', () => {
  const row = { ...newRow(0), id: 'ours/small', input: '0.5', output: '2', context: '32000' }
  const draft = { ...draftOf(undefined), slug: 'ours', baseUrl: 'https://llm.example.com/v1', models: [row] }
  const { createCustomProvider } = CUSTOM_PROVIDER_OPERATIONS
  const sent = createCustomProvider.input.parse({ slug: draft.slug, dialect: draft.dialect, ...settingsOf(draft) })
  expect(sent.models[0]).toMatchObject({ pricing: { prompt: '0.0000005', completion: '0.000002' } })
})

test('JSON stands in place of the rows, and what is none is a fault', () => {
  expect(settingsOf({ ...draftOf(undefined), json: JSON.stringify([FULL]) }).models).toEqual([FULL])
  expect(() => settingsOf({ ...draftOf(undefined), json: '[' })).toThrow(SyntaxError)
})
