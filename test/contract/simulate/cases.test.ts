import { expect, test } from 'vitest'
import { GUARDRAIL_OPERATIONS } from '../../../src/contract/management/guardrails.ts'
import { SIMULATION_OPERATIONS, type SimulationWire } from '../../../src/contract/management/simulation.ts'
import { updateWorkspace } from '../../../src/contract/management/workspaces.ts'
import type { RequestOf } from '../../../src/contract/operation.ts'
import { toDate } from '../../../src/domain/windows.ts'
import { eventually, NO_HASH, NO_UUID, newKey, newWorkspace, type Spent, spend } from '../fixtures.ts'
import { newGuardrail } from '../guardrail-fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import type { RequestOptions } from '../request-types.ts'

const { simulate } = SIMULATION_OPERATIONS
type Input = RequestOf<typeof simulate>
const ask = (body: unknown, options: RequestOptions = {}) => send('POST', '/api/v1/simulate', { body, ...options })

async function outcome(input: Input, options: RequestOptions = {}): Promise<SimulationWire> {
  return expectAnswer(await ask(input, options), 200, simulate.output).data
}

/** When the requests of a workspace are in the database. */
async function settled(input: Input, requests: number): Promise<SimulationWire> {
  return await eventually(
    () => outcome(input),
    (data) => data.requests >= requests,
  )
}

/** A workspace with a key that was used so many times. */
async function newTraffic(count: number, fields: Parameters<typeof newWorkspace>[0] = {}) {
  const { id: workspace_id } = await newWorkspace(fields)
  const { key, data } = await newKey({ workspace_id })
  const spent: Spent[] = []
  for (let made = 0; made < count; made += 1) spent.push(await spend(key))
  await settled({ workspace_id, guardrail: {} }, count)
  return { workspace_id, key, hash: data.hash, costs: spent.map(({ cost }) => cost) }
}

const sum = (costs: readonly number[]) => Number(costs.reduce((total, cost) => total + cost, 0).toFixed(9))
const NO_FILTERS = { basis: 'none', checked: 0, not_kept: 0, skipped: 0, timed_out: 0, findings: [] } as const

test('200 a guardrail that forbids the model would have blocked all of it, with exactly the declared keys', async () => {
  const { workspace_id, costs } = await newTraffic(2)
  const data = await outcome({ workspace_id, guardrail: { allowed_models: ['sim/echo'] } })
  const usage_usd = sum(costs)
  const effects = { requests: 2, blocked: 2, rerouted: 0, shortened: 0, usage_usd, saved_usd: usage_usd }
  expect(data).toEqual({
    from: expect.stringMatching(/T00:00:00.000Z$/),
    to: expect.stringMatching(/Z$/),
    complete: true,
    covered_until: data.to,
    ...effects,
    unknown_endpoint: 0,
    blocked_by: [{ reason: 'allowed_models', requests: 2, usage_usd }],
    by_model: [{ model: 'sim/lorem', ...effects }],
    by_day: [{ date: toDate(Date.now()), ...effects }],
    content_filters: NO_FILTERS,
  })
  expect(Date.parse(data.to) - Date.parse(data.from)).toBeGreaterThanOrEqual(29 * 86_400_000)
  const other = await outcome({ workspace_id, guardrail: { allowed_models: ['sim/lorem'] }, days: 1 })
  expect(other).toMatchObject({ requests: 2, blocked: 0, saved_usd: 0, blocked_by: [], from: expect.anything() })
})

test('200 a budget would have let through what fits into it, for each owner apart', async () => {
  const { workspace_id, costs, hash } = await newTraffic(3)
  const second = await newKey({ workspace_id })
  const { cost } = await spend(second.key)
  await settled({ workspace_id, guardrail: {} }, 4)
  const limit_usd = sum(costs.slice(0, 2))
  const budget = { limit_usd, interval: 'daily' } as const
  const together = await outcome({ workspace_id, budget })
  const lost = sum([costs[2] ?? 0, cost])
  expect(together).toMatchObject({ requests: 4, blocked: 2, saved_usd: lost, content_filters: NO_FILTERS })
  expect(together.blocked_by).toEqual([{ reason: 'limit', requests: 2, usage_usd: lost }])
  const apart = await outcome({ workspace_id, budget, limit_per: 'key' })
  expect(apart).toMatchObject({ requests: 4, blocked: 1 })
  expect(await outcome({ workspace_id, budget, limit_per: 'project' })).toMatchObject({ requests: 4, blocked: 0 })
  expect(await outcome({ workspace_id, budget, api_key_hash: hash })).toMatchObject({ requests: 3, blocked: 1 })
  const guardrail = { limit_usd, reset_interval: 'daily' } as const
  expect((await outcome({ workspace_id, guardrail })).blocked_by).toEqual(together.blocked_by)
})

test('200 the guardrail in force blocks nothing of what it let through', async () => {
  const { id: workspace_id, default_guardrail_id } = await newWorkspace({ is_observability_io_logging_enabled: true })
  const { key } = await newKey({ workspace_id })
  await call(GUARDRAIL_OPERATIONS.updateGuardrail, {
    id: default_guardrail_id,
    allowed_models: ['sim/lorem'],
    content_filters: [{ pattern: 'five', action: 'block' }],
    limit_usd: 0.001,
    reset_interval: 'monthly',
  })
  for (const _ of [1, 2]) await spend(key)
  const refused = [
    { model: 'sim/echo', messages: [{ role: 'user', content: 'one' }] },
    { model: 'sim/lorem', messages: [{ role: 'user', content: 'five' }] },
    { model: 'sim/lorem', messages: [{ role: 'user', content: 'one '.repeat(500) }] },
  ]
  for (const body of refused) {
    expect((await send('POST', '/api/v1/chat/completions', { key, body })).status).toBeGreaterThanOrEqual(403)
  }
  const data = await settled({ workspace_id, guardrail_id: default_guardrail_id }, 2)
  expect(data).toMatchObject({ requests: 2, blocked: 0, rerouted: 0, shortened: 0, blocked_by: [], saved_usd: 0 })
})

test('200 content filters look at what was kept, and say what was not', async () => {
  const { workspace_id, key } = await newTraffic(1)
  await call(updateWorkspace, { id: workspace_id, is_observability_io_logging_enabled: true })
  const chat = async (content: string) => {
    const messages = [{ role: 'user', content }]
    await send('POST', '/api/v1/chat/completions', { key, body: { model: 'sim/lorem', max_tokens: 5, messages } })
  }
  await chat('a secret word')
  await chat('write to ann@example.test')
  const guardrail: Input['guardrail'] = {
    content_filters: [{ pattern: 'secret', action: 'block', label: 'words' }],
    content_filter_builtins: [{ slug: 'email', action: 'redact' }],
  }
  const data = await eventually(
    () => outcome({ workspace_id, guardrail }),
    ({ content_filters }) => content_filters.checked === 2,
  )
  expect(data).toMatchObject({ requests: 3, blocked: 1, blocked_by: [{ reason: 'content_filter', requests: 1 }] })
  expect(data.content_filters).toEqual({
    basis: 'kept',
    checked: 2,
    not_kept: 1,
    skipped: 0,
    timed_out: 0,
    findings: expect.arrayContaining([
      { filter: 'custom', label: 'words', action: 'block', requests: 1 },
      { filter: 'email', label: expect.anything(), action: 'redact', requests: 1 },
    ]),
  })
})

test('200 who may not read what was said learns nothing of it', async () => {
  const { teamWorkspaceId: workspace_id, sessions } = gateway
  await call(updateWorkspace, { id: workspace_id, is_observability_io_logging_enabled: true })
  const { key } = await newKey({ workspace_id })
  await spend(key)
  const guardrail = { content_filters: [{ pattern: 'one', action: 'block' as const }] }
  const admin = { cookie: sessions.admin.cookie }
  const seen = await eventually(
    () => outcome({ workspace_id, guardrail, days: 1 }, admin),
    ({ blocked }) => blocked > 0,
  )
  await call(updateWorkspace, { id: workspace_id, is_observability_io_logging_enabled: false })
  expect(seen.blocked).toBeGreaterThan(0)
  const viewed = await outcome({ workspace_id, guardrail, days: 1 }, { cookie: sessions.viewer.cookie })
  expect(viewed).toMatchObject({ requests: seen.requests, blocked: 0 })
  expect(viewed.content_filters).toEqual({ ...NO_FILTERS, basis: 'not_permitted' })
})

test.each([
  ['nothing proposed', {}, 'guardrail_id'],
  ['two proposals', { guardrail: {}, budget: { limit_usd: 1, interval: 'daily' } }, 'guardrail_id'],
  ['no days', { guardrail: {}, days: 0 }, 'days'],
  ['more than 90 days', { guardrail: {}, days: 91 }, 'days'],
  ['a part of a day', { guardrail: {}, days: 1.5 }, 'days'],
  ['an unknown interval', { budget: { limit_usd: 1, interval: 'hourly' } }, 'budget.interval'],
  ['a negative budget', { budget: { limit_usd: -1, interval: 'daily' } }, 'budget.limit_usd'],
  ['an unknown field of a guardrail', { guardrail: { name: 'x' } }, 'guardrail'],
  ['an empty list', { guardrail: { allowed_models: [] } }, 'guardrail.allowed_models'],
  ['a limit for nobody', { guardrail: {}, limit_per: 'nobody' }, 'limit_per'],
  [
    'a pattern that is none',
    { guardrail: { content_filters: [{ pattern: '(', action: 'block' }] } },
    'content_filters',
  ],
])('400 for %s', async (_name, body, field) => {
  expectError(await ask(body), 400, field)
})

test('404 for what is not there or not to be seen', async () => {
  expectError(await ask({ workspace_id: NO_UUID, guardrail: {} }), 404, /^Workspace not found$/)
  expectError(await ask({ api_key_hash: NO_HASH, guardrail: {} }), 404, /^API key not found$/)
  expectError(await ask({ guardrail_id: NO_UUID }), 404, /^Guardrail not found$/)
  const { id } = await newGuardrail()
  const { cookie } = gateway.sessions.viewer
  expectError(await ask({ guardrail_id: id }, { cookie }), 404, /^Guardrail not found$/)
  const other = { cookie: gateway.other.orgAdmin.cookie }
  expectError(await ask({ guardrail_id: id }, other), 404, /^Guardrail not found$/)
  expectError(await ask({ workspace_id: gateway.teamWorkspaceId, guardrail: {} }, other), 404, /^Workspace not found$/)
})

test('403 for a key that may not read the log', async () => {
  const { key } = await newKey()
  expect((await ask({ guardrail: {} }, { key })).status).toBe(403)
})
