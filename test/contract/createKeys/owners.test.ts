import { expect, test } from 'vitest'
import { createKeys, deleteKeys } from '../../../src/contract/management/keys.ts'
import { newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import { statusOf } from '../rotation-fixtures.ts'

const PATH = '/api/v1/keys'
const { sessions, teamWorkspaceId: workspace_id } = gateway

test('201 for an Admin: a key is theirs, or the workspace’s own where they say so', async () => {
  const { cookie, userId } = sessions.admin
  const make = async (fields: object) => {
    const answer = await send('POST', PATH, { cookie, body: { name: 'owned', workspace_id, ...fields } })
    const { data, key } = expectAnswer(answer, 201, createKeys.output)
    expect(await statusOf(key)).toBe(200)
    await call(deleteKeys, { hash: data.hash })
    return data.creator_user_id
  }
  expect([await make({}), await make({ creator_user_id: null })]).toEqual([userId, null])
})

test('403 for a Developer who would make a key that stays when they leave', async () => {
  const { cookie } = sessions.developer
  const answer = await send('POST', PATH, { cookie, body: { name: 'stays', workspace_id, creator_user_id: null } })
  expectError(answer, 403, 'key:create-system')
})

test('403 for a key of nobody that may make keys for members alone', async () => {
  const { key } = await newKey({ workspace_id, type: 'scoped', permissions: ['inference', 'key:create'] })
  const made = await send('POST', PATH, { key, body: { name: 'of nobody', workspace_id } })
  expectError(made, 403, 'key:create-system')
  const callback_url = 'https://app.example'
  expectError(
    await send('POST', '/api/v1/auth/keys/code', { key, body: { callback_url, workspace_id } }),
    403,
    'system',
  )
})
