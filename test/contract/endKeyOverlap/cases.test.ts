import { expect, test } from 'vitest'
import { KEY_ROTATION_OPERATIONS } from '../../../src/contract/management/key-rotation.ts'
import { auditRows } from '../audit-trail.ts'
import { NO_HASH, newKey } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { rotateTo, statusOf } from '../rotation-fixtures.ts'

const { endKeyOverlap } = KEY_ROTATION_OPERATIONS
const pathOf = (hash: string) => `/api/v1/keys/${hash}/end-overlap`

test('200: every earlier secret is dead with the answer, the present one is not', async () => {
  const { key: first, data } = await newKey()
  const { key: second = '', data: once } = await rotateTo(data.hash, { deliver: undefined, overlap_seconds: 600 })
  const { key: third = '', data: twice } = await rotateTo(once.hash, { deliver: undefined, overlap_seconds: 600 })
  const answer = expectAnswer(await send('POST', pathOf(twice.hash), { body: {} }), 200, endKeyOverlap.output)
  expect(answer).toMatchObject({ ended: 2, data: { hash: twice.hash, previous_secrets: [] } })
  expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([401, 401, 200])
  const [row] = await auditRows({ action: 'endKeyOverlap', resource_id: twice.hash })
  expect(row?.before).toMatchObject({ previous_secrets: [{ hash: once.hash }, { hash: data.hash }] })
  const again = expectAnswer(await send('POST', pathOf(twice.hash), { body: {} }), 200, endKeyOverlap.output)
  expect(again.ended).toBe(0)
})

test('400 names an unknown field', async () => {
  const { hash } = (await newKey()).data
  expectError(await send('POST', pathOf(hash), { body: { all: true } }), 400, 'all')
})

test('404 for an unknown key, and for a Developer that of a colleague', async () => {
  expectError(await send('POST', pathOf(NO_HASH), { body: {} }), 404, 'API key not found')
  const { data } = await newKey({
    workspace_id: gateway.teamWorkspaceId,
    creator_user_id: gateway.sessions.admin.userId,
  })
  const { cookie } = gateway.sessions.developer
  expectError(await send('POST', pathOf(data.hash), { cookie, body: {} }), 404, 'API key not found')
})
