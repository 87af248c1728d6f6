import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { deleteKeys } from '../../../src/contract/management/keys.ts'
import { NO_HASH, newKey, spend } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 deletes: from then on the key is unknown everywhere', async () => {
  const { key, data } = await newKey()
  const answer = await send('DELETE', `/api/v1/keys/${data.hash}`)
  expect(expectAnswer(answer, 200, deleteKeys.output)).toEqual({
    deleted: true,
    effective_at: expect.stringMatching(/Z$/),
  })
  expectError(await send('GET', '/api/v1/key', { key }), 401, 'User not found.')
  await expect(spend(key)).rejects.toThrow('chat answered 401')
  expectError(await send('DELETE', `/api/v1/keys/${data.hash}`), 404, 'API key not found')
})

test('200 for the management key that asks', async () => {
  const { key, data } = await newKey({ type: 'management' })
  expect((await send('DELETE', `/api/v1/keys/${data.hash}`, { key })).status).toBe(200)
  expectError(await send('GET', '/api/v1/keys', { key }), 401, 'User not found.')
})

test('400 for the key of the environment, which would be back at the next start', async () => {
  const hash = createHash('sha256').update(gateway.managementKey).digest('hex')
  expectError(await send('DELETE', `/api/v1/keys/${hash}`), 400, 'SWITCHYARD_MANAGEMENT_KEY')
})

test('404 for an unknown key', async () => {
  expectError(await send('DELETE', `/api/v1/keys/${NO_HASH}`), 404, 'API key not found')
})
