import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CounterWatch, watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { databaseLoadOf } from '../sim/capacity-model.ts'
import { chat } from './chat-client.ts'
import { manageAt } from './manage.ts'
import { oneProvider } from './provider-config.ts'

/* What the capacity model says, against what eight processes do to PostgreSQL: counts, whatever the machine. */

const REPLICAS = 8
/** Each, one after the other's beginning. */
const GAP_MS = 200
const WARM_UP_MS = 8_000
const MEASURED_MS = 20_000
const LIMIT_USD = 100_000

interface Counts {
  generations: number
  /** Transactions that inserted them. */
  posts: number
  leases: number
  /** Of the pool's counter. */
  writes: number
  at: number
}

describe.skipIf(process.env['SWITCHYARD_TEST_STORE'] !== 'postgres')(`${REPLICAS} replicas on one PostgreSQL`, () => {
  let upstream: ScriptedUpstream
  let cluster: GatewayCluster
  let key: string

  beforeAll(async () => {
    upstream = await startScriptedUpstream()
    const env = {
      SWITCHYARD_BILLING: 'prepaid',
      SWITCHYARD_INITIAL_CREDITS_USD: String(LIMIT_USD),
      LOG_LEVEL: 'warn',
    }
    cluster = await startCluster(REPLICAS, { env, config: oneProvider(upstream.baseUrl), isDirect: true })
    const [first] = cluster.gateways
    if (first === undefined) throw new Error('there is no replica')
    const fields = { name: 'Limited', slug: 'limited' }
    const { id } = await manageAt(first, 'POST', 'workspaces', fields)
    await manageAt(first, 'PUT', `workspaces/${id}/budgets/monthly`, { limit_usd: LIMIT_USD })
    key = await first.createKey({ workspace_id: id, rate_limit_rpm: 0, limit: LIMIT_USD })
  })
  afterAll(async () => {
    await cluster?.stop()
    await upstream?.close()
  })

  async function count(watch: CounterWatch): Promise<Counts> {
    const [row] = await cluster.query<Omit<Counts, 'writes' | 'at'>>(`
      SELECT (SELECT count(*)::int FROM generation) AS generations,
        (SELECT count(DISTINCT xmin::text)::int FROM generation) AS posts, (SELECT count(*)::int FROM lease) AS leases`)
    if (row === undefined) throw new Error('nothing was counted')
    return { ...row, writes: (await watch.points()).length, at: performance.now() }
  }

  async function mostConnections(isOver: () => boolean): Promise<number> {
    let most = 0
    while (!isOver()) {
      const [row] = await cluster.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'switchyard%'`,
      )
      most = Math.max(most, row?.count ?? 0)
      await sleep(500)
    }
    return most
  }

  /** Requests at each replica at an even pace, whether or not the last one has been answered. */
  async function load(isOver: () => boolean): Promise<number[]> {
    const asked: Promise<number>[] = []
    while (!isOver()) {
      const next = performance.now() + GAP_MS
      for (const gateway of cluster.gateways) {
        asked.push(chat(gateway, key, { model: 'alpha/flat' }).then(({ status }) => status))
      }
      await sleep(Math.max(0, next - performance.now()))
    }
    return await Promise.all(asked)
  }

  test('they ask no more of it than the model says, and not less than a third', async () => {
    const [organization] = await cluster.query<{ id: string }>('SELECT id FROM organization')
    const watch = await watchCounter(cluster, {
      scopeKind: 'pool',
      scopeId: `organization:${organization?.id}`,
      interval: 'lifetime',
    })
    let isOver = false
    const loading = load(() => isOver)
    const connecting = mostConnections(() => isOver)
    await sleep(WARM_UP_MS)
    const before = await count(watch)
    await sleep(MEASURED_MS)
    const after = await count(watch)
    isOver = true
    expect(new Set(await loading)).toEqual(new Set([200]))
    const seconds = (after.at - before.at) / 1_000
    const perSecond = (name: Exclude<keyof Counts, 'at'>) => (after[name] - before[name]) / seconds
    const requestsPerSecond = perSecond('generations')
    // A flat price is held and charged whole.
    const levels = ['key', 'workspace', 'pool'].map((name) => ({ name, count: 1 }))
    const model = databaseLoadOf({ replicas: REPLICAS, requestsPerSecond, levels, costShare: 1, flushMs: 200 })
    const shares = {
      leases: perSecond('leases') / model.leases,
      posts: perSecond('posts') / model.posts,
      hottestCounterWrites: perSecond('writes') / model.hottestCounterWrites,
    }
    const connections = await connecting
    process.stdout.write(
      `${requestsPerSecond.toFixed(1)} requests/s; of the model: ${JSON.stringify(shares)}; ${connections} connections\n`,
    )
    for (const [name, share] of Object.entries(shares)) {
      expect(share, name).toBeLessThanOrEqual(1.1)
      expect(share, name).toBeGreaterThanOrEqual(1 / 3)
    }
    // Most are made when they are needed; one listens and one holds the place of its process.
    expect(connections).toBeLessThanOrEqual(model.connections)
    expect(connections).toBeGreaterThanOrEqual(2 * REPLICAS)
  })
})
