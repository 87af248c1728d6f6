import { expect, test } from 'vitest'
import { listWorkspaces } from '../../src/contract/management/workspaces.ts'
import { newWorkspace } from './fixtures.ts'
import { expectAnswer, expectError, gateway, newSlug, send } from './request.ts'

const { sessions, other } = gateway

function changed(text: string): string {
  return text.endsWith('A') ? `${text.slice(0, -1)}B` : `${text.slice(0, -1)}A`
}

test.each([
  ['orgMember', ['default']],
  ['admin', ['default', 'team']],
  ['developer', ['default', 'team']],
  ['viewer', ['default', 'team']],
  ['billingManager', ['default', 'team']],
] as const)('200: a session of %s sees its own workspaces and no others', async (name, slugs) => {
  const { slug: hidden } = await newWorkspace()
  const answer = await send('GET', '/api/v1/workspaces?limit=100', { cookie: sessions[name].cookie })
  const seen = expectAnswer(answer, 200, listWorkspaces.output).data.map(({ slug }) => slug)
  // Other tests add these people to workspaces of their own.
  expect(seen).toEqual(expect.arrayContaining([...slugs]))
  expect(seen).not.toContain(hidden)
  expect(seen).not.toContain('of-other')
  if (name === 'orgMember') expect(seen).not.toContain('team')
})

test('200: a session works in the organization that it has chosen', async () => {
  const ids = async (cookie: string) => {
    const answer = await send('GET', '/api/v1/workspaces?limit=2', { cookie })
    return expectAnswer(answer, 200, listWorkspaces.output).data.map(({ id }) => id)
  }
  expect(await ids(other.orgAdmin.cookie)).toEqual([other.defaultWorkspaceId, other.workspaceId].toSorted())
  expect(await ids(sessions.orgAdmin.cookie)).toEqual([gateway.defaultWorkspaceId, gateway.teamWorkspaceId])
})

const { cookie: live } = sessions.developer
test.each([
  ['expired', sessions.expired.cookie],
  ['of somebody who has left', sessions.removed.cookie],
  ['with another signature', changed(live)],
  ['with another token', live.replace('session=', 'session=x')],
  ['without a signature', live.split('.').slice(0, 2).join('.')],
  ['empty', 'switchyard.session='],
])('401 for a session that is %s, as for an unknown key', async (_name, cookie) => {
  expectError(await send('GET', '/api/v1/workspaces', { cookie }), 401, /^User not found\.$/)
})

test('401 for a cookie of another name, as without any', async () => {
  for (const cookie of ['theme=dark', live.replace('switchyard.session', '__Host-switchyard.session')]) {
    expectError(await send('GET', '/api/v1/workspaces', { cookie }), 401, /^Missing Authentication header$/)
  }
})

test.each([
  ['no Origin', { origin: '' }],
  ['a foreign Origin', { origin: 'https://evil.example' }],
  ['the Origin of another port', { origin: 'http://127.0.0.1:1' }],
  ['Sec-Fetch-Site: cross-site', { origin: gateway.url, 'sec-fetch-site': 'cross-site' }],
  ['Sec-Fetch-Site: same-site', { origin: gateway.url, 'sec-fetch-site': 'same-site' }],
])('403 for a change with a cookie and %s; reading goes on', async (_name, headers) => {
  const { cookie } = sessions.orgAdmin
  const body = { name: 'Forged', slug: newSlug() }
  expectError(await send('POST', '/api/v1/workspaces', { cookie, headers, body }), 403, 'must come from a page')
  expect((await send('GET', '/api/v1/workspaces', { cookie, headers })).status).toBe(200)
})

test.each([
  ['the Origin of the installation', { origin: gateway.url }],
  ['Sec-Fetch-Site: same-origin', { 'sec-fetch-site': 'same-origin' }],
  ['Sec-Fetch-Site: none', { 'sec-fetch-site': 'none' }],
])('201 for a change with a cookie and %s', async (_name, headers) => {
  const { cookie } = sessions.orgAdmin
  const body = { name: 'By a page', slug: newSlug() }
  expect((await send('POST', '/api/v1/workspaces', { cookie, headers, body })).status).toBe(201)
})

test('a key counts before a cookie, also where it is the lesser of the two', async () => {
  const { cookie } = sessions.orgAdmin
  const answer = await send('GET', '/api/v1/workspaces', { cookie, key: gateway.inferenceKey })
  expectError(answer, 403, 'Only management keys')
  expectError(await send('GET', '/api/v1/workspaces', { cookie, key: 'unknown' }), 401, /^User not found\.$/)
})

test('401: no cookie opens inference', async () => {
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'hello' }] }
  const answer = await send('POST', '/api/v1/chat/completions', { cookie: sessions.orgAdmin.cookie, body })
  expectError(answer, 401, /^Missing Authentication header$/)
})

test('200: what is public stays so beside a session that has expired', async () => {
  expect((await send('GET', '/api/v1/models/count', { cookie: sessions.expired.cookie })).status).toBe(200)
})
