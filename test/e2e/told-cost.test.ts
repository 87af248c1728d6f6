import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../harness/gateway-process.ts'
import type { ReplyPlan } from '../harness/reply-plan.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, idOf, nano, readData, usageOf } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'

/* What providers say that their answers cost, beside what is charged. A request of `alpha/flat` is charged 0.01 dollars. */

const FLAT = { model: 'alpha/flat' }
const TOKENS = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }
let plan: ReplyPlan = {}
let upstream: ScriptedUpstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startScriptedUpstream(() => plan)
  gateway = await startGateway({ config: oneProvider(upstream.baseUrl) })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.close()
})
afterEach(() => {
  plan = {}
})

const says = (cost: unknown): ReplyPlan => ({ usage: 'always', usageBody: { ...TOKENS, cost } })

test.each([false, true])(
  'what a provider says that its answer costs is kept to the nano-dollar and never charged (stream: %s)',
  async (stream) => {
    plan = says(0.000123457)
    const key = await gateway.createKey()
    const answer = await chat(gateway, key, { ...FLAT, stream })
    expect(usageOf(answer)).toMatchObject({
      cost: FLAT_PRICE_USD,
      is_byok: false,
      cost_details: { upstream_inference_cost: null },
    })
    const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
    expect(generation).toMatchObject({ total_cost: FLAT_PRICE_USD, upstream_inference_cost: null })
    expect(nano(generation['reported_cost'])).toBe(123_457n)
    await expect
      .poll(async () => (await readData(gateway, '/api/v1/key', key))['usage'], { timeout: 5_000 })
      .toBe(FLAT_PRICE_USD)
  },
)

test("on the customer's own credential it is what the inference costs upstream", async () => {
  plan = says(0.0042)
  const workspace_id = String((await manageAt(gateway, 'POST', 'workspaces', { name: 'Own', slug: 'own' }))['id'])
  await manageAt(gateway, 'POST', 'byok', { provider: 'alpha', key: 'sk-own-0123456789abcdefgh', workspace_id })
  const key = await gateway.createKey({ workspace_id })
  const told = await readData(gateway, `/api/v1/generation?id=${idOf(await chat(gateway, key, FLAT))}`)
  expect(told).toMatchObject({ is_byok: true, total_cost: 0, upstream_inference_cost: 0.0042, reported_cost: 0.0042 })
  await expect
    .poll(async () => (await readData(gateway, '/api/v1/key', key))['byok_usage'], { timeout: 5_000 })
    .toBe(FLAT_PRICE_USD)
})

test.each([-1, 1e12, '0.01', null, { usd: 1 }])('a cost of %j is nothing that was said', async (cost) => {
  plan = says(cost)
  const answer = await chat(gateway, await gateway.createKey(), FLAT)
  expect(usageOf(answer).cost).toBe(FLAT_PRICE_USD)
  const generation = await readData(gateway, `/api/v1/generation?id=${idOf(answer)}`)
  expect(generation).toMatchObject({ reported_cost: null, total_cost: FLAT_PRICE_USD })
})
