import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createKeys, getKey, listKeys } from '../../../src/contract/management/keys.ts'
import { NO_UUID, newKey, newWorkspace, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/keys'
const PARTNER_SECRET = 'Partner-Key_0123456789abcdefghijKLMNOP'

test('201 fills what was omitted and shows the secret', async () => {
  const { data, key } = expectAnswer(await send('POST', PATH, { body: { name: 'ci' } }), 201, createKeys.output)
  expect(key).toMatch(/^sk-or-v1-[0-9a-f]{64}$/)
  expect(data).toEqual({
    hash: createHash('sha256').update(key).digest('hex'),
    name: 'ci',
    label: `${key.slice(0, 12)}...${key.slice(-3)}`,
    disabled: false,
    limit: null,
    limit_remaining: null,
    limit_reset: null,
    include_byok_in_limit: false,
    usage: 0,
    usage_daily: 0,
    usage_weekly: 0,
    usage_monthly: 0,
    byok_usage: 0,
    byok_usage_daily: 0,
    byok_usage_weekly: 0,
    byok_usage_monthly: 0,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    updated_at: null,
    expires_at: null,
    creator_user_id: null,
    workspace_id: gateway.defaultWorkspaceId,
    external_user: null,
    id: expect.any(Number),
    type: 'standard',
    permissions: ['inference'],
    allowed_models: null,
    allowed_ips: null,
    project_id: null,
    read_only: false,
    hidden: false,
    rate_limit_rpm: null,
    effective_rate_limit_rpm: 600,
    concurrency_limit: null,
    rotate_every_days: null,
    next_rotation_at: null,
    deliver: null,
    pending: 0,
  })
})

test('201 keeps every field that was sent', async () => {
  const workspace = await newWorkspace()
  const body = {
    name: 'Ünïcode 😀',
    limit: 12.345678901,
    limit_reset: 'weekly',
    include_byok_in_limit: true,
    expires_at: '2099-12-31T23:59:59Z',
    creator_user_id: gateway.userId,
    workspace_id: workspace.id,
    rate_limit_rpm: 0,
    concurrency_limit: 3,
  }
  const { data } = expectAnswer(await send('POST', PATH, { body }), 201, createKeys.output)
  expect(data).toMatchObject({ ...body, expires_at: '2099-12-31T23:59:59.000Z', limit_remaining: 12.345678901 })
  expect((await call(getKey, { hash: data.hash })).data).toEqual(data)
})

test('201 and the secret is in no later answer', async () => {
  const { key, data } = await newKey()
  const answers = await Promise.all([
    send('GET', PATH),
    send('GET', `${PATH}/${data.hash}`),
    send('GET', '/api/v1/key', { key }),
  ])
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(key.slice(12, -3))
})

test('201 and the key works the moment the answer is there', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { key } = await newKey()
    expect((await send('GET', '/api/v1/key', { key })).status).toBe(200)
  }
})

test('201 for a limit of 0, which means no spending', async () => {
  const { key, data } = await newKey({ limit: 0 })
  expect(data).toMatchObject({ limit: 0, limit_remaining: 0 })
  await expect(spend(key)).rejects.toThrow('chat answered 402')
})

test('201 for a management key, which belongs to no workspace, administers and calls no model', async () => {
  const { key, data } = await newKey({ type: 'management' })
  expect(data).toMatchObject({ type: 'management', workspace_id: null })
  expect((await send('GET', '/api/v1/workspaces', { key })).status).toBe(200)
  await expect(spend(key)).rejects.toThrow('chat answered 403')
})

test('201 for a secret that a partner made, once', async () => {
  const external = { user: 'customer-7', api_key: PARTNER_SECRET }
  const { key, data } = await newKey({ external })
  expect(key).toBe(PARTNER_SECRET)
  expect(data).toMatchObject({ external_user: 'customer-7', label: 'sk-or-v1-Par...NOP' })
  expect((await send('GET', '/api/v1/key', { key })).status).toBe(200)
  expectError(await send('POST', PATH, { body: { name: 'again', external } }), 400, 'external.api_key')
})

test.each([
  ['a missing name', { name: undefined }, 'name'],
  ['an empty name', { name: '' }, 'name'],
  ['a name with NUL', { name: '\u0000' }, 'name'],
  ['a negative limit', { limit: -0.01 }, 'limit'],
  ['a limit as text', { limit: '5' }, 'limit'],
  ['a limit beyond a billion', { limit: 1e300 }, 'limit'],
  ['an unknown reset', { limit_reset: 'yearly' }, 'limit_reset'],
  ['an expiry without seconds', { expires_at: '2099-01-01T00:00Z' }, /^expires_at: [^;]*seconds$/],
  ['an expiry with another offset', { expires_at: '2099-01-01T00:00:00+02:00' }, 'expires_at'],
  ['an expiry without an offset', { expires_at: '2099-01-01T00:00:00' }, 'expires_at'],
  ['an expiry on 30 February', { expires_at: '2099-02-30T00:00:00Z' }, 'expires_at'],
  ['an expiry at hour 24', { expires_at: '2099-01-01T24:00:00Z' }, 'expires_at'],
  ['an expiry in the past', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  ['a creator who is no member', { creator_user_id: 'user_stranger' }, 'creator_user_id'],
  ['a workspace that is no UUID', { workspace_id: 'default' }, 'workspace_id'],
  ['an unknown type', { type: 'admin' }, 'type'],
  ['no request at a time', { concurrency_limit: 0 }, 'concurrency_limit'],
  ['too many requests at a time', { concurrency_limit: 10_001 }, 'concurrency_limit'],
  ['a negative rate limit', { rate_limit_rpm: -1 }, 'rate_limit_rpm'],
  ['a short partner secret', { external: { user: 'u', api_key: 'short' } }, 'external.api_key'],
  ['a partner secret of one letter', { external: { user: 'u', api_key: 'a'.repeat(64) } }, 'external.api_key'],
  [
    'a partner secret with a line end',
    { external: { user: 'u', api_key: `${PARTNER_SECRET}\r\n` } },
    'external.api_key',
  ],
  ['an unknown field', { colour: 'red' }, 'colour'],
  ['an unknown field inside', { external: { user: 'u', secret: 'x' } }, 'external'],
])('400 names the field of %s', async (_name, fields, name) => {
  expectError(await send('POST', PATH, { body: { name: 'ci', ...fields } }), 400, name)
})

test('400 for a management key in a workspace', async () => {
  const body = { name: 'x', type: 'management', workspace_id: gateway.defaultWorkspaceId }
  expectError(await send('POST', PATH, { body }), 400, 'workspace_id')
})

test('404 for an unknown workspace', async () => {
  expectError(await send('POST', PATH, { body: { name: 'x', workspace_id: NO_UUID } }), 404, 'Workspace not found')
})

test('400 leaves no key behind', async () => {
  const { id: workspace_id } = await newWorkspace()
  for (const fields of [{ creator_user_id: 'user_stranger' }, { limit: -1 }])
    expectError(await send('POST', PATH, { body: { name: 'x', workspace_id, ...fields } }), 400, '')
  expect((await call(listKeys, { workspace_id, include_disabled: true })).data).toEqual([])
})
