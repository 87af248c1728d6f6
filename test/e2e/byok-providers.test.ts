import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type RecordedRequest, type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, readData } from './chat-client.ts'
import { manageAt } from './manage.ts'

/*
 * Providers that the installation has no credential for: `closed` of the file, OpenAI as it is known anyway, and OpenAI's models on
 * Azure. They are there for workspaces that bring a credential, and for nobody else.
 */

let upstream: ScriptedUpstream
let gateway: Gateway
let workspace: string
let key: string
let outsider: string
let made = 0

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  const model = (id: string) => ({
    id,
    upstream_id: 'm',
    pricing: { prompt: '0.000001', completion: '0.000002' },
    context_length: 8_000,
  })
  const provider = (slug: string, fields: object) => ({
    slug,
    dialect: 'openai-chat',
    base_url: upstream.baseUrl,
    ...fields,
  })
  const config = {
    providers: [
      provider('closed', { byok_only: true, models: [model('acme/closed'), model('acme/both')] }),
      provider('open', { api_key: 'secret-of-open', models: [model('acme/both')] }),
      provider('azure', { byok_only: true, azure: {}, models: [model('acme/one'), model('acme/two')] }),
    ],
  }
  const env = { SWITCHYARD_EGRESS_ALLOW: '127.0.0.1/32', SWITCHYARD_BYOK_PROVIDERS: 'openai' }
  gateway = await startGateway({ config, env })
  outsider = await gateway.createKey({ rate_limit_rpm: 0 })
})
beforeEach(async () => {
  upstream.reset()
  made += 1
  workspace = String((await manageAt(gateway, 'POST', 'workspaces', { name: 'Own', slug: `own-${made}` }))['id'])
  key = await gateway.createKey({ workspace_id: workspace, rate_limit_rpm: 0 })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const bring = (provider: string, secret: string, fields: object = {}) =>
  manageAt(gateway, 'POST', 'byok', { provider, key: secret, workspace_id: workspace, ...fields })

async function listedTo(secret: string, path = '/api/v1/models/user'): Promise<string[]> {
  const { body } = await gateway.call('GET', path, { key: secret })
  return (body as { data: { id: string }[] }).data.map(({ id }) => id)
}

const last = () => upstream.requests.at(-1) as RecordedRequest

test('without a credential a closed provider’s models are unknown, with one they are listed and called', async () => {
  const missing = await chat(gateway, key, { model: 'acme/closed' })
  expect([missing.status, JSON.stringify(missing.json)]).toEqual([400, expect.stringContaining('not a valid model ID')])
  const { id } = await bring('closed', 'sk-own-0123456789abcdefgh')
  expect((await chat(gateway, key, { model: 'acme/closed' })).status).toBe(200)
  expect(last().headers.authorization).toBe('Bearer sk-own-0123456789abcdefgh')
  expect(await listedTo(key)).toContain('acme/closed')
  for (const path of ['/api/v1/models/user', '/api/v1/models'])
    expect(await listedTo(outsider, path)).not.toContain('acme/closed')
  expect((await chat(gateway, outsider, { model: 'acme/closed' })).status).toBe(400)
  expect((await gateway.call('GET', '/api/v1/model/acme/closed', { key: outsider })).status).toBe(404)
  await manageAt(gateway, 'DELETE', `byok/${id}`)
  expect((await chat(gateway, key, { model: 'acme/closed' })).status).toBe(400)
})

test('a model that others have too goes there, and the closed provider comes first for who has its credential', async () => {
  expect((await chat(gateway, key, { model: 'acme/both' })).json?.['provider']).toBe('open')
  await bring('closed', 'sk-own-0123456789abcdefgh')
  expect((await chat(gateway, key, { model: 'acme/both' })).json?.['provider']).toBe('closed')
  expect((await chat(gateway, outsider, { model: 'acme/both' })).json?.['provider']).toBe('open')
})

test('a key that may not use the credential gets none of the provider, and hears why', async () => {
  await bring('closed', 'sk-own-0123456789abcdefgh', { allowed_user_ids: [] })
  const refused = await chat(gateway, key, { model: 'acme/closed' })
  expect([refused.status, refused.json]).toMatchObject([
    404,
    { error: { availability: { excluded_by: ['byok_missing'] } } },
  ])
  expect(await listedTo(key)).not.toContain('acme/closed')
  expect(upstream.requests).toHaveLength(0)
})

test('a known provider needs no entry in the file, and its prices are counted', async () => {
  const fields = { model: 'openai/gpt-4o-mini', max_tokens: 5 }
  expect((await chat(gateway, key, fields)).status).toBe(400)
  await bring('openai', 'sk-own-0123456789abcdefgh', { base_url: upstream.baseUrl })
  const answer = await chat(gateway, key, fields)
  expect(answer.json).toMatchObject({ provider: 'OpenAI', usage: { is_byok: true, cost: 0 } })
  const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
  expect(Number(generation['upstream_inference_cost'])).toBeGreaterThan(0)
  const { price } = await readData(gateway, `/api/v1/generation/explanation?id=${idOf(answer)}`)
  expect(price).toMatchObject({ components: [{ name: 'prompt' }, { name: 'completion' }] })
})

test.each([
  ['is_byok_only', 'byok_only', 404],
  ['is_required', 'byok_required', 200],
])('the explanation says that %s keeps the shared capacity away', async (field, reason, elsewhere) => {
  await bring('open', 'sk-own-0123456789abcdefgh', { [field]: true, base_url: upstream.baseUrl })
  const answer = await chat(gateway, key, { model: 'acme/both' })
  expect(answer.json).toMatchObject({ provider: 'open', usage: { is_byok: true } })
  const { plan } = await readData(gateway, `/api/v1/generation/explanation?id=${idOf(answer)}`)
  expect(plan).toMatchObject({
    not_eligible: expect.arrayContaining([expect.objectContaining({ by_request: [reason] })]),
  })
  await manageAt(gateway, 'POST', 'byok', {
    provider: 'open',
    key: 'sk-own-0123456789abcdefgh',
    workspace_id: workspace,
    [field]: true,
    allowed_models: ['beta/*'],
  })
  const [{ id } = { id: '' }] = (await manageList(`byok?workspace_id=${workspace}`)).filter(
    ({ allowed_models }) => allowed_models === null,
  )
  await manageAt(gateway, 'DELETE', `byok/${id}`)
  const other = await chat(gateway, key, { model: 'acme/both' })
  expect(other.status).toBe(elsewhere)
  if (elsewhere === 404) expect(other.json).toMatchObject({ error: { availability: { excluded_by: [reason] } } })
})

async function manageList(path: string): Promise<{ id: string; allowed_models: unknown }[]> {
  const { body } = await gateway.call('GET', `/api/v1/${path}`)
  return (body as { data: { id: string; allowed_models: unknown }[] }).data
}

test('a credential of Azure names a deployment for each model, which is called with its own key and version', async () => {
  const at = (name: string) =>
    upstream.baseUrl.replace('/v1', `/openai/deployments/${name}/chat/completions?api-version=2024-10-21`)
  const entry = (model_slug: string, name: string) => ({
    model_slug,
    endpoint_url: at(name),
    api_key: `key-of-${name}`,
    model_id: name,
  })
  await bring('azure', JSON.stringify([entry('acme/one', 'four-o'), entry('acme/three', 'x')]))
  expect((await chat(gateway, key, { model: 'acme/one' })).status).toBe(200)
  expect(last().path).toBe('/openai/deployments/four-o/chat/completions?api-version=2024-10-21')
  expect(last().headers['api-key']).toBe('key-of-four-o')
  expect((await chat(gateway, key, { model: 'acme/two' })).status).toBe(404)
  const wrong = [
    JSON.stringify([{ model_slug: 'acme/one' }]),
    JSON.stringify([{ ...entry('acme/one', 'x'), endpoint_url: 'http://10.0.0.1/openai/v1' }]),
  ]
  for (const secret of wrong) {
    const { status, body } = await gateway.call('POST', '/api/v1/byok', {
      body: { provider: 'azure', key: secret, workspace_id: workspace },
    })
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('key:')])
    expect(JSON.stringify(body)).not.toContain('key-of-x')
  }
})
