import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPLANATION_OPERATIONS, type ExplanationWire } from '../../../src/contract/inference/explanations.ts'
import { BUDGET_OPERATIONS } from '../../../src/contract/management/budgets.ts'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { updateKeys } from '../../../src/contract/management/keys.ts'
import { newRequestId } from '../../../src/platform/ids.ts'
import { postRefusals } from '../../../src/store/post-refusals.ts'
import { deleteCustomProviders, newCustomProvider, newModel } from '../custom-provider-fixtures.ts'
import { newKey, newWorkspace, spend } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { clearPolicy } from '../policy-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import type { RequestOptions } from '../request-types.ts'
import { type MadeKey, UsageWorld } from '../usage-world.ts'

const { getGenerationExplanation } = EXPLANATION_OPERATIONS
const { bulkAssignKeysToGuardrail, deleteGuardrail, updateGuardrail } = GUARDRAIL_OPERATIONS
const PATH = '/api/v1/generation/explanation'
const CHAT = '/api/v1/chat/completions'
const chat = (fields: object = {}) => ({
  model: 'sim/lorem',
  max_tokens: 20,
  messages: [{ role: 'user', content: 'one two three four' }],
  ...fields,
})

/** Without the organization's policy: other tests have made one, which says nothing. */
async function explain(id: string | null | undefined, options: RequestOptions = {}): Promise<ExplanationWire> {
  const answer = await send('GET', `${PATH}?id=${id}`, options)
  const { data } = expectAnswer(answer, 200, getGenerationExplanation.output)
  return { ...data, guardrails: data.guardrails?.filter(({ scope }) => scope !== 'organization') ?? null }
}

/** Sends it, expects the status, and explains it by its request id. */
async function explainChat(key: string, status: number, fields: object = {}): Promise<ExplanationWire> {
  const answer = await send('POST', CHAT, { key, body: chat(fields) })
  expect(answer).toMatchObject({ status })
  return await explain(answer.headers.get('x-request-id'))
}

beforeAll(clearPolicy)

test('200 a generation: guardrails, limits, price and plan as they were, whatever has become of them since', async () => {
  const { id: workspace_id, default_guardrail_id } = await newWorkspace()
  const { key, data } = await newKey({ workspace_id, limit: 3, limit_reset: 'monthly' })
  await call(updateGuardrail, { id: default_guardrail_id, limit_usd: 2, reset_interval: 'daily' })
  const { id } = await newGuardrail({ workspace_id, name: 'no echo', ignored_models: ['sim/echo'] })
  await call(bulkAssignKeysToGuardrail, { id, key_hashes: [data.hash] })
  await call(BUDGET_OPERATIONS.upsertWorkspaceBudget, { id: workspace_id, interval: 'weekly', limit_usd: 1 })
  const first = await spend(key)
  const answer = await send('POST', CHAT, { key, body: chat({ model: 'sim/echo', models: ['sim/lorem'] }) })
  const { id: generationId, usage } = answer.body as {
    id: string
    usage: { cost: number; prompt_tokens: number; completion_tokens: number }
  }
  const explanation = await explain(generationId)
  const byDefault = {
    scope: 'workspace',
    guardrail_id: default_guardrail_id,
    name: `Workspace ${workspace_id} Default`,
  } as const
  const ofKey = { scope: 'key', guardrail_id: id, name: 'no echo' } as const
  const weekly = {
    scope: 'workspace',
    name: null,
    guardrail_id: null,
    interval: 'weekly',
    include_byok: false,
  } as const
  expect(explanation).toEqual({
    id: generationId,
    generation_id: generationId,
    request_id: answer.headers.get('x-request-id'),
    created_at: expect.stringMatching(/Z$/),
    workspace_id,
    api_key_id: data.id,
    user_id: data.creator_user_id,
    model: 'sim/lorem',
    outcome: 'done',
    status: 200,
    error: null,
    decided_by: 'plan',
    guardrails: [byDefault, ofKey],
    guardrail_findings: [],
    limits: [
      { scope: 'key', name: null, guardrail_id: null, interval: 'monthly', limit_usd: 3, include_byok: false },
      { ...weekly, limit_usd: 1 },
      {
        scope: 'guardrail',
        name: byDefault.name,
        guardrail_id: default_guardrail_id,
        interval: 'daily',
        limit_usd: 2,
        include_byok: false,
      },
    ],
    limit: {
      ...weekly,
      limit_usd: 1,
      settled_usd: first.cost,
      held_usd: 0,
      remaining_usd: Number((1 - first.cost).toFixed(9)),
      needed_usd: null,
      affordable_tokens: null,
    },
    max_tokens: null,
    price: {
      version: expect.stringMatching(/^[0-9a-f]{16}$/),
      basis: 'usage',
      held_usd: expect.any(Number),
      components: [
        {
          name: 'prompt',
          price_usd: 1,
          per: 1_000_000,
          quantity: usage.prompt_tokens,
          cost_usd: usage.prompt_tokens / 1e6,
        },
        {
          name: 'completion',
          price_usd: 2,
          per: 1_000_000,
          quantity: usage.completion_tokens,
          cost_usd: (2 * usage.completion_tokens) / 1e6,
        },
      ],
      discount: 0,
      charged_usd: usage.cost,
      byok_usd: 0,
      uncharged_usd: 0,
    },
    plan: {
      models_requested: ['sim/echo', 'sim/lorem'],
      is_default_model: false,
      routing: null,
      attempts: [
        {
          endpoint_id: expect.any(String),
          provider_name: 'Switchyard Sim',
          model: 'sim/lorem',
          status: 200,
          latency: expect.any(Number),
          error: null,
          is_byok: false,
        },
      ],
      not_eligible: [
        {
          endpoint_id: expect.any(String),
          provider_name: 'Switchyard Sim',
          model: 'sim/echo',
          by_guardrails: [{ ...ofKey, reason: 'ignored_models' }],
          by_request: [],
        },
      ],
      not_eligible_more: 0,
    },
    unknown: [],
  })
  expect(explanation.price?.held_usd).toBeGreaterThanOrEqual(usage.cost)
  await call(deleteGuardrail, { id })
  await call(BUDGET_OPERATIONS.deleteWorkspaceBudget, { id: workspace_id, interval: 'weekly' })
  await call(updateKeys, { hash: data.hash, limit: 9 })
  expect(await explain(generationId)).toEqual(explanation)
  expect(await explain(explanation.request_id)).toEqual({ ...explanation, id: explanation.request_id })
})

test('200 a generation that nothing restricted or limited, and one whose answer a limit shortened', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { key, data } = await newKey({ workspace_id })
  const free = await explain((await spend(key)).generationId)
  expect(free).toMatchObject({ guardrails: [], limits: [], limit: null, max_tokens: null, unknown: [] })
  expect(free.plan).toMatchObject({ models_requested: null, not_eligible: [], not_eligible_more: 0 })
  await call(updateKeys, { hash: data.hash, limit: 0.001 })
  const short = await explainChat(key, 200, { max_tokens: 10_000 })
  expect(short.max_tokens).toBeGreaterThan(16)
  expect(short).toMatchObject({ decided_by: 'plan', limit: { scope: 'key', interval: 'lifetime', limit_usd: 0.001 } })
})

test('200 a provider that failed, with each attempt and what it failed with', async () => {
  const { key } = await newKey()
  const { decided_by, outcome, plan, price } = await explainChat(key, 429, { model: 'sim/error-429' })
  expect({ decided_by, outcome }).toEqual({ decided_by: 'provider', outcome: 'upstream_error' })
  expect(plan.attempts).toEqual([expect.objectContaining({ status: 429, error: expect.any(String) })])
  expect(price).toMatchObject({ charged_usd: 0, components: [] })
})

test("200 finds the prices of the organization's own providers, also when the provider is gone", async () => {
  const { key } = await newKey()
  const model = newModel()
  await newCustomProvider({ models: [model] })
  const answer = await send('POST', CHAT, { key, body: chat({ model: model.id }) })
  await deleteCustomProviders()
  const { decided_by, plan, price, unknown } = await explain(answer.headers.get('x-request-id'))
  expect(decided_by).toBe('provider')
  expect(plan.attempts).toMatchObject([{ model: model.id, status: null, error: expect.any(String) }])
  expect(price).toMatchObject({ version: expect.stringContaining('+'), components: [], charged_usd: 0 })
  expect(unknown).toEqual([])
})

describe('200 a refusal', () => {
  test('by a limit, which it names with what was settled then, and what would have fitted', async () => {
    const { id: workspace_id } = await newWorkspace()
    const { key } = await newKey({ workspace_id })
    const { cost } = await spend(key)
    await call(BUDGET_OPERATIONS.upsertWorkspaceBudget, { id: workspace_id, interval: 'monthly', limit_usd: cost })
    const refused = await explainChat(key, 403)
    const limit = {
      scope: 'workspace',
      name: null,
      guardrail_id: null,
      interval: 'monthly',
      limit_usd: cost,
      include_byok: false,
    } as const
    expect(refused).toEqual({
      id: refused.request_id,
      generation_id: null,
      request_id: refused.request_id,
      created_at: expect.stringMatching(/Z$/),
      workspace_id,
      api_key_id: expect.any(Number),
      user_id: null,
      model: 'sim/lorem',
      outcome: 'refused',
      status: 403,
      error: { code: 'budget_exceeded', message: expect.stringContaining('Workspace monthly budget') },
      decided_by: 'limit',
      guardrails: [],
      guardrail_findings: [],
      limits: [limit],
      limit: {
        ...limit,
        settled_usd: cost,
        held_usd: 0,
        remaining_usd: 0,
        needed_usd: expect.any(Number),
        affordable_tokens: 0,
      },
      max_tokens: null,
      price: null,
      plan: {
        models_requested: null,
        is_default_model: false,
        routing: null,
        attempts: [],
        not_eligible: [],
        not_eligible_more: 0,
      },
      unknown: [],
    })
    expect(refused.limit?.needed_usd).toBeGreaterThan(0)
  })

  test('by a guardrail, by the preferences of the request, and by both together', async () => {
    const { id: workspace_id } = await newWorkspace()
    const { key, data } = await newKey({ workspace_id })
    const preferences = await explainChat(key, 404, { provider: { only: ['nobody'] } })
    expect(preferences.decided_by).toBe('preferences')
    expect(preferences.plan.not_eligible).toEqual([
      expect.objectContaining({ model: 'sim/lorem', by_guardrails: [], by_request: ['allowed_providers'] }),
    ])
    const { id } = await newGuardrail({ workspace_id, name: 'only echo', allowed_models: ['sim/echo'] })
    await call(bulkAssignKeysToGuardrail, { id, key_hashes: [data.hash] })
    const guarded = await explainChat(key, 404)
    const guardrail = { scope: 'key', guardrail_id: id, name: 'only echo' }
    expect(guarded).toMatchObject({ decided_by: 'guardrail', guardrails: [guardrail], error: { code: 'no_endpoints' } })
    expect(guarded.plan.not_eligible).toMatchObject([{ by_guardrails: [{ ...guardrail, reason: 'allowed_models' }] }])
    const both = await explainChat(key, 404, { models: ['sim/lorem', 'sim/echo'], provider: { ignore: ['sim'] } })
    expect(both.decided_by).toBe('guardrail_and_preferences')
  })

  test('by a content filter, with the guardrail that has it, and a request that one only flagged', async () => {
    const { id: workspace_id, default_guardrail_id } = await newWorkspace()
    const { key } = await newKey({ workspace_id })
    const filter = (pattern: string, action: 'block' | 'flag') => ({ pattern, action, label: pattern })
    const content_filters = [filter('three', 'block'), filter('zwei', 'flag')]
    await call(updateGuardrail, { id: default_guardrail_id, content_filters })
    const guardrail = { scope: 'workspace', guardrail_id: default_guardrail_id, name: expect.any(String) }
    const refused = await explainChat(key, 403)
    expect(refused).toMatchObject({ decided_by: 'content_filter', plan: { attempts: [] } })
    expect(refused.guardrail_findings).toEqual([
      {
        filter: 'custom',
        label: 'three',
        action: 'block',
        patterns: ['three'],
        count: 1,
        guardrail,
        false_positive: null,
      },
    ])
    const flagged = await explainChat(key, 200, { messages: [{ role: 'user', content: 'zwei' }] })
    expect(flagged.guardrail_findings).toMatchObject([{ label: 'zwei', action: 'flag', guardrail }])
  })

  test('by its rate, for an unknown model, for what it says, and for a dead key', async () => {
    const { key, data } = await newKey({ rate_limit_rpm: 1 })
    expect(await explainChat(key, 400, { model: 'no/such' })).toMatchObject({ decided_by: 'request' })
    expect(await explainChat(key, 429)).toMatchObject({ decided_by: 'rate', error: { code: 'rate_limited' } })
    expect(await explainChat(key, 400, { messages: [] })).toMatchObject({ decided_by: 'request', model: null })
    await call(updateKeys, { hash: data.hash, disabled: true })
    expect(await explainChat(key, 401)).toMatchObject({ decided_by: 'access', guardrails: [], limits: [], limit: null })
  })

  test('with names that no database would take', async () => {
    const { key } = await newKey()
    const models = ['sim/lorem', 'a\u0000\ud800b']
    const { plan } = await explainChat(key, 400, { models })
    expect(plan.models_requested).toEqual(['sim/lorem', 'a\ufffd\ufffdb'])
  })
})

test('200 shows no figures of budgets to a plain key, but those of its own limit', async () => {
  const { id: workspace_id } = await newWorkspace()
  const { key } = await newKey({ workspace_id, limit: 3 })
  await call(BUDGET_OPERATIONS.upsertWorkspaceBudget, { id: workspace_id, interval: 'weekly', limit_usd: 1 })
  const { generationId } = await spend(key)
  const { limit, limits } = await explain(generationId, { key })
  expect(limit).toMatchObject({ scope: 'workspace', interval: 'weekly' })
  expect(limit).toMatchObject({ limit_usd: null, settled_usd: null, held_usd: null, remaining_usd: null })
  expect(limits?.map(({ scope, limit_usd }) => [scope, limit_usd])).toEqual([
    ['key', 3],
    ['workspace', null],
  ])
})

describe('of earlier versions', () => {
  let world: UsageWorld
  let key: MadeKey

  beforeAll(async () => {
    world = await UsageWorld.make()
    key = await world.newKey(await world.newWorkspace('old'), null)
  })
  afterAll(() => world.close())

  const ask = (id: string) =>
    world.invoke<{ data: ExplanationWire }>('getGenerationExplanation', world.management, { id })

  test('200 says what is not known of a generation, and of one that broke off in a crash', async () => {
    const [done = '', crashed = ''] = await world.use(key, [{}, { outcome: 'crash_padding', attempts: [] }])
    const { data } = await ask(done)
    expect(data).toMatchObject({ guardrails: null, limits: null, limit: null, plan: { not_eligible: null } })
    expect(data.unknown).toEqual(['guardrails', 'limits', 'not_eligible', 'price_components'])
    expect((await ask(crashed)).data).toMatchObject({ decided_by: 'crash', price: { basis: 'hold', components: null } })
  })

  test('200 says so of what was in force when that was lost', async () => {
    const [id = ''] = await world.use(key, [{ decision: { rules: 'lost' } }])
    const { data } = await ask(id)
    expect(data).toMatchObject({ guardrails: null, limits: null, plan: { not_eligible: [] } })
    expect(data.unknown).toEqual(['guardrails', 'limits', 'price_components'])
  })

  test('200 knows of a request that nothing restricted that nothing did', async () => {
    const [id = ''] = await world.use(key, [{ decision: {} }])
    const { data } = await ask(id)
    expect(data).toMatchObject({ guardrails: [], limits: [], limit: null, plan: { not_eligible: [] } })
    expect(data.unknown).toEqual(['price_components'])
  })

  test('200 says what is not known of a refusal', async () => {
    const requestId = newRequestId(Date.now())
    const { organizationId } = world.world.ours.actor
    const none = { userId: null, model: null, streamed: null, httpReferer: null, appTitle: null, userAgent: null }
    const refusal = { requestId, at: Date.now(), organizationId, workspaceId: key.workspaceId, keyId: key.id, ...none }
    const rest = { status: 402, code: 'key_limit_exceeded', message: 'no', origin: '', ip: null }
    await postRefusals(world.world.database.kysely, [{ ...refusal, ...rest, sessionId: null, externalUser: null }])
    const { data } = await ask(requestId)
    expect(data).toMatchObject({ decided_by: 'limit', limit: null, guardrails: null, price: null })
    expect(data.unknown).toEqual(['guardrails', 'limits', 'not_eligible'])
  })
})

test('404 for a key of another workspace, by either id, and of a refusal', async () => {
  const { key } = await newKey({ workspace_id: (await newWorkspace()).id })
  const answered = await send('POST', CHAT, { key, body: chat() })
  const refused = await send('POST', CHAT, { key, body: chat({ model: 'no/such' }) })
  const ids = [
    (answered.body as { id: string }).id,
    answered.headers.get('x-request-id'),
    refused.headers.get('x-request-id'),
  ]
  for (const id of ids) {
    await explain(id)
    expectError(await send('GET', `${PATH}?id=${id}`, { key: gateway.inferenceKey }), 404, 'Generation not found')
  }
})

test('404 for another organization', async () => {
  const { generationId } = await spend(gateway.inferenceKey)
  const { cookie } = gateway.other.orgAdmin
  expectError(await send('GET', `${PATH}?id=${generationId}`, { cookie }), 404, 'Generation not found')
})

test.each([
  ['an unknown generation', `gen-${Math.floor(Date.now() / 1_000)}-00000000000000000000`],
  ['an unknown request', `req-${Math.floor(Date.now() / 1_000)}-00000000000000000000`],
  ['another form of id', 'chatcmpl-1'],
  ['another form of request id', 'req-1'],
  ['an impossible time', 'req-999999999999-00000000000000000000'],
])('404 for %s', async (_name, id) => {
  expectError(await send('GET', `${PATH}?id=${id}`), 404, 'Generation not found')
})

test.each([
  ['no id', ''],
  ['an empty id', '?id='],
  ['two ids', '?id=a&id=b'],
])('400 for %s', async (_name, query) => {
  expectError(await send('GET', `${PATH}${query}`), 400, 'id')
})
