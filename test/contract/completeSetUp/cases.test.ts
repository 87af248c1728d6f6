import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeSetUp } from '../../../src/contract/management/set-up.ts'
import { type Gateway, startGateway } from '../../harness/gateway-process.ts'
import { failUntilLimited } from '../guesses.ts'
import { expectAnswer, expectError, sendTo } from '../request.ts'
import { setUpToken } from '../shared-gateway.ts'

let own: Gateway
beforeAll(async () => {
  own = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
})
afterAll(() => own?.stop())

const EMAIL = 'admin@example.test'

test('403 for a wrong token, however often, and the right one still works afterwards', async () => {
  for (const token of ['x', (await setUpToken(own.stdout)).slice(0, -1)]) {
    const answer = await sendTo(own, 'POST', '/setup', { key: null, body: { token, email: EMAIL } })
    expectError(answer, 403, 'not valid')
  }
})

test.each([
  ['no e-mail', { email: undefined }, 'email'],
  ['an e-mail that is none', { email: 'nobody' }, 'email'],
  ['no token', { token: undefined }, 'token'],
  ['an unknown field', { role: 'org:admin' }, 'role'],
])('400 for %s', async (_name, fields, name) => {
  const body = { token: await setUpToken(own.stdout), email: EMAIL, ...fields }
  expectError(await sendTo(own, 'POST', '/setup', { key: null, body }), 400, name)
})

test('200 shows a page that carries the token and runs no script', async () => {
  const answer = await sendTo(own, 'GET', '/setup?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E', { key: null })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.body).toContain('&#34;&#62;&#60;script&#62;')
  expect(answer.body).not.toContain('<script')
})

test('201 once, also when two ask at the same time: an administrator, a management key and an inference key', async () => {
  const body = { token: await setUpToken(own.stdout), email: EMAIL, first_name: 'Ada' }
  const answers = await Promise.all([0, 1].map(() => sendTo(own, 'POST', '/setup', { key: null, body })))
  answers.sort((a, b) => a.status - b.status)
  const [first, second] = answers
  if (!first || !second) throw new Error('two answers')
  expectError(second, 403, 'not valid')
  const { data } = expectAnswer(first, 201, completeSetUp.output)
  const members = await sendTo(own, 'GET', '/api/v1/organization/members', { key: data.management_key })
  expect(members.body).toMatchObject({ data: [{ id: data.user_id, email: EMAIL, role: 'org:admin' }], total_count: 1 })
  const self = await sendTo(own, 'GET', '/api/v1/key', { key: data.inference_key })
  expect(self.body).toMatchObject({ data: { workspace_id: data.workspace_id, creator_user_id: data.user_id } })
  await own.restart()
  expect(own.stdout.filter((line) => line.includes('/setup?token='))).toHaveLength(1)
})

test('201 for the form of the page answers a page with both keys, and they work', async () => {
  await using fresh = await startGateway({ env: { SWITCHYARD_SIM: 'on' } })
  const answer = await sendTo(fresh, 'POST', '/setup', {
    key: null,
    rawBody: new URLSearchParams({ token: await setUpToken(fresh.stdout), email: EMAIL }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(answer.status).toBe(201)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const keys = [...String(answer.body).matchAll(/sk-or-v1-[0-9a-f]{64}/g)].map(([key]) => key)
  expect(new Set(keys).size).toBe(2)
  const statuses = await Promise.all(keys.slice(0, 2).map((key) => sendTo(fresh, 'GET', '/api/v1/key', { key })))
  expect(statuses.map(({ status }) => status)).toEqual([200, 200])
})

test('415 for any other kind of body', async () => {
  const headers = { 'content-type': 'text/plain' }
  expectError(await sendTo(own, 'POST', '/setup', { key: null, rawBody: 'token=x', headers }), 415, 'application/json')
})

test('429 for who guesses', async () => {
  await failUntilLimited(own, '/setup', { token: 'x', email: EMAIL }, 403)
})
