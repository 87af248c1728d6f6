import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteKeys, updateKeys } from '../../../src/contract/management/keys.ts'
import { type LogEntryWire, listLogs } from '../../../src/contract/management/logs.ts'
import type { RequestOf } from '../../../src/contract/operation.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { AppError } from '../../../src/domain/app-error.ts'
import { appNumber } from '../../../src/domain/app-identity.ts'
import { postRefusals } from '../../../src/store/post-refusals.ts'
import { eventually, NO_HASH, NO_UUID, newKey, newWorkspace, spend } from '../fixtures.ts'
import { call, expectAnswer, expectError, gateway, send } from '../request.ts'
import { type MadeKey, type Person, UsageWorld } from '../usage-world.ts'

const PATH = '/api/v1/logs'
const CHAT = '/api/v1/chat/completions'
const chat = (fields: object = {}) => ({
  model: 'sim/lorem',
  max_tokens: 5,
  messages: [{ role: 'user', content: 'a secret prompt' }],
  ...fields,
})

async function logOf(hash: string, count: number): Promise<LogEntryWire[]> {
  const { data } = await eventually(
    () => call(listLogs, { api_key_hash: hash }),
    (answer) => answer.data.length >= count,
  )
  return data
}

describe('over HTTP', () => {
  test('200 a request that ran, with exactly the declared keys and nothing of its prompt', async () => {
    const { id } = await newWorkspace()
    const { key, data } = await newKey({ workspace_id: id, name: 'logged', creator_user_id: gateway.userId })
    const headers = {
      'http-referer': 'https://app.example/page?x=1',
      'x-title': 'The app',
      'user-agent': 'tester/1',
      'x-session-id': 's-1',
    }
    const answered = await send('POST', CHAT, { key, body: chat({ user: 'end-user' }), headers })
    const { id: generationId, usage } = answered.body as { id: string; usage: { cost: number; prompt_tokens: number } }
    await logOf(data.hash, 1)
    const answer = await send('GET', `${PATH}?api_key_hash=${data.hash}`)
    expect(expectAnswer(answer, 200, listLogs.output)).toEqual({
      data: [
        {
          id: generationId,
          generation_id: generationId,
          request_id: answered.headers.get('x-request-id'),
          created_at: expect.stringMatching(/^\d{4}-.*Z$/),
          outcome: 'done',
          status: 200,
          error: null,
          workspace_id: id,
          api_key_id: data.id,
          api_key_hash: data.hash,
          api_key_name: 'logged',
          user_id: gateway.userId,
          model: 'sim/lorem',
          provider_name: 'Switchyard Sim',
          streamed: false,
          finish_reason: expect.any(String),
          tokens_prompt: usage.prompt_tokens,
          tokens_completion: 5,
          tokens_reasoning: 0,
          tokens_cached: 0,
          usage: usage.cost,
          usage_estimated: false,
          latency: expect.any(Number),
          generation_time: expect.any(Number),
          app: 'https://app.example',
          app_title: 'The app',
          app_id: expect.any(Number),
          http_referer: 'https://app.example/page?x=1',
          user_agent: 'tester/1',
          ip: '127.0.0.1',
          session_id: 's-1',
          external_user: 'end-user',
        },
      ],
      next_cursor: null,
    })
    expect(JSON.stringify(answer.body)).not.toContain('secret prompt')
  })

  test('200 with the reason of each refusal of a known key: no money, no such model, a bad request, a dead key', async () => {
    const { key, data } = await newKey({ limit: 0, creator_user_id: gateway.userId })
    const requests = [
      await send('POST', CHAT, { key, body: chat() }),
      await send('POST', CHAT, { key, body: chat({ model: 'no/such', session_id: 's-2', stream: true }) }),
      await send('POST', CHAT, { key, body: { model: 'sim/lorem' } }),
    ]
    await call(updateKeys, { hash: data.hash, disabled: true })
    requests.push(await send('POST', CHAT, { key, body: chat() }))
    expect(requests.map(({ status }) => status)).toEqual([402, 400, 400, 401])
    const log = await logOf(data.hash, 4)
    const byRequest = new Map(log.map((entry) => [entry.request_id, entry]))
    const entries = requests.map(({ headers }) => byRequest.get(headers.get('x-request-id') ?? ''))
    const errors = requests.map(({ body }) => (body as { error: { code: number; message: string } }).error)
    for (const [at, error] of errors.entries()) {
      const entry = entries[at]
      expect(entry).toMatchObject({
        outcome: 'refused',
        status: error.code,
        error: { message: error.message },
        generation_id: null,
        workspace_id: gateway.defaultWorkspaceId,
        user_id: gateway.userId,
        usage: 0,
        tokens_prompt: 0,
        ip: '127.0.0.1',
      })
    }
    expect(entries.map((entry) => entry?.error?.code)).toEqual([
      'key_limit_exceeded',
      'invalid_model',
      'invalid_request',
      'unauthorized',
    ])
    expect(entries.map((entry) => [entry?.model, entry?.streamed, entry?.session_id])).toEqual([
      ['sim/lorem', false, null],
      ['no/such', true, 's-2'],
      [null, null, null],
      [null, null, null],
    ])
    const only401 = await call(listLogs, { api_key_hash: data.hash, status: 401 })
    expect(only401.data.map(({ request_id }) => request_id)).toEqual([requests[3]?.headers.get('x-request-id')])
  })

  test('200 a management key that tried to infer stands in the log; a request without a known key does not', async () => {
    const refused = await send('POST', CHAT, { body: chat() })
    expect(refused.status).toBe(403)
    const stranger = await send('POST', CHAT, { key: `sk-or-v1-${'2'.repeat(64)}`, body: chat() })
    const requestIdOf = ({ headers }: typeof refused) => headers.get('x-request-id')
    const log = await eventually(
      () => call(listLogs, { status: 403 }),
      ({ data }) => data.some(({ request_id }) => request_id === requestIdOf(refused)),
    )
    const entry = log.data.find(({ request_id }) => request_id === requestIdOf(refused))
    expect(entry).toMatchObject({ workspace_id: null, user_id: null, error: { code: 'forbidden' } })
    const all = await call(listLogs, { limit: 100 })
    expect(all.data.map(({ request_id }) => request_id)).not.toContain(requestIdOf(stranger))
  })

  test('200 a provider that fails is a generation that says so, not a refusal', async () => {
    const { key, data } = await newKey()
    expect((await send('POST', CHAT, { key, body: chat({ model: 'sim/error-500' }) })).status).toBeGreaterThanOrEqual(
      500,
    )
    const log = await logOf(data.hash, 1)
    expect(log).toMatchObject([{ outcome: 'upstream_error', status: null, error: null, usage: 0 }])
  })

  test('200 a text that the database could not hold is stored without it', async () => {
    const { key, data } = await newKey()
    await send('POST', CHAT, { key, body: chat({ model: 'no/such\u0000model', user: 'half \ud800' }) })
    expect(await logOf(data.hash, 1)).toMatchObject([{ model: 'no/such\ufffdmodel', external_user: 'half \ufffd' }])
  })

  test('200 the log of a deleted key stays', async () => {
    const { key, data } = await newKey()
    await spend(key)
    await call(deleteKeys, { hash: data.hash })
    expect(await logOf(data.hash, 1)).toHaveLength(1)
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['outcome=lost', 'outcome'],
    ['status=99', 'status'],
    ['status=ok', 'status'],
    ['min_cost=-1', 'min_cost'],
    ['max_cost=much', 'max_cost'],
    ['workspace_id=default', 'workspace_id'],
    ['from=2026-08-01', 'from'],
    ['from=2026-08-02T00:00:00Z&to=2026-08-01T00:00:00Z', 'to'],
    ['cursor=abc', 'cursor'],
    [`cursor=${Buffer.from('9999999999999999:a').toString('base64url')}`, 'cursor'],
    ['offset=5', 'offset'],
  ])('400 names what is wrong in ?%s', async (query, name) => {
    expectError(await send('GET', `${PATH}?${query}`), 400, name)
  })

  test.each([
    ['workspace', `workspace_id=${NO_UUID}`],
    ['key', `api_key_hash=${NO_HASH}`],
  ])('404 for an unknown %s', async (_name, query) => {
    expectError(await send('GET', `${PATH}?${query}`), 404, 'not found')
  })
})

describe('over many requests', () => {
  let world: UsageWorld
  let alpha: string
  let beta: string
  let ada: Person
  let viewer: Person
  let billing: Person
  let outsider: Person
  let adaKey: MadeKey
  let danKey: MadeKey
  const start = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000

  beforeAll(async () => {
    world = await UsageWorld.make()
    alpha = await world.newWorkspace('Alpha')
    beta = await world.newWorkspace('Beta')
    ada = await world.newPerson('ada', { [alpha]: 'developer' })
    viewer = await world.newPerson('viewer', { [alpha]: 'viewer' })
    billing = await world.newPerson('billing', { [alpha]: 'billing_manager' })
    outsider = await world.newPerson('outsider', {})
    adaKey = await world.newKey(alpha, ada)
    danKey = await world.newKey(alpha, await world.newPerson('dan', { [alpha]: 'developer' }))
    const betaKey = await world.newKey(beta, null)
    // Three a second, so that pages end amid a second.
    await world.use(
      adaKey,
      Array.from({ length: 60 }, (_, at) => ({
        at: start + Math.floor(at / 3) * 1_000,
        model: `m/${at % 2}`,
        cost: BigInt(at) * 1_000_000n,
        origin: at % 5 === 0 ? 'https://five.example' : '',
        sessionId: at < 10 ? 'ten' : null,
        externalUser: at === 7 ? 'seven' : null,
        outcome: at === 9 ? ('cancelled' as const) : ('done' as const),
      })),
    )
    await world.use(danKey, [{ at: start, cost: 5n, providerName: 'Elsewhere' }])
    await world.use(betaKey, [{ at: start }])
    await refuse(adaKey, 30)
    await refuse(betaKey, 1)
  })
  afterAll(async () => {
    await world?.close()
  })

  async function refuse(key: MadeKey, count: number): Promise<void> {
    const { organizationId } = world.world.ours.actor
    const seconds = Math.floor(start / 1_000)
    const refusals = Array.from({ length: count }, (_, at) => ({
      requestId: `req-${seconds}-${String(at).padStart(4, '0')}${key.hash.slice(0, 16)}`,
      at: start + at * 1_000,
      organizationId,
      workspaceId: key.workspaceId,
      keyId: key.id,
      userId: key.userId,
      status: at % 2 === 0 ? 429 : 402,
      code: at % 2 === 0 ? 'rate_limited' : 'key_limit_exceeded',
      message: 'no',
      model: 'm/0',
      streamed: false,
      httpReferer: null,
      origin: '',
      appTitle: null,
      userAgent: null,
      ip: null,
      sessionId: null,
      externalUser: null,
    }))
    await postRefusals(world.world.database.kysely, refusals)
    // A second time changes nothing.
    await postRefusals(world.world.database.kysely, refusals)
  }

  type Query = RequestOf<typeof listLogs>
  async function page(query: Query, actor: Actor = world.management) {
    return await world.invoke<{ data: LogEntryWire[]; next_cursor: string | null }>('listLogs', actor, query)
  }
  async function count(query: Query, actor?: Actor): Promise<number> {
    return (await page({ limit: 100, ...query }, actor)).data.length
  }

  test.each([1, 7, 50, 90, 100])(
    'pages of %i go through all of it once, newest first, without a gap',
    async (limit) => {
      const seen: LogEntryWire[] = []
      let cursor: string | undefined
      do {
        const { data, next_cursor } = await page({ workspace_id: alpha, limit, ...(cursor ? { cursor } : {}) })
        expect(data.length).toBeLessThanOrEqual(limit)
        if (next_cursor !== null) expect(data).toHaveLength(limit)
        seen.push(...data)
        cursor = next_cursor ?? undefined
      } while (cursor !== undefined)
      expect(new Set(seen.map(({ id }) => id)).size).toBe(91)
      expect(seen).toHaveLength(91)
      const times = seen.map(({ created_at }) => created_at)
      expect(times).toEqual(times.toSorted().reverse())
    },
  )

  test('a page goes on where it was although new requests come in', async () => {
    const first = await page({ api_key_hash: danKey.hash, limit: 1 })
    await world.use(danKey, [{ at: start + 1_800_000 }, { at: start - 1_800_000 }])
    const whole = await page({ api_key_hash: danKey.hash })
    expect(whole.data).toHaveLength(3)
    expect(first.data[0]?.id).toBe(whole.data[1]?.id)
  })

  test.each<[string, Query, number]>([
    ['refusals', { outcome: 'refused' }, 30],
    ['what ran', { outcome: 'done' }, 59],
    ['what was given up', { outcome: 'cancelled' }, 1],
    ['one status', { status: 429 }, 15],
    ['what was answered', { status: 200 }, 60],
    ['a status nobody got', { status: 500 }, 0],
    ['a contradiction', { status: 429, outcome: 'done' }, 0],
    ['a model', { model: 'm/1' }, 30],
    ['a model, refusals of it included', { model: 'm/0' }, 60],
    ['a provider', { provider: 'Provider' }, 60],
    ['another provider', { provider: 'Elsewhere' }, 0],
    ['an app by its origin', { app: 'https://five.example' }, 12],
    ['an app by its number', { app: String(appNumber('https://five.example')) }, 12],
    ['an app by its title', { app: 'Nothing is called so' }, 0],
    ['a session', { session_id: 'ten' }, 10],
    ['an end user', { external_user: 'seven' }, 1],
    ['a least cost', { min_cost: 0.05 }, 10],
    ['a greatest cost', { max_cost: 0.004, outcome: 'done' }, 5],
    ['a range of time', { from: new Date(start).toISOString(), to: new Date(start + 2_000).toISOString() }, 8],
  ])('filters by %s', async (_name, query, expected) => {
    expect(await count({ api_key_hash: adaKey.hash, ...query })).toBe(expected)
  })

  test('everybody sees as much of it as their role shows', async () => {
    expect(await count({ workspace_id: alpha }, viewer)).toBeGreaterThan(90)
    expect(await count({ workspace_id: alpha }, billing)).toBeGreaterThan(90)
    expect(await count({}, ada)).toBe(90)
    expect(await count({ user_id: 'user_dan' }, ada)).toBe(0)
    expect(await count({}, outsider)).toBe(0)
    expect(await count({ outcome: 'refused' }, outsider)).toBe(0)
    const status = async (query: Query, actor: Actor) =>
      await page(query, actor).then(
        () => 200,
        (error: unknown) => (error instanceof AppError ? error.status : error),
      )
    expect(await status({ workspace_id: beta }, ada)).toBe(404)
    expect(await status({ api_key_hash: danKey.hash }, ada)).toBe(404)
    expect(await status({ api_key_hash: danKey.hash }, viewer)).toBe(200)
    expect(await status({ workspace_id: beta }, viewer)).toBe(404)
  })
})
