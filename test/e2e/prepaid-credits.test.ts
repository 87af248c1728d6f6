import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, readData } from './chat-client.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream()
})
afterEach(() => gateway?.stop())
afterAll(() => upstream.close())

/** An organization that pays in advance and has nothing left: its first request took all of it. */
async function startExhausted(): Promise<{ ask: () => Promise<number> }> {
  const env = { SWITCHYARD_BILLING: 'prepaid', SWITCHYARD_INITIAL_CREDITS_USD: String(FLAT_PRICE_USD) }
  gateway = await startGateway({ env, config: oneProvider(upstream.baseUrl) })
  const key = await gateway.createKey()
  const ask = async () => (await chat(gateway, key, { model: 'alpha/flat' })).status
  expect([await ask(), await ask()]).toEqual([200, 402])
  return { ask }
}

async function post(path: string, body: object = {}): Promise<string> {
  const answer = await gateway.call('POST', `/api/v1/${path}`, { body })
  expect(answer.status).toBeLessThan(300)
  return (answer.body as { data: { id: string } }).data.id
}

test('granted credits count for the next request, and for no more requests than they pay', async () => {
  const { ask } = await startExhausted()
  await post('credits/grants', { amount_usd: 2 * FLAT_PRICE_USD })
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 402])
})

test('bought credits count once the purchase is confirmed, and no sooner', async () => {
  const { ask } = await startExhausted()
  const id = await post('credits/purchases', { amount_usd: FLAT_PRICE_USD })
  expect(await ask()).toBe(402)
  await post(`credits/purchases/${id}/confirm`)
  expect([await ask(), await ask()]).toEqual([200, 402])
})

test('ten dollars of bought credits lift the limit of a day for free models, from the next request on', async () => {
  gateway = await startGateway({ env: { SWITCHYARD_BILLING: 'prepaid', SWITCHYARD_SIM: 'on' } })
  const key = await gateway.createKey()
  const limits = { free_models_rpd: 2, free_models_rpd_purchased: 3 }
  expect((await gateway.call('PATCH', '/api/v1/organization/policy', { body: limits })).status).toBe(200)
  const ask = async () => (await chat(gateway, key, { model: 'sim/echo' })).status
  const tell = () => readData(gateway, '/api/v1/key', key)
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
  const used = { limit: 2, remaining: 0, used: 2 }
  expect(await tell()).toMatchObject({ is_free_tier: true, free_model_daily_requests: used })
  const buy = async (amount_usd: number) => {
    const id = await post('credits/purchases', { amount_usd })
    await post(`credits/purchases/${id}/confirm`)
  }
  await buy(9.99)
  expect(await ask()).toBe(429)
  expect(await tell()).toMatchObject({ is_free_tier: false, free_model_daily_requests: used })
  await buy(0.01)
  expect([await ask(), await ask()]).toEqual([200, 429])
  expect(await tell()).toMatchObject({ free_model_daily_requests: { limit: 3, remaining: 0, used: 3 } })
})

test('after a restart there is as much as before it', async () => {
  const { ask } = await startExhausted()
  await post('credits/grants', { amount_usd: FLAT_PRICE_USD })
  await gateway.restart()
  expect([await ask(), await ask()]).toEqual([200, 402])
})

test('credits that a process has leased and does not use may be transferred, and those that a running request holds may not', async () => {
  const env = { SWITCHYARD_BILLING: 'prepaid', SWITCHYARD_INITIAL_CREDITS_USD: String(20 * FLAT_PRICE_USD) }
  gateway = await startGateway({ env, config: oneProvider(upstream.baseUrl) })
  const key = await gateway.createKey({ rate_limit_rpm: 0 })
  const ask = () => chat(gateway, key, { model: 'alpha/flat' })
  // So that more than one request needs is leased.
  expect((await Promise.all(Array.from({ length: 8 }, ask))).map(({ status }) => status)).toEqual(Array(8).fill(200))
  upstream.script({ delayMs: 3_000 })
  const before = upstream.requests.length
  const running = ask()
  await upstream.waitUntil('the request to arrive', () => upstream.requests.length > before)
  const { body } = await gateway.call('POST', '/api/v1/workspaces', {
    body: { name: 'Own', slug: 'own', credit_pool: 'dedicated' },
  })
  const { id } = (body as { data: { id: string } }).data
  const transfer = (dollars: number) =>
    gateway.call('POST', `/api/v1/workspaces/${id}/credit-transfers`, {
      body: { direction: 'to_workspace', amount_usd: Math.round(dollars * 1e9) / 1e9 },
    })
  const refused = await transfer(12 * FLAT_PRICE_USD)
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([
    400,
    expect.stringContaining('has only $0.11 beside $0.01 that requests may use'),
  ])
  expect((await transfer(11 * FLAT_PRICE_USD)).status).toBe(201)
  expect([(await running).status, (await ask()).status]).toEqual([200, 402])
})
