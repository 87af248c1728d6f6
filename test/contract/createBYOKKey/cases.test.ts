import { expect, test } from 'vitest'
import { BYOK_OPERATIONS } from '../../../src/contract/management/byok.ts'
import { newByokKey, PROVIDER_SECRET } from '../byok-fixtures.ts'
import { NO_HASH, NO_UUID, newKey, newWorkspace } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/byok'
const { createBYOKKey } = BYOK_OPERATIONS

test('201 fills what was omitted and never shows the secret', async () => {
  const workspace = await newWorkspace()
  const body = { provider: 'openai', key: PROVIDER_SECRET, workspace_id: workspace.id }
  const answer = await send('POST', PATH, { body })
  expect(expectAnswer(answer, 201, createBYOKKey.output).data).toEqual({
    id: expect.any(String),
    provider: 'openai',
    workspace_id: workspace.id,
    label: 'sk-...AbCd',
    name: null,
    disabled: false,
    is_fallback: false,
    is_required: false,
    is_byok_only: false,
    declared_zdr: null,
    base_url: null,
    sort_order: 0,
    allowed_models: null,
    allowed_api_key_hashes: null,
    allowed_user_ids: null,
    created_at: expect.stringMatching(/Z$/),
  })
  expect(JSON.stringify(answer.body)).not.toContain(PROVIDER_SECRET)
})

test('201 keeps every field that was sent', async () => {
  const workspace = await newWorkspace()
  const { data: key } = await newKey({ workspace_id: workspace.id })
  const fields = {
    workspace_id: workspace.id,
    name: 'prod',
    disabled: true,
    is_required: true,
    is_byok_only: true,
    declared_zdr: false,
    base_url: 'https://llm.example.test/v1',
    allowed_models: ['openai/gpt-4o-mini'],
    allowed_user_ids: [gateway.userId],
    allowed_api_key_hashes: [key.hash],
  }
  expect(await newByokKey(fields)).toMatchObject(fields)
})

test('201 for the Default workspace when none is named, and for all workspaces when it is null', async () => {
  expect((await newByokKey()).workspace_id).toBe(gateway.defaultWorkspaceId)
  expect((await newByokKey({ workspace_id: null })).workspace_id).toBeNull()
})

test('201 puts each behind the others of its provider in its workspace', async () => {
  const { id } = await newWorkspace()
  const order = []
  for (const provider of ['openai', 'openai', 'anthropic', 'openai']) {
    order.push((await newByokKey({ provider, workspace_id: id })).sort_order)
  }
  expect(order).toEqual([0, 1, 0, 2])
})

test('201 for a credential of several parts, of which nothing is shown', async () => {
  const key = JSON.stringify({ type: 'service_account', private_key: 'x'.repeat(2_000) })
  expect(await newByokKey({ provider: 'google-vertex', key })).toMatchObject({ label: '...' })
  const deployment = { model_slug: 'a/b', endpoint_url: 'https://own.example.test', api_key: 'k', model_id: 'd' }
  const list = JSON.stringify([deployment], null, 2)
  expect(await newByokKey({ provider: 'azure', key: list })).toMatchObject({ label: '...' })
})

test('201 for a provider of the configuration that official clients do not know', async () => {
  // In a workspace of its own: others' requests would run on it.
  const { id } = await newWorkspace()
  expect(await newByokKey({ provider: 'sim', workspace_id: id })).toMatchObject({ provider: 'sim' })
})

test.each([
  ['a missing provider', { provider: undefined }, 'provider'],
  ['an unknown provider', { provider: 'no-such-provider' }, 'provider'],
  ['a missing secret', { key: undefined }, 'key'],
  ['an empty secret', { key: '' }, 'key'],
  ['a secret with a line end', { key: `${PROVIDER_SECRET}\n` }, 'key: must be printable'],
  ['a secret with a space', { key: 'Bearer sk-0123456789' }, 'key: must be printable'],
  ['a secret beyond 20,000 characters', { key: 'x'.repeat(20_001) }, 'key'],
  ['a name beyond 255 characters', { name: 'x'.repeat(256) }, 'name'],
  ['a workspace that is no UUID', { workspace_id: 'default' }, 'workspace_id'],
  ['no key at all in the list of keys', { allowed_api_key_hashes: [] }, 'allowed_api_key_hashes'],
  ['a hash in capitals', { allowed_api_key_hashes: ['A'.repeat(64)] }, 'allowed_api_key_hashes'],
  ['a key that is not there', { allowed_api_key_hashes: [NO_HASH] }, 'allowed_api_key_hashes'],
  ['a user who is no member', { allowed_user_ids: ['user_stranger'] }, 'allowed_user_ids'],
  ['an address that is none', { base_url: 'llm.example.test' }, 'base_url'],
  ['an address with a password', { base_url: 'https://me:secret@llm.example.test' }, 'base_url'],
  ['an address inside', { base_url: 'http://127.0.0.1:11434/v1' }, 'base_url: 127.0.0.1 is a private address'],
  ['a port of something else', { base_url: 'https://llm.example.test:6379' }, 'base_url: port 6379'],
  ['101 models', { allowed_models: Array(101).fill('a/b') }, 'allowed_models'],
  ['a fallback that is required', { is_fallback: true, is_required: true }, 'is_required'],
  ['a fallback that takes the place of all others', { is_fallback: true, is_byok_only: true }, 'is_byok_only'],
])('400 for %s', async (_name, fields, named) => {
  const body = { provider: 'openai', key: PROVIDER_SECRET, ...fields }
  expectError(await send('POST', PATH, { body }), 400, named)
})

test('404 for a workspace that is not there', async () => {
  const body = { provider: 'openai', key: PROVIDER_SECRET, workspace_id: NO_UUID }
  expectError(await send('POST', PATH, { body }), 404, 'Workspace not found')
})

test('403 or 404, and no row, for a workspace admin who wants one for all workspaces', async () => {
  const body = { provider: 'openai', key: PROVIDER_SECRET, workspace_id: null }
  const headers = { origin: gateway.url }
  expectError(
    await send('POST', PATH, { body, headers, key: null, cookie: gateway.sessions.admin.cookie }),
    404,
    'not found',
  )
})
