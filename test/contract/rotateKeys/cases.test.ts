import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { KEY_ROTATION_OPERATIONS } from '../../../src/contract/management/key-rotation.ts'
import { createKeys, deleteKeys, getKey, listKeys, updateKeys } from '../../../src/contract/management/keys.ts'
import { deleteWorkspace } from '../../../src/contract/management/workspaces.ts'
import { newDestination } from '../destination-fixtures.ts'
import { eventually, NO_HASH, newKey, newWorkspace, spend } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import type { RequestOptions } from '../request-types.ts'

const { rotateKeys } = KEY_ROTATION_OPERATIONS
const { bulkAssignKeysToGuardrail, listGuardrailKeyAssignments } = GUARDRAIL_OPERATIONS
const { teamWorkspaceId, sessions } = gateway

async function rotate(hash: string, body: object = {}, as: RequestOptions = {}) {
  const answer = await send('POST', `/api/v1/keys/${hash}/rotate`, { ...as, body })
  const { key, ...rotated } = expectAnswer(answer, 200, rotateKeys.output)
  if (key === undefined) throw new Error('the answer has no secret')
  return { ...rotated, key }
}

const statusOf = async (key: string) => (await send('GET', '/api/v1/key', { key })).status

test('200: another secret and hash, and everything else as it was', async () => {
  const { key, data } = await newKey({
    limit: 5,
    limit_reset: 'monthly',
    type: 'scoped',
    allowed_models: ['sim/*'],
    allowed_ips: ['127.0.0.0/8', '::1'],
    rate_limit_rpm: 9,
  })
  const rotated = await rotate(data.hash)
  expect(rotated.key).toMatch(/^sk-or-v1-[0-9a-f]{64}$/)
  expect(rotated.key).not.toBe(key)
  expect(rotated).toMatchObject({
    previous_valid_until: null,
    delivery: null,
    effective_at: expect.stringMatching(/Z$/),
  })
  const { hash, label, updated_at } = rotated.data
  expect(rotated.data).toEqual({ ...data, hash, label, updated_at })
  expect(hash).not.toBe(data.hash)
  expect([await statusOf(key), await statusOf(rotated.key)]).toEqual([401, 200])
  expectError(await send('GET', `/api/v1/keys/${data.hash}`), 404, 'API key not found')
  expect((await call(getKey, { hash })).data).toEqual(rotated.data)
})

test('200: during the overlap both secrets work and draw on one limit, then the old one is dead', async () => {
  const { key, data } = await newKey({ limit: 1 })
  const before = await spend(key)
  const { data: rotated, key: secret, previous_valid_until } = await rotate(data.hash, { overlap_seconds: 3_600 })
  expect(previous_valid_until).not.toBeNull()
  const costs = [before.cost, (await spend(key)).cost, (await spend(secret)).cost]
  const { data: spent } = await eventually(
    () => call(getKey, { hash: rotated.hash }),
    (answer) => answer.data.usage > before.cost * 2.5,
  )
  expect(spent.usage).toBeCloseTo(
    costs.reduce((sum, cost) => sum + cost, 0),
    9,
  )
  await call(updateKeys, { hash: rotated.hash, limit: 0 })
  for (const each of [key, secret]) await expect(spend(each)).rejects.toThrow('chat answered 402')
  await call(updateKeys, { hash: rotated.hash, limit: null })
  const { key: last } = await rotate(rotated.hash, { overlap_seconds: 1 })
  expect(
    await eventually(
      () => statusOf(secret),
      (status) => status === 401,
    ),
  ).toBe(401)
  await spend(last)
})

test('200: disabling and deleting ends both secrets at once', async () => {
  const { key, data } = await newKey()
  const { data: rotated, key: secret } = await rotate(data.hash, { overlap_seconds: 3_600 })
  await call(updateKeys, { hash: rotated.hash, disabled: true })
  expect([await statusOf(key), await statusOf(secret)]).toEqual([401, 401])
  await call(updateKeys, { hash: rotated.hash, disabled: false })
  expect([await statusOf(key), await statusOf(secret)]).toEqual([200, 200])
  await call(deleteKeys, { hash: rotated.hash })
  expect([await statusOf(key), await statusOf(secret)]).toEqual([401, 401])
})

test('200: a rotation without overlap ends every secret before it', async () => {
  const { key: first, data } = await newKey()
  const { data: once, key: second } = await rotate(data.hash, { overlap_seconds: 3_600 })
  expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200])
  const { data: twice, key: third } = await rotate(once.hash, { overlap_seconds: 1_800 })
  expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([200, 200, 200])
  const { key: fourth } = await rotate(twice.hash)
  const statuses = [await statusOf(first), await statusOf(second), await statusOf(third), await statusOf(fourth)]
  expect(statuses).toEqual([401, 401, 401, 200])
})

test('200 for a disabled, an expired and a deleted key: they live again, and not by the old secret', async () => {
  const disabled = await newKey()
  await call(updateKeys, { hash: disabled.data.hash, disabled: true })
  const expired = await newKey({ ttl_seconds: 1 })
  await eventually(
    () => statusOf(expired.key),
    (status) => status === 401,
  )
  const deleted = await newKey()
  await call(deleteKeys, { hash: deleted.data.hash })
  for (const { key, data } of [disabled, expired, deleted]) {
    const rotated = await rotate(data.hash, { overlap_seconds: 600 })
    expect(rotated.previous_valid_until).toBeNull()
    expect(rotated.data).toMatchObject({ id: data.id, disabled: false })
    expect([await statusOf(key), await statusOf(rotated.key)]).toEqual([401, 200])
  }
})

test('200: a rotated key stays where it was in the list, and there is no second one', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { data } = await newKey({ workspace_id })
  const { data: rotated } = await rotate(data.hash)
  expect((await call(listKeys, { workspace_id, include_disabled: true })).data).toEqual([rotated])
})

test('200: whatever names the key goes on naming it', async () => {
  const { data: first } = await newKey()
  const guardrail = await newGuardrail()
  await call(bulkAssignKeysToGuardrail, { id: guardrail.id, key_hashes: [first.hash] })
  const body = { provider: 'openai', key: 'sk-provider-key', allowed_api_key_hashes: [first.hash] }
  const byok = (await send('POST', '/api/v1/byok', { body })).body as { data: { id: string } }
  const destination = await newDestination({ api_key_hashes: [first.hash] })
  const { hash } = (await rotate(first.hash)).data
  const { data: assigned } = await call(listGuardrailKeyAssignments, { id: guardrail.id })
  expect(assigned.map(({ key_hash }) => key_hash)).toEqual([hash])
  for (const path of [`/api/v1/byok/${byok.data.id}`, `/api/v1/observability/destinations/${destination.id}`]) {
    const { data } = (await send('GET', path)).body as { data: Record<string, unknown> }
    expect(data['allowed_api_key_hashes'] ?? data['api_key_hashes']).toEqual([hash])
    await send('DELETE', path)
  }
})

test('200 for a management key, which asks by itself', async () => {
  const { key, data } = await newKey({ type: 'management' })
  const { key: secret } = await rotate(data.hash, {}, { key })
  expect((await send('GET', '/api/v1/workspaces', { key })).status).toBe(401)
  expect((await send('GET', '/api/v1/workspaces', { key: secret })).status).toBe(200)
})

test('400: a secret that was rotated away is never taken as a new one', async () => {
  const { key, data } = await newKey()
  await rotate(data.hash)
  const body = { name: 'again', external: { user: 'u', api_key: key } }
  expectError(await send('POST', '/api/v1/keys', { body }), 400, 'external.api_key')
})

test.each([
  ['a negative overlap', { overlap_seconds: -1 }, 'overlap_seconds'],
  ['an overlap of more than 30 days', { overlap_seconds: 2_592_001 }, 'overlap_seconds'],
  ['an unknown field', { limit: 5 }, 'limit'],
])('400 names the field of %s', async (_name, body, field) => {
  const { data } = await newKey()
  expectError(await send('POST', `/api/v1/keys/${data.hash}/rotate`, { body }), 400, field)
})

test('400 for a key of a workspace that was deleted', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { data } = await newKey({ workspace_id })
  await call(deleteKeys, { hash: data.hash })
  await call(deleteWorkspace, { id: workspace_id })
  expectError(await send('POST', `/api/v1/keys/${data.hash}/rotate`, { body: {} }), 400, 'workspace')
})

test('403: nobody learns a secret that may more than they', async () => {
  const { data } = await newKey({ workspace_id: teamWorkspaceId, permissions: ['*'] })
  const { cookie } = sessions.admin
  expectError(await send('POST', `/api/v1/keys/${data.hash}/rotate`, { cookie, body: {} }), 403, 'permission')
})

test('404 for an unknown key, and for a Developer that of a colleague', async () => {
  expectError(await send('POST', `/api/v1/keys/${NO_HASH}/rotate`, { body: {} }), 404, 'API key not found')
  const { data } = await newKey({ workspace_id: teamWorkspaceId, creator_user_id: sessions.admin.userId })
  const { cookie } = sessions.developer
  expectError(await send('POST', `/api/v1/keys/${data.hash}/rotate`, { cookie, body: {} }), 404, 'API key not found')
  const own = await send('POST', '/api/v1/keys', { cookie, body: { name: 'own', workspace_id: teamWorkspaceId } })
  const { hash } = expectAnswer(own, 201, createKeys.output).data
  expect((await rotate(hash, {}, { cookie })).data.creator_user_id).toBe(sessions.developer.userId)
})
