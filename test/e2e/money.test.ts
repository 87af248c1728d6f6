import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type ChatAnswer, chat, idOf, nano, readData, usageOf } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  // A slow machine holds money for longer, and must not make a refusal of it.
  const env = { SWITCHYARD_HOLD_WAIT_MS: '60000' }
  gateway = await startGateway({ env, config: oneProvider(upstream.baseUrl) })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})

test.each([false, true])(
  'usage.cost (stream: %s) is the cost of the generation and the change of the key and of the credits, to the nano-dollar',
  async (stream) => {
    const key = await gateway.createKey()
    const before = await readData(gateway, '/api/v1/credits')
    const answer = await chat(gateway, key, { stream })
    const cost = nano(usageOf(answer).cost)
    expect(cost).toBeGreaterThan(0n)
    const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, key)
    expect([nano(generation['usage']), nano(generation['total_cost'])]).toEqual([cost, cost])
    const current = await readData(gateway, '/api/v1/key', key)
    expect([nano(current['usage']), nano(current['usage_daily']), nano(current['usage_monthly'])]).toEqual([
      cost,
      cost,
      cost,
    ])
    const after = await readData(gateway, '/api/v1/credits')
    expect(nano(after['total_usage']) - nano(before['total_usage'])).toBe(cost)
    expect(nano(after['total_credits'])).toBeGreaterThanOrEqual(nano(after['total_usage']))
  },
)

test("a workspace's key does not show in another workspace's list", async () => {
  const { body } = await gateway.call('POST', '/api/v1/workspaces', { body: { name: 'Apart', slug: 'apart' } })
  const workspaceId = (body as { data: { id: string } }).data.id
  await gateway.createKey({ name: 'in apart', workspace_id: workspaceId })
  await gateway.createKey({ name: 'in default' })
  const names = async (query: string) => {
    const rows = (await gateway.call('GET', `/api/v1/keys${query}`)).body as { data: { name: string }[] }
    return rows.data.map(({ name }) => name)
  }
  expect(await names(`?workspace_id=${workspaceId}`)).toEqual(['in apart'])
  expect(await names('')).not.toContain('in apart')
  expect(await names('')).toContain('in default')
})

test.each([false, true])(
  'a request that no provider answered costs nothing, also by request (stream: %s)',
  async (stream) => {
    const key = await gateway.createKey()
    upstream.forModel('flat', { status: 500 })
    const answer = await chat(gateway, key, { model: 'alpha/flat', stream })
    upstream.forModel('flat', {})
    expect(answer.status).toBe(502)
    await sleep(500)
    expect((await readData(gateway, '/api/v1/key', key))['usage']).toBe(0)
  },
)

test('M1 a budget worth exactly 100 requests admits exactly 100 of 2,000 at once and refuses 1,900 with 402', async () => {
  const key = await gateway.createKey({ limit: 100 * FLAT_PRICE_USD, rate_limit_rpm: 0 })
  const answers = await Promise.all(Array.from({ length: 2_000 }, () => chat(gateway, key, { model: 'alpha/flat' })))
  const statuses = Map.groupBy(answers, ({ status }) => status)
  expect([statuses.get(200)?.length, statuses.get(402)?.length]).toEqual([100, 1_900])
  expect(statuses.get(402)?.[0]?.json).toMatchObject({
    error: { code: 402, message: expect.stringContaining('Key limit exceeded (total limit)') },
  })
  await sleep(1_000)
  const current = await readData(gateway, '/api/v1/key', key)
  expect([current['usage'], current['limit_remaining']]).toEqual([1, 0])
})

test('M1b with a token-priced model nothing is overspent and nobody is refused while money for the smallest answer is free', async () => {
  const limit = 0.003
  const key = await gateway.createKey({ limit, rate_limit_rpm: 0 })
  const body = JSON.stringify({
    model: 'alpha/small',
    messages: [{ role: 'user', content: 'Hello out there' }],
    max_tokens: 64,
  })
  const answers: ChatAnswer[] = await Promise.all(
    Array.from({ length: 300 }, () => chat(gateway, key, { max_tokens: 64 })),
  )
  const spent = answers
    .filter(({ status }) => status === 200)
    .reduce((sum, answer) => sum + nano(usageOf(answer).cost), 0n)
  expect(answers.every(({ status }) => status === 200 || status === 402)).toBe(true)
  expect(spent).toBeLessThanOrEqual(nano(limit))
  await sleep(1_000)
  const current = await readData(gateway, '/api/v1/key', key)
  expect(nano(current['usage'])).toBe(spent)
  // Input is bounded by its bytes; 16 tokens of output are the smallest answer.
  const smallest = BigInt(Buffer.byteLength(body)) * 1_000n + 16n * 2_000n
  expect(nano(current['limit_remaining'])).toBeLessThan(smallest)
  const refused = await chat(gateway, key, { max_tokens: 64 })
  expect(refused.status).toBe(402)
  expect(Number(refused.headers.get('x-switchyard-affordable-tokens'))).toBeLessThan(16)
})

test('near a limit the answer is cut to what is affordable and the caller is told', async () => {
  const key = await gateway.createKey({ limit: 0.0003 })
  const answer = await chat(gateway, key, { max_tokens: 4_000 })
  expect(answer.status).toBe(200)
  const cap = Number(answer.headers.get('x-switchyard-max-tokens'))
  expect(cap).toBeGreaterThanOrEqual(16)
  expect(cap).toBeLessThan(4_000)
  expect(upstream.requests.at(-1)?.body).toMatchObject({ max_tokens: cap })
})

test('a provider that ignores max_tokens is never charged beyond the hold, and the rest is told', async () => {
  upstream.forModel('small', { chunks: 500, ignoresMaxTokens: true })
  const key = await gateway.createKey({ limit: 0.0003 })
  const answer = await chat(gateway, key, { max_tokens: 16 })
  upstream.forModel('small', {})
  expect(answer.status).toBe(200)
  const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, key)
  expect(nano(generation['uncharged'])).toBeGreaterThan(0n)
  const current = await readData(gateway, '/api/v1/key', key)
  expect(nano(current['usage'])).toBeLessThanOrEqual(nano(0.0003))
})

test('a key limit of 0 means no spending, and raising it works at once', async () => {
  const key = await gateway.createKey({ limit: 0 })
  expect((await chat(gateway, key)).status).toBe(402)
  const { hash } = ((await gateway.call('GET', '/api/v1/keys')).body as { data: { hash: string }[] }).data[0] ?? {
    hash: '',
  }
  expect((await gateway.call('PATCH', `/api/v1/keys/${hash}`, { body: { limit: 1 } })).status).toBe(200)
  expect((await chat(gateway, key)).status).toBe(200)
})

test('an answer without usage is charged by estimate and marked so', async () => {
  upstream.forModel('small', { usage: 'never' })
  const key = await gateway.createKey()
  for (const stream of [false, true]) {
    const answer = await chat(gateway, key, { stream })
    expect(usageOf(answer).cost).toBeGreaterThan(0)
    const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`, key)
    expect(generation['usage_estimated']).toBe(true)
  }
  upstream.forModel('small', {})
})
