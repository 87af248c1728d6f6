import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { chat, nano, readData, usageOf } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { FLAT_PRICE_USD, oneProvider } from './provider-config.ts'
import { countOf, expectChargedOnce, lifetimeOf, newFlatKey, type Shot, shoot } from './replica-load.ts'

/* Replicas on one PostgreSQL share limits: they let in what one process would, and never more. */

const isFullSize = process.env['SWITCHYARD_TEST_SIZE'] === 'full'
const REPLICAS = 4
const REPEATS = isFullSize ? 20 : 3
const REQUESTS = 2_000
const CREDITS_USD = 100
/** At its bound of 4,000 tokens an answer costs $2. */
const DEAR = {
  id: 'alpha/dear',
  upstream_id: 'dear',
  pricing: { prompt: '0', completion: '0.0005' },
  context_length: 128_000,
  max_completion_tokens: 4_000,
}

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')(`${REPLICAS} replicas on one PostgreSQL`, () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster
  let first: Gateway

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    const env = {
      SWITCHYARD_BILLING: 'prepaid',
      SWITCHYARD_INITIAL_CREDITS_USD: String(CREDITS_USD),
      LOG_LEVEL: 'warn',
    }
    cluster = await startCluster(REPLICAS, { env, config: oneProvider(upstream.baseUrl, [DEAR]) })
    first = cluster.gateways[0] ?? expect.fail()
  })
  afterAll(async () => {
    await cluster?.stop()
    await upstream?.close()
  })

  const anyReplica = () => Math.floor(Math.random() * REPLICAS)

  test.each(Array.from({ length: REPEATS }, (_, at) => at + 1))(
    'M2 a budget worth 100 requests admits 100 of 2,000 at once over all replicas, and no more at any moment (%s)',
    async () => {
      const key = await newFlatKey(first, 100)
      const watch = await watchCounter(cluster, lifetimeOf(key))
      const shots: Shot[] = await Promise.all(
        Array.from({ length: REQUESTS }, () => shoot(cluster.gateways, anyReplica(), key)),
      )
      const passed = countOf(shots, 200)
      expect(passed + countOf(shots, 402)).toBe(REQUESTS)
      expect(passed).toBeLessThanOrEqual(100)
      // Near the limit one may be left with a replica that nobody asks.
      expect(passed).toBeGreaterThanOrEqual(99)
      await expectChargedOnce(cluster, key, shots)
      expect(await watch.mostTaken()).toBeLessThanOrEqual(nano(100 * FLAT_PRICE_USD))
    },
  )

  test('what was refused is there for the next one as soon as the limit is raised, at every replica', async () => {
    const key = await newFlatKey(first, 1)
    const shots = [await shoot(cluster.gateways, 0, key)]
    for (const replica of cluster.gateways.keys()) shots.push(await shoot(cluster.gateways, replica, key))
    expect(shots.map(({ status }) => status)).toEqual([200, ...cluster.gateways.map(() => 402)])
    const limit = (1 + REPLICAS) * FLAT_PRICE_USD
    await manageAt(first, 'PATCH', `keys/${key.hash}`, { limit })
    for (const replica of cluster.gateways.keys()) shots.push(await shoot(cluster.gateways, replica, key))
    expect(shots.slice(-REPLICAS).map(({ status, text }) => [status, text])).toMatchObject(
      cluster.gateways.map(() => [200, expect.anything()]),
    )
    expect((await shoot(cluster.gateways, anyReplica(), key)).status).toBe(402)
    await expectChargedOnce(cluster, key, shots)
  })

  test('agents do not starve: 50 streams at once without max_tokens, each $2 at worst, all run on a budget of $5', async () => {
    const { id } = await manageAt(first, 'POST', 'workspaces', { name: 'Agents', slug: 'agents' })
    await manageAt(first, 'PUT', `workspaces/${id}/budgets/daily`, { limit_usd: 5 })
    upstream.forModel('dear', { chunks: 20, chunkDelayMs: 50 })
    const key = await first.createKey({ workspace_id: id, rate_limit_rpm: 0 })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => {
        const gateway = cluster.gateways[at % REPLICAS] ?? first
        return chat(gateway, key, { model: 'alpha/dear', stream: true })
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(answers.every(({ isDone }) => isDone)).toBe(true)
    const spent = answers.reduce((sum, answer) => sum + nano(usageOf(answer).cost), 0n)
    expect(spent).toBeLessThan(nano(5))
    const path = `workspaces/${id}/budgets/daily`
    const charged = async () => nano((await manageAt(first, 'GET', path))['spent_usd'])
    await expect.poll(charged, { timeout: 10_000 }).toBe(spent)
  })

  test('a workspace keeps what it reserves, however much another takes of the shared balance at whichever replica', async () => {
    const quiet = await manageAt(first, 'POST', 'workspaces', { name: 'Quiet', slug: 'quiet', reserved_usd: 1 })
    const [mine, other] = [await newFlatKey(first, null, { workspace_id: quiet['id'] }), await newFlatKey(first, null)]
    const { id } = await manageAt(first, 'POST', 'workspaces', { name: 'Away', slug: 'away', credit_pool: 'dedicated' })
    const { total_credits, total_usage } = await readData(first, '/api/v1/credits')
    const amount = nano(total_credits) - nano(total_usage) - nano(1) - nano(20 * FLAT_PRICE_USD)
    await manageAt(first, 'POST', `workspaces/${id}/credit-transfers`, {
      direction: 'to_workspace',
      amount_usd: Number(amount) / 1e9,
    })
    const shootAll = (key: typeof mine, count: number) =>
      Promise.all(Array.from({ length: count }, () => shoot(cluster.gateways, anyReplica(), key)))
    const loud = await shootAll(other, 200)
    expect([countOf(loud, 200), countOf(loud, 402)]).toEqual([20, 180])
    const kept = await shootAll(mine, 200)
    expect([countOf(kept, 200), countOf(kept, 402)]).toEqual([100, 100])
    expect(countOf(await shootAll(other, 20), 402)).toBe(20)
    await expectChargedOnce(cluster, mine, kept)
    await expectChargedOnce(cluster, other, loud)
  })
})
