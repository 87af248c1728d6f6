import { expect, test } from 'vitest'
import { getCurrentKey } from '../../../src/contract/management/keys.ts'
import { newKey, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

test('200 tells an inference key about itself, with exactly the declared keys', async () => {
  const { id } = await newWorkspace()
  const { key, data } = await newKey({
    workspace_id: id,
    limit: 2,
    limit_reset: 'daily',
    expires_at: '2099-01-01T00:00:00Z',
  })
  const answer = await send('GET', '/api/v1/key', { key })
  expect(expectAnswer(answer, 200, getCurrentKey.output).data).toMatchObject({
    label: data.label,
    limit: 2,
    limit_remaining: 2,
    limit_reset: 'daily',
    usage: 0,
    is_management_key: false,
    is_provisioning_key: false,
    expires_at: '2099-01-01T00:00:00.000Z',
    rate_limit: { requests: -1 },
    is_free_tier: false,
    allowed_data_regions: ['global'],
    free_model_daily_requests: { limit: 2_147_483_647, remaining: 2_147_483_647, used: 0 },
    organization_id: gateway.organizationId,
    workspace_id: id,
  })
})

test('200 tells a management key about itself', async () => {
  const { data } = expectAnswer(await send('GET', '/api/v1/key'), 200, getCurrentKey.output)
  expect(data).toMatchObject({ is_management_key: true, is_provisioning_key: true, workspace_id: null, limit: null })
})

/** A key that has worked, and when it expires: later on a machine too busy to use it before. */
async function newExpiringKey(seconds = 1): Promise<{ key: string; expiresAt: number }> {
  const expiresAt = Math.ceil(Date.now() / 1_000 + seconds) * 1_000
  const { key } = await newKey({ expires_at: new Date(expiresAt).toISOString() })
  const { status } = await send('GET', '/api/v1/key', { key })
  if (status === 401 && Date.now() >= expiresAt && seconds < 60) return await newExpiringKey(2 * seconds)
  expect(status).toBe(200)
  return { key, expiresAt }
}

test('401 for an expired key, from the second it expires on', async () => {
  const { key, expiresAt } = await newExpiringKey()
  await new Promise((resolve) => setTimeout(resolve, expiresAt - Date.now() + 20))
  expectError(await send('GET', '/api/v1/key', { key }), 401, 'User not found.')
})

test.each([
  ['an unknown key', `Bearer sk-or-v1-${'0'.repeat(64)}`],
  ['no key of ours', 'Bearer hello'],
  ['an empty key', 'Bearer '],
  ['another scheme', 'Basic dXNlcjpwYXNz'],
  ['a key without a scheme', gateway.inferenceKey],
  ['two keys', `Bearer ${gateway.inferenceKey} ${gateway.inferenceKey}`],
  [
    'a key with a changed digit',
    `Bearer ${gateway.inferenceKey.slice(0, -1)}${gateway.inferenceKey.endsWith('0') ? '1' : '0'}`,
  ],
])('401 with one and the same text for %s', async (_name, authorization) => {
  expectError(await send('GET', '/api/v1/key', { key: null, headers: { authorization } }), 401, /^User not found\.$/)
})
