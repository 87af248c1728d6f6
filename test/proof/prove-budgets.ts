import { setTimeout as sleep } from 'node:timers/promises'
import { manageAt } from '../e2e/manage.ts'
import { type CounterWatch, watchCounter } from '../harness/counter-watch.ts'
import { type GatewayCluster, startCluster } from '../harness/gateway-cluster.ts'
import type { Gateway } from '../harness/gateway-process.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { accountFor, type BudgetAccount, type Outage } from './account.ts'
import { LagProbes } from './lag-probes.ts'
import { type Provider, startProvider } from './provider-thread.ts'
import { drawWants, MODEL_TOKENS_MAX, PRICES_USD, StreamLoad, WANT_OF_THE_REST } from './stream-load.ts'

export interface ProofOptions {
  replicas: number
  streams: number
  poolUsd: number
  /** At most; fewer where the load ends before. */
  kills: number
  seed: number
}

const KEYS = 4
/** Between kills, and until what was killed starts again. */
const KILL_PAUSE_MS = 2_000
const DOWN_MS = 2_000
/** Four that start at once beside two thousand streams. */
const START_TIMEOUT_MS = 180_000
const QUIET_MS = 120_000
const POLL_MS = 250

/**
 * Replicas on one PostgreSQL share a pool of money; callers ask for streams of random length, all at once, while replicas are
 * killed and start again. Then what is left is spent, one request after the other. Three accounts are compared: what the
 * provider billed, what callers saw, and what the database says.
 */
export async function proveBudgets(
  options: ProofOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<BudgetAccount> {
  const random = seededRandom(options.seed)
  const wants = drawWants(options.streams, random)
  const provider = await startProvider(wants)
  let cluster: GatewayCluster | undefined
  try {
    cluster = await startCluster(options.replicas, clusterOptions(provider.baseUrl, options, env))
    return await run(cluster, { provider, wants, random, ...options })
  } finally {
    await cluster?.stop()
    await provider.close()
  }
}

function clusterOptions(baseUrl: string, { poolUsd }: ProofOptions, env: Readonly<Record<string, string>>) {
  const model = {
    id: 'alpha/streams',
    upstream_id: 'streams',
    pricing: { prompt: PRICES_USD.prompt.toFixed(9), completion: PRICES_USD.completion.toFixed(9) },
    context_length: 128_000,
    max_completion_tokens: MODEL_TOKENS_MAX,
  }
  const provider = { slug: 'alpha', name: 'Alpha', dialect: 'openai-chat', base_url: baseUrl, api_key: 'secret' }
  return {
    isDirect: true,
    isAsShipped: true,
    startTimeoutMs: START_TIMEOUT_MS,
    config: { providers: [{ ...provider, models: [model] }] },
    env: {
      ...env,
      SWITCHYARD_BILLING: 'prepaid',
      SWITCHYARD_INITIAL_CREDITS_USD: String(2 * poolUsd),
      // As many connections as this take longer on a small machine.
      SWITCHYARD_UPSTREAM_CONNECT_TIMEOUT_MS: '60000',
      LOG_LEVEL: 'warn',
    },
  }
}

interface Running extends ProofOptions {
  provider: Provider
  wants: ReturnType<typeof drawWants>
  random: () => number
}

async function run(cluster: GatewayCluster, running: Running): Promise<BudgetAccount> {
  const { gateways } = cluster
  const { provider, random, wants } = running
  const { keys, workspace } = await makePool(gateways, running.poolUsd)
  const watch = await watchCounter(cluster, {
    scopeKind: 'pool',
    scopeId: `workspace:${workspace}`,
    interval: 'lifetime',
  })
  const load = new StreamLoad({ gateways, keys, random, streamCount: () => provider.streamCount() })
  const places = await findPlaces(cluster, load, wants.length)
  const probes = new LagProbes(gateways)
  let isOver = false
  const loading = load.runAll(wants).finally(() => {
    isOver = true
  })
  const killing = killAtRandom(cluster, { ...running, places, isOver: () => isOver })
  let outages: Outage[]
  try {
    ;[outages] = await Promise.all([killing, loading])
    await untilQuiet(watch)
    await spendTheRest(load, wants.length, gateways.length)
  } finally {
    await probes.stop()
  }
  await untilQuiet(watch)
  return await accountFor({
    cluster,
    provider,
    probes,
    watch,
    workspace,
    outages,
    sent: load.sent,
    poolUsd: running.poolUsd,
  })
}

/** A workspace with a pool of its own, and limits above and below it that are out of reach. */
async function makePool(
  gateways: readonly Gateway[],
  poolUsd: number,
): Promise<{ workspace: string; keys: readonly string[] }> {
  const [first] = gateways
  if (first === undefined) throw new Error('there is no replica')
  const fields = { name: 'Pool', slug: 'pool', credit_pool: 'dedicated' }
  const workspace = String((await manageAt(first, 'POST', 'workspaces', fields))['id'])
  const transfer = { direction: 'to_workspace', amount_usd: poolUsd }
  await manageAt(first, 'POST', `workspaces/${workspace}/credit-transfers`, transfer)
  await manageAt(first, 'PUT', `workspaces/${workspace}/budgets/monthly`, { limit_usd: 10 * poolUsd })
  const keys: string[] = []
  for (let index = 0; index < KEYS; index += 1) {
    const limits = { rate_limit_rpm: 0, limit: 5 * poolUsd }
    keys.push(await first.createKey({ name: `key ${index}`, workspace_id: workspace, ...limits }))
  }
  return { workspace, keys }
}

/** Under which name each replica is known to the database: that of a request which it answers. */
async function findPlaces({ gateways, query }: GatewayCluster, load: StreamLoad, caller: number): Promise<string[]> {
  const places: string[] = []
  for (const replica of gateways.keys()) {
    const { marker, end, text } = await load.ask(caller, WANT_OF_THE_REST, replica)
    if (end !== 'whole') throw new Error(`replica ${replica} answered ${text}`)
    for (let attempt = 0; places[replica] === undefined; attempt += 1) {
      const [row] = await query<{ replica_id: string }>('SELECT replica_id FROM generation WHERE external_user = $1', [
        marker,
      ])
      if (row !== undefined) places[replica] = row.replica_id
      else if (attempt === 100) throw new Error(`the charge of ${marker} is not in the database`)
      else await sleep(POLL_MS)
    }
  }
  return places
}

interface Killing extends Running {
  places: readonly string[]
  isOver: () => boolean
}

async function killAtRandom({ gateways, query }: GatewayCluster, killing: Killing): Promise<Outage[]> {
  const { isOver, kills, places, random } = killing
  const outages: Outage[] = []
  while (outages.length < kills) {
    await sleep(random() * KILL_PAUSE_MS)
    if (isOver()) break
    const replica = Math.floor(random() * gateways.length)
    const gateway = gateways[replica]
    if (gateway === undefined) continue
    const from = performance.now()
    await gateway.kill9()
    // What it left open in the database is rolled back by then.
    await sleep(100 + random() * DOWN_MS)
    const held = `SELECT coalesce(sum(granted_nano - charged_nano), 0)::text AS amount FROM lease
      WHERE replica_id = $1 AND state IN ('open', 'unconfirmed') AND scope_kind = 'pool'`
    const [row] = await query<{ amount: string }>(held, [places[replica]])
    await gateway.restart()
    const earlier = `SELECT count(*)::int AS count FROM lease JOIN replica ON replica.id = replica_id
      WHERE replica_id = $1 AND lease.generation < replica.generation AND state IN ('open', 'unconfirmed')`
    while ((await query<{ count: number }>(earlier, [places[replica]]))[0]?.count !== 0) await sleep(POLL_MS)
    outages.push({ replica, from, until: performance.now(), amount: BigInt(row?.amount ?? 0) })
  }
  return outages
}

/** Until nothing is leased any more and nothing is being posted, or too long. */
async function untilQuiet(watch: CounterWatch): Promise<void> {
  const deadline = performance.now() + QUIET_MS
  let before = -1n
  for (let isQuiet = false; !isQuiet && performance.now() < deadline; ) {
    await sleep(4 * POLL_MS)
    const { leased, settled } = await watch.state()
    isQuiet = leased === 0n && settled === before
    before = settled
  }
}

/** Streams one after the other, at the replicas in turn, until all of them refuse. */
async function spendTheRest(load: StreamLoad, caller: number, count: number): Promise<void> {
  for (let replica = 0, refused = 0; refused < count; replica = (replica + 1) % count) {
    const { end, text } = await load.ask(caller, WANT_OF_THE_REST, replica)
    if (end === 'refused') refused += 1
    else if (end === 'whole') refused = 0
    else throw new Error(`replica ${replica} answered ${text}`)
  }
}
