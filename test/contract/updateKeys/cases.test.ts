import { expect, test } from 'vitest'
import { getKey, updateKeys } from '../../../src/contract/management/keys.ts'
import { eventually, NO_HASH, newKey, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'

test('200 keeps what is omitted, clears what is null, and notes the time', async () => {
  const { data } = await newKey({ limit: 5, limit_reset: 'monthly', rate_limit_rpm: 60, concurrency_limit: 2 })
  const body = { limit: null, limit_reset: null, name: 'renamed' }
  const answer = await send('PATCH', `/api/v1/keys/${data.hash}`, { body })
  expect(expectAnswer(answer, 200, updateKeys.output).data).toEqual({
    ...data,
    ...body,
    limit_remaining: null,
    updated_at: expect.stringMatching(/Z$/),
  })
})

test('200 disables and enables, at once each time', async () => {
  const { key, data } = await newKey()
  for (const disabled of [true, false, true]) {
    await call(updateKeys, { hash: data.hash, disabled })
    const { status, body } = await send('GET', '/api/v1/key', { key })
    expect(status).toBe(disabled ? 401 : 200)
    if (disabled) expect(body).toMatchObject({ error: { message: 'User not found.' } })
  }
})

test('200 for a limit of 0: nothing is left and nothing more is spent, at once', async () => {
  const { key, data } = await newKey({ limit: 1 })
  const { cost } = await spend(key)
  expect((await call(updateKeys, { hash: data.hash, limit: 0 })).data).toMatchObject({ limit: 0, limit_remaining: 0 })
  await expect(spend(key)).rejects.toThrow('chat answered 402')
  await call(updateKeys, { hash: data.hash, limit: 1 })
  const { data: raised } = await eventually(
    () => call(getKey, { hash: data.hash }),
    (answer) => answer.data.usage > 0,
  )
  expect(raised.limit_remaining).toBe(Number((1 - cost).toFixed(9)))
})

test('200 for another reset counts the same spend in the other window at once', async () => {
  const { key, data } = await newKey({ limit: 1 })
  const { cost } = await spend(key)
  await eventually(
    () => call(getKey, { hash: data.hash }),
    (answer) => answer.data.usage > 0,
  )
  for (const limit_reset of ['daily', 'weekly', 'monthly', null] as const) {
    const { data: changed } = await call(updateKeys, { hash: data.hash, limit_reset })
    expect(changed).toMatchObject({ limit_reset, limit_remaining: Number((1 - cost).toFixed(9)) })
  }
})

test.each([
  ['an empty name', { name: '' }, 'name'],
  ['a negative limit', { limit: -1 }, 'limit'],
  ['an unknown reset', { limit_reset: 'hourly' }, 'limit_reset'],
  ['null for a boolean', { disabled: null }, 'disabled'],
  ['a field that never changes', { expires_at: '2099-01-01T00:00:00Z' }, 'expires_at'],
  ['another workspace', { workspace_id: '00000000-0000-4000-8000-000000000000' }, 'workspace_id'],
  ['an unknown field', { colour: 'red' }, 'colour'],
])('400 names the field of %s', async (_name, body, name) => {
  const { hash } = (await newKey()).data
  expectError(await send('PATCH', `/api/v1/keys/${hash}`, { body }), 400, name)
})

test('404 for an unknown key', async () => {
  expectError(await send('PATCH', `/api/v1/keys/${NO_HASH}`, { body: { name: 'x' } }), 404, 'API key not found')
})
