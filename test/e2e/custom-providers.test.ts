import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, nano, readData, usageOf } from './chat-client.ts'
import { oneProvider } from './provider-config.ts'
import { withDatabase } from './stored-data.ts'

/*
 * A provider that an organization adds through the API serves the workspaces it was added for, and nobody else, from the
 * answer of the call on and over restarts.
 */

const MODEL = 'private/model'
const SECRET = 'sk-upstream-0123456789abcdef'
/** 1,234 nano-dollars for a token of input and 4,321 for one of output. */
const PRICING = { prompt: '0.000001234', completion: '0.000004321' }
const NOBODY_LISTENS = 'http://127.0.0.1:1/v1'

let shared: ScriptedUpstream
let own: ScriptedUpstream
let gateway: Gateway
let chosen: string
let inside: string
let outside: string

beforeAll(async () => {
  shared = await startScriptedUpstream()
  own = await startScriptedUpstream()
})
afterAll(async () => {
  await shared.close()
  await own.close()
})

beforeEach(async () => {
  shared.reset()
  own.reset()
  const env = { SWITCHYARD_EGRESS_ALLOW: '127.0.0.1/32' }
  gateway = await startGateway({ env, config: oneProvider(shared.baseUrl) })
  chosen = ((await post('workspaces', { name: 'Chosen', slug: 'chosen' })) as { id: string }).id
  inside = await gateway.createKey({ workspace_id: chosen })
  outside = await gateway.createKey()
})
afterEach(() => gateway?.stop())

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await gateway.call('POST', `/api/v1/${path}`, { body })
  expect(answer).toMatchObject({ status: 201 })
  return (answer.body as { data: Record<string, unknown> }).data
}

/** A provider at the scripted upstream for the chosen workspace. */
async function addProvider(fields: object = {}): Promise<Record<string, unknown>> {
  return await post('providers/custom', {
    slug: 'ours',
    name: 'Ours',
    base_url: own.baseUrl,
    api_key: SECRET,
    models: [{ id: MODEL, upstream_id: 'model-v2', context_length: 8_000, pricing: PRICING }],
    workspace_ids: [chosen],
    ...fields,
  })
}

async function modelIds(key: string): Promise<string[]> {
  const { body } = await gateway.call('GET', '/api/v1/models', { key })
  return (body as { data: { id: string }[] }).data.map(({ id }) => id)
}

/** What a key is told of a model that there is not. */
async function refusal(key: string, model: string) {
  const { status, json } = await chat(gateway, key, { model })
  return { status, error: JSON.stringify(json).replaceAll(model, '<model>') }
}

test('a key of a chosen workspace is served with the credential of the row and charged by its prices, to the nano', async () => {
  await addProvider()
  const answer = await chat(gateway, inside, { model: MODEL, max_tokens: 7 })
  expect(answer).toMatchObject({ status: 200, json: { model: MODEL, provider: 'Ours' } })
  const usage = usageOf(answer)
  const cost = 1_234n * BigInt(usage.prompt_tokens) + 4_321n * BigInt(usage.completion_tokens)
  expect(cost).toBeGreaterThan(0n)
  expect(nano(usage.cost)).toBe(cost)
  const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
  expect([nano(generation['total_cost']), generation['provider_name']]).toEqual([cost, 'Ours'])
  const [request] = own.requests
  expect([request?.model, request?.headers.authorization]).toEqual(['model-v2', `Bearer ${SECRET}`])
  expect(await modelIds(inside)).toContain(MODEL)
})

test('to a key of another workspace the model is one that there is not', async () => {
  await addProvider()
  expect(await refusal(outside, MODEL)).toEqual(await refusal(outside, 'no/model'))
  expect((await refusal(outside, MODEL)).status).toBe(400)
  expect(await modelIds(outside)).not.toContain(MODEL)
  expect(own.requests).toEqual([])
})

test('prices and workspaces that are changed count for the next request, and a deleted provider has had its last', async () => {
  const { id } = await addProvider()
  const path = `/api/v1/providers/custom/${id}`
  const models = [{ id: MODEL, context_length: 8_000, pricing: { request: '0.25' } }]
  await gateway.call('PATCH', path, { body: { models, workspace_ids: null } })
  for (const key of [inside, outside]) expect(usageOf(await chat(gateway, key, { model: MODEL })).cost).toBe(0.25)
  await gateway.call('DELETE', path)
  expect(await refusal(inside, MODEL)).toEqual(await refusal(inside, 'no/model'))
})

test('a restart and a reloaded config file leave it in place', async () => {
  await addProvider()
  await gateway.restart()
  expect((await chat(gateway, inside, { model: MODEL })).status).toBe(200)
  const before = gateway.stdout.filter((line) => line.includes('catalogue_loaded')).length
  await gateway.writeConfig({ providers: [] })
  gateway.signal('SIGHUP')
  await expect
    .poll(() => gateway.stdout.filter((line) => line.includes('catalogue_loaded')).length)
    .toBeGreaterThan(before)
  await expect.poll(() => modelIds(inside)).not.toContain('alpha/small')
  expect((await chat(gateway, inside, { model: MODEL })).status).toBe(200)
  expect((await chat(gateway, outside, { model: MODEL })).status).toBe(400)
})

test('a model that both have is answered by the provider of the workspace, though dearer, and the shared one stands in', async () => {
  const models = [{ id: 'alpha/small', context_length: 8_000, pricing: { prompt: '0.001', completion: '0.001' } }]
  await addProvider({ models })
  expect((await chat(gateway, inside)).json).toMatchObject({ provider: 'Ours' })
  expect((await chat(gateway, outside)).json).toMatchObject({ provider: 'ALPHA' })
  own.script({ status: 503 })
  expect((await chat(gateway, inside)).json).toMatchObject({ provider: 'ALPHA' })
})

test('a private address that is not let pass any more is not connected to, either', async () => {
  await addProvider()
  await gateway.restart({ SWITCHYARD_EGRESS_ALLOW: '' })
  expect((await chat(gateway, inside, { model: MODEL })).status).toBeGreaterThanOrEqual(500)
  expect(own.requests).toEqual([])
})

test('one whose credential does not open is left out and told of; the others go on', async () => {
  const broken = await addProvider()
  const models = [{ id: 'private/other', context_length: 8_000, free: true }]
  await addProvider({ slug: 'other', name: 'Other', models })
  await withDatabase(gateway, async ({ kysely }) => {
    const sealed = kysely.selectFrom('custom_provider').select('sealed_key').where('slug', '=', 'other')
    const { sealed_key } = await sealed.executeTakeFirstOrThrow()
    await kysely.updateTable('custom_provider').set({ sealed_key }).where('slug', '=', 'ours').execute()
  })
  expect((await chat(gateway, inside, { model: MODEL })).status).toBe(400)
  expect((await chat(gateway, inside, { model: 'private/other' })).status).toBe(200)
  const told = gateway.stdout.filter((line) => line.includes('custom_provider_left_out'))
  expect(told.join()).toContain(String(broken['id']))
  expect(gateway.stdout.join()).not.toContain(SECRET)
})

test('the config file may name a loopback address that the API refuses', async () => {
  await gateway.restart({ SWITCHYARD_EGRESS_ALLOW: '' })
  const body = { slug: 'ours', base_url: NOBODY_LISTENS, models: [{ id: MODEL, context_length: 8_000, free: true }] }
  expect((await gateway.call('POST', '/api/v1/providers/custom', { body })).status).toBe(400)
  expect((await chat(gateway, outside)).json).toMatchObject({ provider: 'ALPHA' })
  const clash = { ...body, slug: 'alpha', base_url: 'https://llm.example.test/v1' }
  const answer = await gateway.call('POST', '/api/v1/providers/custom', { body: clash })
  expect(answer).toMatchObject({
    status: 409,
    body: { error: { message: 'slug: another provider is called "alpha" already' } },
  })
})
