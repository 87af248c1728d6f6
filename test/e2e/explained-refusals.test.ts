import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { manageAt } from './manage.ts'
import { twoProviders } from './provider-config.ts'

/* `openrouter_metadata` of a request that came to nothing: each restriction names whose it is and what it takes away. */

const EXPLAINED = { 'x-openrouter-metadata': 'enabled' }

let upstream: ScriptedUpstream
let gateway: Gateway
let made = 0

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  gateway = await startGateway({ config: twoProviders(upstream.baseUrl, upstream.baseUrl) })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

const manage = (method: string, path: string, body?: object) => manageAt(gateway, method, path, body)

async function newPlace(defaultGuardrail: object, key: object = {}) {
  made += 1
  const { id } = await manage('POST', 'workspaces', { name: 'place', slug: `place-${made}` })
  const { default_guardrail_id: guardrailId } = await manage('GET', `workspaces/${id}`)
  await manage('PATCH', `guardrails/${guardrailId}`, defaultGuardrail)
  return { id, guardrailId, key: await gateway.createKey({ workspace_id: id, ...key }) }
}

async function explain(key: string, fields: object = {}) {
  const body = { model: 'alpha/small', messages: [{ role: 'user', content: 'Hello' }], ...fields }
  const answer = await gateway.call('POST', '/api/v1/chat/completions', { key, headers: EXPLAINED, body })
  const { openrouter_metadata } = answer.body as { openrouter_metadata?: Record<string, unknown> }
  return { status: answer.status, metadata: openrouter_metadata }
}

const NOTHING_LEFT = { requested: 'alpha/small', attempt: 0, endpoints: { total: 2, available: [] } }

test('each layer that leaves something out is named with what it leaves out, and by what', async () => {
  const { guardrailId, id, key } = await newPlace({ ignored_providers: ['alpha'] })
  const own = await manage('POST', 'guardrails', {
    name: 'own',
    workspace_id: id,
    allowed_providers: ['alpha'],
    enforce_zdr_other: true,
  })
  const { body } = await gateway.call('GET', `/api/v1/keys?workspace_id=${id}`)
  const hash = (body as { data: { hash: string }[] }).data[0]?.hash
  await manage('POST', `guardrails/${own['id']}/assignments/keys`, { key_hashes: [hash] })
  const { metadata, status } = await explain(key)
  expect(status).toBe(404)
  const stage = (guardrail_id: unknown, guardrail_scope: string, endpoints: number, excluded_by: string[]) => ({
    type: 'guardrail',
    name: 'routing-restrictions',
    guardrail_id,
    guardrail_scope,
    summary: `${endpoints} of 2 endpoints left out: ${excluded_by.join(', ')}`,
    data: { action: 'excluded', excluded_by, endpoints },
  })
  expect(metadata).toMatchObject({ ...NOTHING_LEFT, summary: 'available=0 of 2, none selected' })
  expect(metadata?.['pipeline']).toEqual([
    stage(guardrailId, 'workspace', 1, ['ignored_providers']),
    stage(own['id'], 'api-key', 2, ['data_policy:zdr', 'allowed_providers']),
  ])
})

test('what is left out of an answer that was given is told as well', async () => {
  const { guardrailId, key } = await newPlace({ ignored_providers: ['alpha'] })
  const { metadata, status } = await explain(key)
  expect([status, metadata?.['attempt']]).toEqual([200, 1])
  expect(metadata?.['pipeline']).toMatchObject([
    { guardrail_id: guardrailId, data: { excluded_by: ['ignored_providers'] } },
  ])
})

test.each([
  ['a model that a guardrail forbids by name', { ignored_models: ['alpha/small'] }, 403, ['ignored_models']],
  ['a region', { allowed_data_regions: ['europe'] }, 403, ['data_region']],
  ['a list of models', { allowed_models: ['alpha/flat'] }, 404, ['allowed_models']],
])('%s is told', async (_name, fields, status, excluded_by) => {
  const { guardrailId, key } = await newPlace(fields)
  const told = await explain(key)
  expect(told.status).toBe(status)
  expect(told.metadata).toMatchObject({
    ...NOTHING_LEFT,
    pipeline: [{ guardrail_id: guardrailId, data: { excluded_by } }],
  })
})

test("a key's own models and a budget have no guardrail behind them, and the request is told what it asked for", async () => {
  const scoped = await newPlace({}, { type: 'scoped', allowed_models: ['other/*'] })
  expect(await explain(scoped.key)).toMatchObject({ status: 404, metadata: NOTHING_LEFT })
  const poor = await newPlace({}, { limit: 0 })
  const { metadata, status } = await explain(poor.key)
  expect(status).toBe(402)
  expect(metadata).toMatchObject({ requested: 'alpha/small', attempt: 0, endpoints: { total: 2 } })
  expect(metadata).not.toHaveProperty('pipeline')
})

test('a request for a model that does not exist, and one of nobody, are told nothing', async () => {
  const { key } = await newPlace({})
  expect(await explain(key, { model: 'no/such' })).toEqual({ status: 400, metadata: undefined })
  expect(await explain(`sk-or-v1-${'0'.repeat(64)}`)).toEqual({ status: 401, metadata: undefined })
})
