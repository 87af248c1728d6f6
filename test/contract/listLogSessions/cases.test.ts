import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LogSessionWire, listLogSessions } from '../../../src/contract/management/logs.ts'
import type { RequestOf } from '../../../src/contract/operation.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { eventually, NO_HASH, NO_UUID, newKey } from '../fixtures.ts'
import { call, expectAnswer, expectError, send } from '../request.ts'
import { type Person, UsageWorld } from '../usage-world.ts'

const PATH = '/api/v1/logs/sessions'

test('200 sums what a session used, with exactly the declared keys', async () => {
  const { key, data } = await newKey()
  const ask = async (session_id: string | undefined) =>
    await send('POST', '/api/v1/chat/completions', {
      key,
      body: { model: 'sim/lorem', max_tokens: 3, messages: [{ role: 'user', content: 'x' }], session_id },
    })
  const answers = [await ask('talk'), await ask('talk'), await ask(undefined)]
  const costs = answers.map(({ body }) => (body as { usage: { cost: number } }).usage.cost)
  await eventually(
    () => call(listLogSessions, { api_key_hash: data.hash }),
    (answer) => answer.data[0]?.requests === 2,
  )
  const answer = await send('GET', `${PATH}?api_key_hash=${data.hash}`)
  expect(expectAnswer(answer, 200, listLogSessions.output)).toEqual({
    data: [
      {
        session_id: 'talk',
        workspace_id: data.workspace_id,
        requests: 2,
        failed_requests: 0,
        usage: Number(((costs[0] ?? 0) + (costs[1] ?? 0)).toFixed(9)),
        tokens_prompt: expect.any(Number),
        tokens_completion: 6,
        first_request_at: expect.stringMatching(/^\d{4}-.*Z$/),
        last_request_at: expect.stringMatching(/^\d{4}-.*Z$/),
        models: ['sim/lorem'],
      },
    ],
    next_cursor: null,
  })
})

test.each([
  ['limit=0', 'limit'],
  ['cursor=abc', 'cursor'],
  ['status=200', 'status'],
  ['to=yesterday', 'to'],
])('400 names what is wrong in ?%s', async (query, name) => {
  expectError(await send('GET', `${PATH}?${query}`), 400, name)
})

test.each([
  ['workspace', `workspace_id=${NO_UUID}`],
  ['key', `api_key_hash=${NO_HASH}`],
])('404 for an unknown %s', async (_name, query) => {
  expectError(await send('GET', `${PATH}?${query}`), 404, 'not found')
})

describe('over many sessions', () => {
  let world: UsageWorld
  let alpha: string
  let beta: string
  let ada: Person
  const start = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000

  beforeAll(async () => {
    world = await UsageWorld.make()
    alpha = await world.newWorkspace('Alpha')
    beta = await world.newWorkspace('Beta')
    ada = await world.newPerson('ada', { [alpha]: 'developer' })
    const dan = await world.newPerson('dan', { [alpha]: 'developer', [beta]: 'developer' })
    const adaKey = await world.newKey(alpha, ada)
    const danKey = await world.newKey(alpha, dan)
    // 20 sessions of three requests each, woven into each other: session n is last active at n seconds and 40.
    await world.use(
      adaKey,
      Array.from({ length: 60 }, (_, at) => ({
        at: start + at * 1_000,
        sessionId: `s-${at % 20}`,
        model: `m/${Math.floor(at / 20)}`,
        cost: 1_000_000_000n,
        outcome: at < 20 ? ('upstream_error' as const) : ('done' as const),
      })),
    )
    await world.use(danKey, [{ at: start + 100_000, sessionId: 's-0', cost: 8_000_000_000n }])
    await world.use(await world.newKey(beta, dan), [{ at: start, sessionId: 's-0', cost: 16_000_000_000n }])
  })
  afterAll(async () => {
    await world?.close()
  })

  type Query = RequestOf<typeof listLogSessions>
  async function page(query: Query, actor: Actor = world.management) {
    return await world.invoke<{ data: LogSessionWire[]; next_cursor: string | null }>('listLogSessions', actor, query)
  }

  test.each([1, 3, 21, 100])(
    'pages of %i show each session of each workspace once, the latest active first',
    async (limit) => {
      const seen: LogSessionWire[] = []
      let cursor: string | undefined
      do {
        const { data, next_cursor } = await page({ limit, ...(cursor ? { cursor } : {}) })
        seen.push(...data)
        cursor = next_cursor ?? undefined
      } while (cursor !== undefined)
      const names = seen.map(
        ({ session_id, workspace_id }) => `${workspace_id === alpha ? 'alpha' : 'beta'} ${session_id}`,
      )
      expect(names).toEqual(['alpha s-0', ...Array.from({ length: 19 }, (_, at) => `alpha s-${19 - at}`), 'beta s-0'])
    },
  )

  test('one session that several members share is summed as far as each of them sees', async () => {
    const find = async (actor: Actor, query: Query = {}) => {
      const { data } = await page({ limit: 100, ...query }, actor)
      return data.filter(({ session_id }) => session_id === 's-0').map(({ requests, usage }) => [requests, usage])
    }
    expect(await find(world.management, { workspace_id: alpha })).toEqual([[4, 11]])
    expect(await find(ada)).toEqual([[3, 3]])
    expect(await find(world.management, { user_id: 'user_dan' })).toEqual([
      [1, 8],
      [1, 16],
    ])
  })

  test('filters count the requests that they let through', async () => {
    const { data } = await page({ model: 'm/0', limit: 100 })
    expect(data).toHaveLength(20)
    expect(data[0]).toMatchObject({ requests: 1, failed_requests: 1, usage: 1, models: ['m/0'] })
    const early = await page({ to: new Date(start + 20_000).toISOString(), workspace_id: alpha, limit: 100 })
    expect(early.data.map(({ requests }) => requests)).toEqual(Array(20).fill(1))
  })
})
