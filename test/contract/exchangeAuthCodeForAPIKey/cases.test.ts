import { expect, test } from 'vitest'
import { createKeys, listKeys } from '../../../src/contract/management/keys.ts'
import { OAUTH_OPERATIONS } from '../../../src/contract/management/oauth.ts'
import { newWorkspace, spend } from '../fixtures.ts'
import { CHALLENGE, exchange, newCode, VERIFIER } from '../oauth-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'

const { output } = OAUTH_OPERATIONS.exchangeAuthCodeForAPIKey
const S256 = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
const INVALID = /^Invalid code or code_verifier$/

test('200 for a key with what was approved, which works at once', async () => {
  const { id: workspace_id } = await newWorkspace()
  const approved = { limit: 5, usage_limit_type: 'weekly', key_label: 'My app', expires_at: '2099-01-01T00:00:00Z' }
  const code = await newCode({ ...S256, ...approved, workspace_id })
  const { key, user_id } = expectAnswer(await exchange({ code, code_verifier: VERIFIER }), 200, output)
  expect(user_id).toBeNull()
  await spend(key)
  expect((await call(listKeys, { workspace_id })).data).toMatchObject([
    { name: 'My app', limit: 5, limit_reset: 'weekly', expires_at: '2099-01-01T00:00:00.000Z', type: 'standard' },
  ])
})

test('200 for a member: the key is theirs, and called after the application', async () => {
  const { developer } = gateway.sessions
  const code = await newCode({ workspace_id: gateway.teamWorkspaceId }, { cookie: developer.cookie })
  const { key, user_id } = expectAnswer(await exchange({ code }), 200, output)
  expect(user_id).toBe(developer.userId)
  const { body } = await send('GET', '/api/v1/key', { key })
  expect(body).toMatchObject({ data: { creator_user_id: developer.userId, workspace_id: gateway.teamWorkspaceId } })
})

test('200 for a plain challenge, with and without naming the method', async () => {
  for (const named of [{}, { code_challenge_method: 'plain' }]) {
    const code = await newCode({ code_challenge: VERIFIER, ...named })
    expect((await exchange({ code, code_verifier: VERIFIER, ...named })).status).toBe(200)
  }
})

test('200 once: of many exchanges at one time one gets a key', async () => {
  const { id: workspace_id } = await newWorkspace()
  const code = await newCode({ ...S256, workspace_id })
  const answers = await Promise.all(Array.from({ length: 8 }, () => exchange({ code, code_verifier: VERIFIER })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(403)])
  expectError(await exchange({ code, code_verifier: VERIFIER }), 403, INVALID)
  expect((await call(listKeys, { workspace_id })).data).toHaveLength(1)
})

test('403 for a wrong, a missing and a needless verifier, and the right one still works', async () => {
  const code = await newCode(S256)
  for (const body of [{ code }, { code, code_verifier: CHALLENGE }, { code, code_verifier: `${VERIFIER}x` }])
    expectError(await exchange(body), 403, INVALID)
  expect((await exchange({ code, code_verifier: VERIFIER })).status).toBe(200)
  expectError(await exchange({ code: await newCode(), code_verifier: VERIFIER }), 403, INVALID)
})

test('403 for a code that never was, and for a key in its place', async () => {
  expectError(await exchange({ code: 'auth_code_x' }), 403, INVALID)
  const { key } = await call(createKeys, { name: 'k' })
  expectError(await exchange({ code: key }), 403, INVALID)
})

test.each([
  ['a missing code', { code: undefined }, 'code'],
  ['an unknown method', { code_challenge_method: 'S512' }, 'Invalid code_challenge_method'],
  ['another method than that of the code', { code_challenge_method: 'plain' }, 'Invalid code_challenge_method'],
  ['an unknown field', { limit: 5 }, 'limit'],
])('400 for %s', async (_name, fields, message) => {
  const code = await newCode(S256)
  expectError(await exchange({ code, code_verifier: VERIFIER, ...fields }), 400, message)
})
