import { expect, test } from 'vitest'
import { BYOK_OPERATIONS, type ByokKeyWire } from '../../../../src/contract/management/byok.ts'
import { draftOf, settingsOf } from './byok-draft.ts'

const ID = '0192f5c0-0000-7000-8000-000000000000'

test('a draft with nothing but provider and secret lifts all restrictions', () => {
  const settings = settingsOf({ ...draftOf(undefined), secret: ' sk-abc ' })
  expect(BYOK_OPERATIONS.updateBYOKKey.input.safeParse({ id: ID, ...settings }).success).toBe(true)
  expect(settings).toEqual({
    key: 'sk-abc',
    name: null,
    base_url: null,
    allowed_models: null,
    allowed_user_ids: null,
    allowed_api_key_hashes: null,
    is_fallback: false,
    is_required: false,
    is_byok_only: false,
    declared_zdr: null,
  })
})

test('what a form says comes back from what was stored, without the secret', () => {
  const draft = {
    ...draftOf(undefined),
    provider: 'openai',
    name: 'House account',
    baseUrl: 'https://proxy.example/v1',
    models: 'openai/*\nopenai/gpt-4o',
    userIds: ['user_1'],
    keyHashes: ['a'.repeat(64)],
    isFallback: true,
    isRequired: true,
    zdr: 'no' as const,
  }
  const stored = { ...settingsOf(draft), provider: 'openai' } as unknown as ByokKeyWire
  expect(draftOf(stored)).toEqual(draft)
  expect(settingsOf(draft)).not.toHaveProperty('key')
})
