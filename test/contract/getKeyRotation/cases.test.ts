import { expect, test } from 'vitest'
import { KEY_ROTATION_OPERATIONS } from '../../../src/contract/management/key-rotation.ts'
import { deleteKeys } from '../../../src/contract/management/keys.ts'
import { eventually, NO_HASH, newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import { rotateTo, rotationOf, UNREACHABLE } from '../rotation-fixtures.ts'

const { getKeyRotation } = KEY_ROTATION_OPERATIONS
const pathOf = (hash: string) => `/api/v1/keys/${hash}/rotation`

test('200 for a key that was never rotated', async () => {
  const { hash } = (await newKey()).data
  const { data } = expectAnswer(await send('GET', pathOf(hash)), 200, getKeyRotation.output)
  expect(data).toEqual({
    hash,
    leaked_at: null,
    rotate_every_days: null,
    next_rotation_at: null,
    deliver: null,
    ended_deliver: null,
    delivery: null,
    previous_secrets: [],
  })
})

test('200 tells the plan, the delivery with its failed attempts, and the secrets before', async () => {
  const { data } = await newKey({ rotate_every_days: 30, deliver: UNREACHABLE })
  const { hash } = (await rotateTo(data.hash)).data
  const rotation = await eventually(
    () => rotationOf(hash),
    ({ delivery }) => (delivery?.attempts ?? 0) > 0,
  )
  expect(rotation).toMatchObject({
    rotate_every_days: 30,
    deliver: { type: 'webhook', destination: 'https://10.255.255.1' },
    delivery: { status: 'pending', last_error: '10.255.255.1 may not be connected to', ended_at: null },
    previous_secrets: [{ hash: data.hash, valid_until: null }],
  })
  expect(Date.parse(rotation.next_rotation_at ?? '') - Date.now()).toBeGreaterThan(29.9 * 86_400_000)
})

test('200 names the end of an overlap', async () => {
  const { data } = await newKey()
  const rotated = await rotateTo(data.hash, { deliver: undefined, overlap_seconds: 600 })
  const { previous_secrets } = await rotationOf(rotated.data.hash)
  expect(previous_secrets).toEqual([{ hash: data.hash, valid_until: rotated.previous_valid_until }])
})

test('404 for an unknown key, a hash that was rotated away, a deleted key, and that of a colleague', async () => {
  const { data } = await newKey({
    workspace_id: gateway.teamWorkspaceId,
    creator_user_id: gateway.sessions.admin.userId,
  })
  const { hash } = (await rotateTo(data.hash)).data
  const { cookie } = gateway.sessions.developer
  expectError(await send('GET', pathOf(hash), { cookie }), 404, 'API key not found')
  expectError(await send('GET', pathOf(NO_HASH)), 404, 'API key not found')
  expectError(await send('GET', pathOf(data.hash)), 404, 'API key not found')
  await call(deleteKeys, { hash })
  expectError(await send('GET', pathOf(hash)), 404, 'API key not found')
})
