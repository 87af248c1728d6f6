import { expect, test } from 'vitest'
import { BYOK_OPERATIONS } from '../../../src/contract/management/byok.ts'
import { newByokKey, PROVIDER_SECRET } from '../byok-fixtures.ts'
import { NO_UUID } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { getBYOKKey, updateBYOKKey } = BYOK_OPERATIONS

test('200 changes what is given, keeps what is not, and clears what is null', async () => {
  const made = await newByokKey({ name: 'a', allowed_models: ['a/b'], declared_zdr: true })
  const body = { disabled: true, sort_order: 7, allowed_models: null, declared_zdr: null }
  const answer = await send('PATCH', `/api/v1/byok/${made.id}`, { body })
  expect(expectAnswer(answer, 200, updateBYOKKey.output)).toEqual({ data: { ...made, ...body } })
  expect((await call(getBYOKKey, { id: made.id })).data).toEqual({ ...made, ...body })
})

test('200 puts a new secret in the place of the old one, with its label', async () => {
  const made = await newByokKey()
  const answer = await send('PATCH', `/api/v1/byok/${made.id}`, { body: { key: 'sk-another-secret-0000WxYz' } })
  expect(expectAnswer(answer, 200, updateBYOKKey.output)).toEqual({ data: { ...made, label: 'sk-...WxYz' } })
})

test('200 moves it to another address with a new secret, within an origin without one, and back to the provider with a new one', async () => {
  const made = await newByokKey()
  const patch = async (body: object) => {
    const answer = await send('PATCH', `/api/v1/byok/${made.id}`, { body })
    return expectAnswer(answer, 200, updateBYOKKey.output).data.base_url
  }
  const key = 'sk-another-secret-0000WxYz'
  expect(await patch({ base_url: 'https://llm.example.test/v1/', key })).toBe('https://llm.example.test/v1')
  expect(await patch({ base_url: 'https://llm.example.test/v2' })).toBe('https://llm.example.test/v2')
  const back = await send('PATCH', `/api/v1/byok/${made.id}`, { body: { base_url: null } })
  expectError(back, 400, 'key: required, because base_url leads somewhere else')
  expect(await patch({ base_url: null, key })).toBeNull()
  expect(await patch({ base_url: null })).toBeNull()
})

test('400 names the field, also where only together with what is stored it makes no sense, and nothing changes', async () => {
  const made = await newByokKey({ is_required: true })
  for (const [body, named] of [
    [{ is_fallback: true }, 'is_required'],
    [{ name: 'b', allowed_user_ids: ['user_stranger'] }, 'allowed_user_ids'],
    [{ key: '' }, 'key'],
    [{ provider: 'anthropic' }, 'provider'],
    [{ workspace_id: gateway.defaultWorkspaceId }, 'workspace_id'],
    [{ sort_order: -1 }, 'sort_order'],
    [{ base_url: 'http://10.0.0.1', key: 'sk-other' }, 'base_url'],
    [{ base_url: 'https://elsewhere.example.test/v1' }, 'key: required'],
  ] as const) {
    expectError(await send('PATCH', `/api/v1/byok/${made.id}`, { body }), 400, named)
  }
  expect((await call(getBYOKKey, { id: made.id })).data).toEqual(made)
})

test('404 for one that is not there', async () => {
  expectError(await send('PATCH', `/api/v1/byok/${NO_UUID}`, { body: { key: PROVIDER_SECRET } }), 404, 'not found')
})
