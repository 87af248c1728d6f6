import { expect, test } from 'vitest'
import { OAUTH_OPERATIONS } from '../../../src/contract/management/oauth.ts'
import { NO_UUID } from '../fixtures.ts'
import { CALLBACK, CHALLENGE } from '../oauth-fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'

const PATH = '/api/v1/auth/keys/code'
const { output } = OAUTH_OPERATIONS.createAuthKeysCode

test('200 for a code, and one number for one application', async () => {
  const ask = async (callback_url: string) =>
    expectAnswer(await send('POST', PATH, { body: { callback_url } }), 200, output).data
  const first = await ask(CALLBACK)
  expect(first).toEqual({
    id: expect.stringMatching(/^auth_code_[A-Za-z0-9]{40}$/),
    app_id: expect.any(Number),
    created_at: expect.stringMatching(/Z$/),
  })
  const second = await ask('https://app.example.test/another')
  expect(second.app_id).toBe(first.app_id)
  expect(second.id).not.toBe(first.id)
  expect((await ask('http://localhost:3000/callback')).app_id).not.toBe(first.app_id)
})

test('200 names fields that mean nothing here', async () => {
  const body = { callback_url: CALLBACK, spawn_agent: 'a', spawn_cloud: 'b' }
  const { warnings } = expectAnswer(await send('POST', PATH, { body }), 200, output)
  expect(warnings?.join()).toMatch(/spawn_agent.*spawn_cloud/s)
})

test.each([
  ['a missing callback', { callback_url: undefined }, 'callback_url'],
  ['a callback that is no URL', { callback_url: 'app' }, 'callback_url'],
  ['a callback over plain http', { callback_url: 'http://app.example.test/' }, 'callback_url'],
  ['a callback that runs a script', { callback_url: 'javascript:alert(1)' }, 'callback_url'],
  ['an unknown method', { code_challenge: CHALLENGE, code_challenge_method: 'S512' }, 'Invalid code_challenge_method'],
  ['a method without a challenge', { code_challenge_method: 'S256' }, 'code_challenge'],
  [
    'a challenge that is no SHA-256',
    { code_challenge: 'x'.repeat(44), code_challenge_method: 'S256' },
    'code_challenge',
  ],
  ['a challenge that is too short', { code_challenge: 'short' }, 'code_challenge'],
  ['a negative limit', { limit: -1 }, 'limit'],
  ['an unknown reset', { usage_limit_type: 'hourly' }, 'usage_limit_type'],
  ['a label of 101 characters', { key_label: 'x'.repeat(101) }, 'key_label'],
  ['an expiry in the past', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
])('400 names the field of %s', async (_name, fields, field) => {
  expectError(await send('POST', PATH, { body: { callback_url: CALLBACK, ...fields } }), 400, field)
})

test('404 for a Viewer, an unknown workspace and one of others', async () => {
  const { sessions, teamWorkspaceId } = gateway
  const ask = (workspace_id: string, cookie?: string) =>
    send('POST', PATH, { ...(cookie ? { cookie } : {}), body: { callback_url: CALLBACK, workspace_id } })
  // A Viewer sees no keys there, and may make some in Default, as everybody may.
  expectError(await ask(teamWorkspaceId, sessions.viewer.cookie), 404, 'Workspace not found')
  expectError(await ask(NO_UUID), 404, 'Workspace not found')
  expectError(await ask(teamWorkspaceId, sessions.orgMember.cookie), 404, 'Workspace not found')
})
