import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'

let upstream: ScriptedUpstream
let gateway: Gateway
let key: string

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
  key = await gateway.createKey()
})
afterAll(async () => {
  expect(gateway?.stdout.filter((line) => line.includes('request_failed'))).toEqual([])
  expect(await gateway?.stop()).toBe(0)
  await upstream?.close()
})

interface Refusal {
  error: { code: number; message: string; metadata?: { error_type?: string } }
}

/** Creates a key and returns it with its hash. */
async function createKey(fields: Record<string, unknown> = {}): Promise<{ key: string; hash: string }> {
  const { status, body } = await gateway.call('POST', '/api/v1/keys', { body: { name: 'bad input', ...fields } })
  expect(status).toBe(201)
  const created = body as { key: string; data: { hash: string } }
  return { key: created.key, hash: created.data.hash }
}

async function expectRefusal(path: string, options: Parameters<Gateway['call']>[2], status: number): Promise<Refusal> {
  const method = options?.body === undefined ? 'GET' : 'POST'
  const answer = await gateway.call(method, path, options)
  expect(answer.body).toMatchObject({ error: { code: status, message: expect.stringMatching(/./) } })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('x-request-id')).toMatch(/^req-\d+-\w{20}$/)
  return answer.body as Refusal
}

async function expectChatRefusal(secret: string, fields: Record<string, unknown>, status: number): Promise<string> {
  const before = upstream.requests.length
  const answer: ChatAnswer = await chat(gateway, secret, fields)
  expect(answer.json).toMatchObject({ error: { code: status, message: expect.stringMatching(/./) } })
  expect(answer.status).toBe(status)
  expect(upstream.requests).toHaveLength(before)
  return (answer.json as unknown as Refusal).error.message
}

describe('keys', () => {
  const UNKNOWN = `sk-or-v1-${'0'.repeat(64)}`

  test.each([
    ['no Authorization header', undefined, 'Missing Authentication header'],
    ['an empty one', '', 'Missing Authentication header'],
    ['another scheme', 'Basic dXNlcjpwYXNz', 'User not found.'],
    ['a bare key', UNKNOWN, 'User not found.'],
    ['no key after the scheme', 'Bearer ', 'User not found.'],
    ['two keys', `Bearer ${UNKNOWN} ${UNKNOWN}`, 'User not found.'],
    ['a malformed key', 'Bearer sk-or-v1-XYZ', 'User not found.'],
    ['an unknown key', `Bearer ${UNKNOWN}`, 'User not found.'],
    ['a key of 600 characters', `Bearer ${'k'.repeat(600)}`, 'User not found.'],
  ])('%s is 401 for inference and management alike', async (_name, authorization, message) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const options = { key: null, headers }
    const inference = await expectRefusal('/api/v1/chat/completions', { ...options, body: {} }, 401)
    expect(inference.error.message).toBe(message)
    const management = await expectRefusal('/api/v1/keys', options, 401)
    expect(management.error.message).toBe(message)
  })

  test('a disabled key, an expired key and a deleted key are 401 with the text of an unknown one, at once', async () => {
    const disabled = await createKey()
    const expired = await createKey({ expires_at: new Date(Date.now() + 1_500).toISOString() })
    const deleted = await createKey()
    for (const { key: secret } of [disabled, expired, deleted]) expect((await chat(gateway, secret)).status).toBe(200)
    await gateway.call('PATCH', `/api/v1/keys/${disabled.hash}`, { body: { disabled: true } })
    await gateway.call('DELETE', `/api/v1/keys/${deleted.hash}`)
    await expect.poll(async () => (await chat(gateway, expired.key)).status, { timeout: 20_000 }).toBe(401)
    for (const { key: secret } of [disabled, expired, deleted]) {
      expect(await expectChatRefusal(secret, {}, 401)).toBe('User not found.')
      await expectRefusal('/api/v1/key', { key: secret }, 401)
    }
  })

  test('a management key may not infer, an inference key may not administer: 403', async () => {
    await expectChatRefusal(gateway.managementKey, {}, 403)
    for (const path of ['keys', 'workspaces', 'credits', 'activity', 'organization/members']) {
      await expectRefusal(`/api/v1/${path}`, { key }, 403)
    }
    await expectRefusal('/api/v1/keys', { key, body: { name: 'x' } }, 403)
  })

  test('the key is judged before the body is', async () => {
    const headers = { 'content-type': 'text/plain' }
    await expectRefusal('/api/v1/chat/completions', { key: UNKNOWN, body: {}, headers }, 401)
    await expectRefusal('/api/v1/chat/completions', { body: {}, headers }, 403)
    await expectRefusal('/api/v1/keys', { key: UNKNOWN, body: {}, headers }, 401)
  })
})

describe('chat completions', () => {
  test('an unknown model is 400 and named', async () => {
    expect(await expectChatRefusal(key, { model: 'no/such' }, 400)).toBe('no/such is not a valid model ID')
  })

  test.each([
    [{ provider: { ordr: ['alpha'] } }, 'ordr'],
    [{ provider: { sort: 'cheapest' } }, 'provider.sort'],
    [{ provider: { max_price: { prompt: -1 } } }, 'provider.max_price.prompt'],
    [{ provider: 'alpha' }, 'provider'],
    [{ messages: undefined }, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'Hi' }, 'messages'],
    [{ messages: [{ role: 'wizard', content: 'Hi' }] }, 'messages.0.role'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages.0.content'],
    [{ max_tokens: 'many' }, 'max_tokens'],
    [{ max_tokens: -5 }, 'max_tokens'],
    [{ max_tokens: 5, max_completion_tokens: 6 }, 'max_tokens'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ temperature: 3 }, 'temperature'],
    [{ stream: 'yes' }, 'stream'],
    [{ n: 0 }, 'n'],
    [{ models: 'alpha/small' }, 'models'],
    [{ model: 5 }, 'model'],
    [{ user: 5 }, 'user'],
    [{ session_id: 'x'.repeat(300) }, 'session_id'],
  ])('%j is 400 and the field is named', async (fields, name) => {
    expect(await expectChatRefusal(key, fields, 400)).toContain(name)
  })

  test('a provider that does not serve the model is 404', async () => {
    await expectChatRefusal(key, { provider: { only: ['beta'] } }, 404)
  })
})

describe('management', () => {
  test.each([
    ['empty', ''],
    ['too long', 'a'.repeat(51)],
    ['capitals', 'Staging'],
    ['a leading hyphen', '-staging'],
    ['a trailing hyphen', 'staging-'],
    ['two hyphens', 'sta--ging'],
    ['an underscore', 'sta_ging'],
    ['a space', 'sta ging'],
    ['a dot', 'sta.ging'],
    ['another script', 'stägïng'],
    ['a line break at the end', 'staging\n'],
    ['not text', 5],
    ['missing', undefined],
  ])('a workspace slug with %s is 400', async (_name, slug) => {
    const { error } = await expectRefusal('/api/v1/workspaces', { body: { name: 'Staging', slug } }, 400)
    expect(error.message).toContain('slug')
  })

  test('a slug that is taken is 400 and named, on creation and on renaming', async () => {
    for (const slug of ['taken', 'free']) {
      expect((await gateway.call('POST', '/api/v1/workspaces', { body: { name: slug, slug } })).status).toBe(201)
    }
    const { error } = await expectRefusal('/api/v1/workspaces', { body: { name: 'Again', slug: 'taken' } }, 400)
    expect(error.message).toContain('taken')
    const renamed = await gateway.call('PATCH', '/api/v1/workspaces/free', { body: { slug: 'taken' } })
    expect(renamed.status).toBe(400)
  })

  test.each([
    'workspaces?limit=0',
    'workspaces?limit=101',
    'workspaces?limit=-1',
    'workspaces?limit=1.5',
    'workspaces?limit=ten',
    'workspaces?offset=-1',
    'workspaces?offset=99999999999999999999',
    'workspaces?page=2',
    'keys?offset=-1',
    'keys?offset=x',
    'keys?limit=10',
    'keys?workspace_id=x',
    'keys?type=other',
    'keys?include_disabled=perhaps',
    'organization/members?limit=1000',
    'activity?date=2026-13-45',
    'activity?date=yesterday',
    'activity?group_by=key',
  ])('GET %s is 400', async (path) => {
    await expectRefusal(`/api/v1/${path}`, {}, 400)
  })

  test.each([
    ['limit', -1],
    ['limit', 1e12],
    ['limit', '5'],
    ['limit_reset', 'yearly'],
    ['expires_at', '2020-01-01'],
    ['expires_at', '2030-01-01T00:00:00+02:00'],
    ['expires_at', '2030-02-30T00:00:00Z'],
    ['name', ''],
    ['name', 'x'.repeat(201)],
    ['rate_limit_rpm', -1],
    ['workspace_id', 'not-a-uuid'],
    ['type', 'root'],
    ['hash', 'f'.repeat(64)],
    ['usage', 0],
    ['organization_id', 'other'],
  ])('a key with %s %j is 400 and the field is named', async (field, value) => {
    const { error } = await expectRefusal('/api/v1/keys', { body: { name: 'x', [field]: value } }, 400)
    expect(error.message).toContain(field)
  })

  test('what is not there is 404, whatever shape its id has', async () => {
    const uuid = '00000000-0000-4000-8000-000000000000'
    for (const path of [
      `workspaces/${uuid}`,
      'workspaces/no-such',
      `keys/${'0'.repeat(64)}`,
      'keys/x',
      `workspaces/${uuid}/members`,
    ]) {
      await expectRefusal(`/api/v1/${path}`, {}, 404)
    }
    await expectRefusal('/api/v1/generation?id=gen-1700000000-aaaaaaaaaaaaaaaaaaaa', {}, 404)
    await expectRefusal('/api/v1/no-such-route', {}, 404)
    await expectRefusal('/api/v1/keys', { body: { name: 'x', workspace_id: uuid } }, 404)
  })

  test('the default workspace is not deleted by accident', async () => {
    const answer = await gateway.call('DELETE', '/api/v1/workspaces/default')
    expect(answer.status).toBe(403)
    expect((await gateway.call('GET', '/api/v1/workspaces/default')).status).toBe(200)
  })
})
