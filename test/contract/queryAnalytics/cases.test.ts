import type { KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queryAnalytics } from '../../../src/contract/management/analytics.ts'
import type { RequestOf, ResponseOf } from '../../../src/contract/operation.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { AppError } from '../../../src/domain/app-error.ts'
import { appNumber, appOf } from '../../../src/domain/app-identity.ts'
import { eventually, newKey, newWorkspace, spend } from '../fixtures.ts'
import { expectAnswer, expectError, gateway, send } from '../request.ts'
import { ORIGIN } from '../two-organizations.ts'
import { type MadeKey, type Person, UsageWorld } from '../usage-world.ts'

const PATH = '/api/v1/analytics/query'
const CLASSIFIED = { classifier_id: '0194a5d4-6b8e-7cc3-8f2a-1d5be1f0a001' }
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const ON_OWN_CREDENTIAL = {
  endpoint_id: 'e',
  provider_name: 'Maker',
  model: 'm/two',
  status: 200,
  latency_ms: 1,
  error: null,
  byok_key_id: '0194a5d4-6b8e-7cc3-8f2a-1d5be1f0a002',
}

type Question = RequestOf<typeof queryAnalytics>
type Answer = ResponseOf<typeof queryAnalytics>

describe('over HTTP', () => {
  test('200 what was just spent, by workspace, key and member with their names, with exactly the declared keys', async () => {
    const workspace = await newWorkspace({ name: 'Analysed' })
    const { key, data } = await newKey({
      workspace_id: workspace.id,
      name: 'analysed key',
      creator_user_id: gateway.userId,
    })
    const spent = await spend(key)
    const body: Question = {
      metrics: ['total_usage', 'request_count', 'tokens_total'],
      dimensions: ['api_key_id', 'user'],
      filters: [{ field: 'api_key_id', operator: 'eq', value: data.hash }],
    }
    const answer = await eventually(
      () => send('POST', PATH, { body }),
      ({ body: got }) => (got as Answer).data?.data.length === 1,
    )
    expect(expectAnswer(answer, 200, queryAnalytics.output).data).toEqual({
      data: [
        {
          api_key_id: 'analysed key',
          api_key_hash: data.hash,
          user: null,
          user_email: 'first.admin@example.test',
          total_usage: spent.cost,
          request_count: 1,
          tokens_total: spent.promptTokens + spent.completionTokens,
        },
      ],
      metadata: { query_time_ms: expect.any(Number), row_count: 1, truncated: false },
    })
    const byWorkspace = await send('POST', PATH, {
      body: {
        metrics: ['request_count'],
        dimensions: ['workspace', 'model'],
        granularity: 'minute',
        filters: [{ field: 'workspace', operator: 'in', value: [workspace.id] }],
      },
    })
    expect(expectAnswer(byWorkspace, 200, queryAnalytics.output).data.data).toEqual([
      {
        date__minute: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/),
        workspace: 'Analysed',
        model: 'sim/lorem',
        request_count: 1,
      },
    ])
  })

  test('200 with a warning for a key hash that no key has', async () => {
    const hash = 'a'.repeat(64)
    const body = {
      metrics: ['request_count'],
      dimensions: ['model'],
      filters: [{ field: 'api_key_id', operator: 'eq', value: hash }],
      classifier_filters: null,
    }
    const answer = expectAnswer(await send('POST', PATH, { body }), 200, queryAnalytics.output)
    expect(answer.data.data).toEqual([])
    expect(answer.data.warnings).toEqual([`api_key_id: no key has the hash ${hash}`])
  })

  const metrics = ['request_count']
  const filter = (field: string, operator: string, value: unknown) => ({
    metrics,
    filters: [{ field, operator, value }],
  })
  test.each([
    ['no metrics', {}, 'metrics'],
    ['a filter by a classifier', { metrics, classifier_filters: CLASSIFIED }, 'classifier_filters: no classifier'],
    [
      'a dimension of a classifier',
      { metrics, classifier_dimensions: CLASSIFIED },
      'classifier_dimensions: no classifier',
    ],
    ['an empty list of metrics', { metrics: [] }, 'metrics'],
    ['an unknown metric', { metrics: ['beauty'] }, 'metrics.0'],
    ['an unknown dimension', { metrics, dimensions: ['country'] }, 'dimensions.0'],
    ['three dimensions', { metrics, dimensions: ['model', 'user', 'app'] }, 'dimensions: Too big.*<=2'],
    ['21 filters', { metrics, filters: Array(21).fill({ field: 'model', operator: 'eq', value: 'a' }) }, 'filters'],
    ['an unknown operator', filter('model', 'like', 'a'), 'filters.0.operator'],
    ['a list where one value belongs', filter('model', 'eq', ['a']), 'filters.0.value'],
    ['one value where a list belongs', filter('model', 'in', 'a'), 'filters.0.value'],
    ['an order between models', filter('model', 'gt', 'a'), 'filters.0.operator'],
    ['a list of costs', filter('total_usage', 'in', [1]), 'filters.0.operator'],
    ['a word as cost', filter('total_usage', 'gt', 'much'), 'filters.0.value'],
    ['a workspace by name', filter('workspace', 'eq', 'default'), 'filters.0.value'],
    ['a key by name', filter('api_key_id', 'eq', 'my key'), 'filters.0.value'],
    ['a number that no key can have', filter('api_key_id', 'eq', 1e300), 'filters.0.value'],
    ['an unknown granularity', { metrics, granularity: 'year' }, 'granularity'],
    ['half a range', { metrics, time_range: { start: '2026-08-01T00:00:00Z' } }, 'time_range.end'],
    ['a range of dates', { metrics, time_range: { start: '2026-08-01', end: '2026-08-02' } }, 'time_range.start'],
    [
      'a range that ends before it starts',
      { metrics, time_range: { start: '2026-08-02T00:00:00Z', end: '2026-08-01T00:00:00Z' } },
      'time_range.end',
    ],
    [
      'minutes of more than 31 days',
      { metrics, granularity: 'minute', time_range: { start: '2026-01-01T00:00:00Z', end: '2026-03-01T00:00:00Z' } },
      'time_range.*31 days.*minute',
    ],
    [
      'latencies by workspace of more than 31 days',
      {
        metrics: ['latency_p50'],
        dimensions: ['workspace'],
        time_range: { start: '2026-01-01T00:00:00Z', end: '2026-03-01T00:00:00Z' },
      },
      'time_range.*latency_p50',
    ],
    ['an order by date without granularity', { metrics, order_by: { field: 'date', direction: 'asc' } }, 'order_by'],
    ['an order by what is not asked', { metrics, order_by: { field: 'model', direction: 'asc' } }, 'order_by'],
    ['a limit of 0', { metrics, limit: 0 }, 'limit'],
    ['a limit beyond the bound', { metrics, limit: 10_001 }, 'limit'],
    ['a group limit beyond the bound', { metrics, group_limit: 10_001 }, 'group_limit'],
    [
      'a time in another zone',
      { metrics, time_range: { start: '2026-08-01T00:00:00+02:00', end: '2026-08-02T00:00:00Z' } },
      'time_range.start',
    ],
  ])('400 for %s', async (_name, body, message) => {
    expectError(await send('POST', PATH, { body }), 400, new RegExp(message))
  })
})

describe('over days of usage', () => {
  let world: UsageWorld
  let alpha: string
  let beta: string
  let ada: Person
  let viewer: Person
  let adaKey: MadeKey
  let danKey: MadeKey
  const noon = Math.floor(Date.now() / DAY_MS) * DAY_MS - 10 * DAY_MS + 12 * HOUR_MS

  beforeAll(async () => {
    world = await UsageWorld.make()
    alpha = await world.newWorkspace('Alpha')
    beta = await world.newWorkspace('Beta')
    ada = await world.newPerson('ada', { [alpha]: 'developer' })
    viewer = await world.newPerson('viewer', { [alpha]: 'viewer' })
    adaKey = await world.newKey(alpha, ada)
    danKey = await world.newKey(alpha, await world.newPerson('dan', { [alpha]: 'developer' }))
    const betaKey = await world.newKey(beta, null)
    const dollar = 1_000_000_000n
    await world.use(adaKey, [
      {
        at: noon,
        cost: dollar,
        model: 'm/one',
        origin: 'https://a.example',
        latencyMs: 100,
        upstreamCost: 900_000_001n,
      },
      {
        at: noon + HOUR_MS,
        cost: 2n * dollar,
        model: 'm/two',
        latencyMs: 300,
        outcome: 'upstream_error',
        upstreamCost: 250_000_000n,
        attempts: [ON_OWN_CREDENTIAL],
      },
      { at: noon + DAY_MS, cost: 4n * dollar, model: 'm/one', origin: 'https://a.example', sessionId: 's-1' },
    ])
    await world.use(danKey, [{ at: noon + 2 * DAY_MS, cost: 8n * dollar, model: 'm/two' }])
    await world.use(betaKey, [{ at: noon + 2 * DAY_MS, cost: 16n * dollar, model: 'm/three' }])
  })
  afterAll(async () => {
    await world?.close()
  })

  const range = (from: number, to: number) => ({ start: new Date(from).toISOString(), end: new Date(to).toISOString() })
  const all = range(noon - 2 * DAY_MS, noon + 5 * DAY_MS)

  async function rows(question: Question, actor: Actor = world.management): Promise<Answer['data']['data']> {
    return (await world.invoke<Answer>('queryAnalytics', actor, { time_range: all, ...question })).data.data
  }
  async function usage(question: Partial<Question>, actor?: Actor): Promise<unknown> {
    return (await rows({ metrics: ['total_usage'], ...question }, actor))[0]?.['total_usage'] ?? 0
  }

  test('whoever may see only their own usage gets the figures of that', async () => {
    expect(await usage({})).toBe(31)
    expect(await usage({}, viewer)).toBe(15)
    expect(await usage({}, ada)).toBe(7)
    expect(await rows({ metrics: ['total_usage'], dimensions: ['generation_id'] }, ada)).toHaveLength(3)
    expect(await usage({ filters: [{ field: 'user', operator: 'eq', value: 'user_dan' }] }, ada)).toBe(0)
    expect(await usage({ filters: [{ field: 'workspace', operator: 'eq', value: beta }] }, viewer)).toBe(0)
  })

  test('a range counts to the second at both ends, whole days or not', async () => {
    expect(await usage({ time_range: range(noon, noon + 1_000) })).toBe(1)
    expect(await usage({ time_range: range(noon + 1_000, noon + DAY_MS) })).toBe(2)
    expect(await usage({ time_range: range(noon + 1_000, noon + 2 * DAY_MS + 1_000) })).toBe(30)
    expect(await usage({ time_range: range(noon - 13 * HOUR_MS, noon + 2 * DAY_MS) })).toBe(7)
    expect(await usage({ time_range: range(noon, noon) })).toBe(0)
    expect(await usage({ time_range: range(-1e12, noon + 5 * DAY_MS) })).toBe(31)
  })

  test('by day, week, month and hour, oldest first', async () => {
    const dates = (await rows({ metrics: ['request_count'], granularity: 'day' })).map((row) => row['date__day'])
    expect(dates).toEqual([0, 1, 2].map((days) => new Date(noon + days * DAY_MS).toISOString().slice(0, 10)))
    const hours = await rows({ metrics: ['total_usage'], granularity: 'hour' })
    expect(hours.slice(0, 2)).toEqual([
      { date__hour: new Date(noon).toISOString(), total_usage: 1 },
      { date__hour: new Date(noon + HOUR_MS).toISOString(), total_usage: 2 },
    ])
    for (const granularity of ['week', 'month'] as const) {
      const sums = await rows({ metrics: ['total_usage'], granularity })
      expect(sums.reduce((sum, row) => sum + Number(row['total_usage']), 0)).toBe(31)
      expect(sums.every((row) => /^\d{4}-\d\d-\d\d$/.test(String(row[`date__${granularity}`])))).toBe(true)
    }
  })

  test('every metric, and null for components that this gateway has none of', async () => {
    const metrics: Question['metrics'] = [
      'request_count',
      'tokens_prompt',
      'tokens_completion',
      'tokens_total',
      'reasoning_tokens',
      'cached_tokens',
      'cache_hit_rate',
      'error_rate',
      'usage_upstream',
      'usage_byok',
      'usage_cache',
      'latency_avg',
      'latency_p50',
      'latency_p99',
      'generation_time_avg',
      'throughput_avg',
    ]
    const filters: Question['filters'] = [{ field: 'api_key_id', operator: 'eq', value: Number(adaKey.id) }]
    expect(await rows({ metrics, filters })).toEqual([
      {
        request_count: 3,
        tokens_prompt: 30,
        tokens_completion: 15,
        tokens_total: 45,
        reasoning_tokens: 3,
        cached_tokens: 6,
        cache_hit_rate: 0.2,
        error_rate: 1 / 3,
        usage_upstream: 7,
        usage_byok: 0,
        usage_cache: null,
        latency_avg: 500 / 3,
        latency_p50: 100,
        latency_p99: 296,
        generation_time_avg: 500,
        throughput_avg: 10,
      },
    ])
    // The daily sums know the same of what they know.
    const shared = metrics.filter((name) => !name.startsWith('latency_p'))
    expect(await rows({ metrics: shared, filters })).toEqual([
      expect.objectContaining({ cache_hit_rate: 0.2, error_rate: 1 / 3, latency_avg: 500 / 3, throughput_avg: 10 }),
    ])
  })

  test("what providers said that it costs, apart from what they said of customers' own credentials, in whole days and single requests", async () => {
    const metrics: Question['metrics'] = ['usage_reported', 'usage_byok_reported']
    const said = { usage_reported: 0.900000001, usage_byok_reported: 0.25 }
    expect(await rows({ metrics })).toEqual([said])
    expect(await rows({ metrics }, viewer)).toEqual([said])
    expect(await rows({ metrics }, ada)).toEqual([said])
    expect(await rows({ metrics, granularity: 'hour' })).toEqual([
      expect.objectContaining({ usage_reported: 0.900000001, usage_byok_reported: 0 }),
      expect.objectContaining({ usage_reported: 0, usage_byok_reported: 0.25 }),
      expect.objectContaining({ usage_reported: 0, usage_byok_reported: 0 }),
      expect.objectContaining({ usage_reported: 0, usage_byok_reported: 0 }),
    ])
  })

  test('percentiles of the whole organization are known of whole days however many, within a few per cent', async () => {
    const metrics: Question['metrics'] = ['latency_p50', 'latency_p90', 'latency_p99', 'latency_avg']
    const [whole] = await rows({ metrics, time_range: range(noon - 300 * DAY_MS, noon + 5 * DAY_MS) })
    expect(whole?.['latency_p50']).toBe(101.875)
    expect(Math.abs(Number(whole?.['latency_p99']) / 300 - 1)).toBeLessThan(0.035)
    expect(whole?.['latency_avg']).toBe(700 / 5)
    const byModel = await rows({
      metrics: ['latency_p50'],
      dimensions: ['model'],
      granularity: 'day',
      filters: [
        { field: 'model', operator: 'eq', value: 'm/two' },
        { field: 'latency_p90', operator: 'gt', value: 200 },
      ],
    })
    expect(byModel).toEqual([
      { date__day: new Date(noon).toISOString().slice(0, 10), model: 'm/two', latency_p50: 295.5 },
    ])
    // Half a day from single requests, the rest from the days.
    const [cut] = await rows({ metrics, time_range: range(noon + 1_000, noon + 5 * DAY_MS) })
    expect(cut?.['latency_p99']).toBe(295.5)
    expect(cut?.['latency_avg']).toBe(600 / 4)
  })

  test('by workspace and model as much as by key, for whoever sees all of it', async () => {
    const question: Question = { metrics: ['total_usage', 'latency_avg'], dimensions: ['workspace', 'model'] }
    const seen = [
      { workspace: 'Beta', model: 'm/three', total_usage: 16, latency_avg: 100 },
      { workspace: 'Alpha', model: 'm/two', total_usage: 10, latency_avg: 200 },
      { workspace: 'Alpha', model: 'm/one', total_usage: 5, latency_avg: 100 },
    ]
    expect(await rows(question)).toEqual(seen)
    expect(await rows(question, viewer)).toEqual(seen.slice(1))
    expect(await rows(question, ada)).toEqual([
      { workspace: 'Alpha', model: 'm/one', total_usage: 5, latency_avg: 100 },
      { workspace: 'Alpha', model: 'm/two', total_usage: 2, latency_avg: 300 },
    ])
  })

  test('the largest first, or as ordered, also by what is not among the metrics', async () => {
    const models = async (question: Partial<Question>) =>
      (await rows({ metrics: ['total_usage'], dimensions: ['model'], ...question })).map((row) => row['model'])
    expect(await models({})).toEqual(['m/three', 'm/two', 'm/one'])
    expect(await models({ order_by: { field: 'model', direction: 'asc' } })).toEqual(['m/one', 'm/three', 'm/two'])
    expect(await models({ order_by: { field: 'request_count', direction: 'asc' } })).toEqual([
      'm/three',
      'm/one',
      'm/two',
    ])
    expect(await models({ limit: 1 })).toEqual(['m/three'])
    expect(await models({ filters: [{ field: 'total_usage', operator: 'gte', value: 10 }] })).toEqual([
      'm/three',
      'm/two',
    ])
    expect(await models({ filters: [{ field: 'model', operator: 'not_in', value: ['m/two', 'm/three'] }] })).toEqual([
      'm/one',
    ])
  })

  test('a limit that leaves rows out says so', async () => {
    const ask = async (limit: number) =>
      (
        await world.invoke<Answer>('queryAnalytics', world.management, {
          metrics: ['request_count'],
          dimensions: ['model'],
          time_range: all,
          limit,
        })
      ).data.metadata
    expect(await ask(3)).toMatchObject({ row_count: 3, truncated: false })
    expect(await ask(2)).toMatchObject({ row_count: 2, truncated: true })
  })

  test('a group limit keeps so many rows of each group, the first in the order asked for', async () => {
    const question: Question = { metrics: ['total_usage'], dimensions: ['user'], granularity: 'day' }
    const usages = (answer: Answer['data']['data']) => answer.map((row) => [row['user_email'], row['total_usage']])
    expect(usages(await rows({ ...question, group_limit: 1 }))).toEqual([
      ['ada@example.test', 3],
      [null, 16],
      ['dan@example.test', 8],
    ])
    const order_by = { field: 'total_usage', direction: 'desc' } as const
    expect(usages(await rows({ ...question, group_limit: 1, order_by }))).toEqual([
      [null, 16],
      ['dan@example.test', 8],
      ['ada@example.test', 4],
    ])
    expect(await rows({ ...question, group_limit: 2 })).toHaveLength(4)
  })

  test('an app is an origin and a title together, found by either or by its number, in whole days and single requests', async () => {
    const at = noon + 6 * DAY_MS
    const origin = 'https://titled.example'
    const dollar = 1_000_000_000n
    await world.use(adaKey, [
      { at, cost: dollar, origin, appTitle: 'First' },
      { at, cost: 2n * dollar, origin, appTitle: 'Second' },
      { at, cost: 4n * dollar, appTitle: 'First' },
    ])
    const number = appNumber(appOf(origin, 'First'))
    for (const time_range of [range(at - DAY_MS, at + DAY_MS), range(at - 1, at + 1)]) {
      const usages = async (value: string | number) => {
        const filters: Question['filters'] = [{ field: 'app', operator: 'eq', value }]
        const found = await rows({ metrics: ['total_usage'], dimensions: ['app'], filters, time_range })
        return found.map((row) => [row['app'], row['app_id'] === number, row['total_usage']])
      }
      expect(await usages('First')).toEqual([
        ['First', false, 4],
        ['First', true, 1],
      ])
      expect(await usages(origin)).toEqual([
        ['Second', false, 2],
        ['First', true, 1],
      ])
      expect(await usages(number ?? 0)).toEqual([['First', true, 1]])
      expect(await rows({ metrics: ['total_usage'], dimensions: ['origin'], time_range })).toEqual([
        { origin: null, total_usage: 4 },
        { origin, total_usage: 3 },
      ])
    }
  })

  test('a project has the same usage in whole days and in single requests', async () => {
    const at = noon + 8 * DAY_MS
    const project = { id: alpha, slug: 'apollo', name: 'Apollo' }
    const made = await world.invoke<{ data: { id: string } }>('createProject', world.management, project)
    const dollar = 1_000_000_000n
    await world.use(adaKey, [
      { at, cost: 3n * dollar, projectId: made.data.id },
      { at, cost: dollar },
    ])
    const usages = (time_range: Question['time_range']) =>
      rows({ metrics: ['total_usage'], dimensions: ['project'], time_range })
    const whole = await usages(range(at - DAY_MS, at + DAY_MS))
    expect(whole.map((row) => [row['project'] === null, row['total_usage']])).toEqual([
      [false, 3],
      [true, 1],
    ])
    expect(await usages(range(at - 1, at + 1))).toEqual(whole)
  })

  test('what has no value is null, left out by filters unless it is asked for', async () => {
    const apps = async (question: Partial<Question>) =>
      (await rows({ metrics: ['total_usage'], dimensions: ['app'], ...question })).map((row) => [
        row['app'],
        row['total_usage'],
      ])
    expect(await apps({})).toEqual([
      [null, 26],
      ['https://a.example', 5],
    ])
    const filters = (include_unset: boolean): Question['filters'] => [
      { field: 'app', operator: 'neq', value: 'https://b.example', include_unset },
    ]
    expect(await apps({ filters: filters(false) })).toEqual([['https://a.example', 5]])
    expect(await apps({ filters: filters(true) })).toHaveLength(2)
    const sessions = await rows({
      metrics: ['total_usage'],
      dimensions: ['session_id'],
      filters: [{ field: 'session_id', operator: 'eq', value: 's-1' }],
    })
    expect(sessions).toEqual([{ session_id: 's-1', total_usage: 4 }])
  })

  test('408 when the database gives up on a question that takes too long', async () => {
    const tired: KyselyPlugin = {
      transformQuery: ({ node }) => {
        const text = JSON.stringify(node, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
        // As PostgreSQL says it when its bound is reached.
        if (text.includes('"activity_total"')) throw Object.assign(new Error('canceling statement'), { code: '57014' })
        return node
      },
      transformResult: async ({ result }) => result,
    }
    const control = world.world.controlWith({}, tired)
    const question: Question = { metrics: ['request_count'] }
    const asked = control.invoke('queryAnalytics', world.management, question, ORIGIN)
    await expect(asked).rejects.toMatchObject({ status: 408, message: expect.stringContaining('shorter time range') })
  })

  test('an actor without the permission anywhere is refused', async () => {
    const stranger = { ...ada, userId: 'user_nobody' }
    await expect(rows({ metrics: ['request_count'] }, stranger)).rejects.toThrow(AppError)
  })
})
