import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { chat, idOf, nano, readData } from '../e2e/chat-client.ts'
import { manageAt } from '../e2e/manage.ts'
import { FLAT_PRICE_USD, twoProviders } from '../e2e/provider-config.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../harness/gateway-process.ts'
import { seededRandom } from '../harness/power-loss/lose-power.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { type Claim, exactly } from './claim.ts'
import { changesOf, type Made, makePlace, type Place } from './loud-workspace.ts'

/*
 * Whatever is done to one workspace, nothing about another changes: what a call is answered, where it goes, what it may use,
 * what it is counted in, what its logs show. The organization pays in advance, and the quiet workspace reserves what it needs.
 */

export interface IsolationSizes {
  changes: number
  seed: number
}

export interface IsolationRecord extends IsolationSizes {
  /** The answer of the quiet workspace before anything was changed. */
  first: Observed
  /** After which change it was answered otherwise, and how. */
  differing: readonly string[]
  isSameModels: boolean
  /** Nano-dollars that its calls cost, and what its budget and its key say. */
  cost: bigint
  budgetSpent: bigint
  keyUsage: bigint
  /** What its logs show at most a page of, and how many of these rows are of another workspace. */
  logRows: number
  foreignLogRows: number
  /** Generations of one workspace that its own key asked for, and keys of the other, and how many they were shown. */
  ownReads: number
  ownReadsAnswered: number
  foreignReads: number
  foreignReadsAnswered: number
  /** What a workspace is told that has used up what nobody reserves. */
  drainedStatus: number
  isSameAfterDrain: boolean
}

interface Observed {
  status: number
  body: object
  cap: string | null
}

const LOG_ROWS = 100
const SETTLE_POLLS = 100
const SETTLE_PAUSE_MS = 100
const DRAIN_CALLS_MAX = 10_000

export async function observeIsolation(sizes: IsolationSizes, options: GatewayOptions = {}): Promise<IsolationRecord> {
  const upstream = await startScriptedUpstream()
  const reservedUsd = 3 * sizes.changes * FLAT_PRICE_USD
  const env = {
    ...options.env,
    SWITCHYARD_BILLING: 'prepaid',
    // The loud one has little to spend, and uses it up.
    SWITCHYARD_INITIAL_CREDITS_USD: String(reservedUsd + (sizes.changes / 10) * FLAT_PRICE_USD),
  }
  let gateway: Gateway | undefined
  try {
    gateway = await startGateway({ ...options, env, config: twoProviders(upstream.baseUrl, upstream.baseUrl) })
    return await disturb(gateway, { ...sizes, reservedUsd })
  } finally {
    await gateway?.stop()
    await upstream.close()
  }
}

async function disturb(gateway: Gateway, sizes: IsolationSizes & { reservedUsd: number }): Promise<IsolationRecord> {
  const { changes: count, reservedUsd, seed } = sizes
  const random = seededRandom(seed)
  const draw = (below: number) => Math.floor(random() * below)
  const quiet = await makePlace(gateway, 'quiet', { reserved_usd: reservedUsd })
  await manageAt(gateway, 'PUT', `workspaces/${quiet.id}/budgets/monthly`, { limit_usd: reservedUsd })
  const loud = await makePlace(gateway, 'loud', {})
  const loudGeneration = idOf(await chat(gateway, loud.key, { model: 'alpha/flat' }))
  const made: Made = { guardrails: [], byok: [], projects: [] }
  const first = await observe(gateway, quiet.key)
  const models = await modelsOf(gateway, quiet.key)
  const quietGenerations = [first.generation]
  const differing: string[] = []
  for (let at = 1; at <= count; at += 1) {
    const changes = changesOf(gateway, loud, made, draw)
    await changes[draw(changes.length)]?.()
    const { generation, seen } = await observe(gateway, quiet.key)
    quietGenerations.push(generation)
    if (!isDeepStrictEqual(seen, first.seen)) differing.push(`seed ${seed}, change ${at}: ${JSON.stringify(seen)}`)
  }
  const isSameModels = isDeepStrictEqual(await modelsOf(gateway, quiet.key), models)
  const cost = nano(FLAT_PRICE_USD) * BigInt(count + 1)
  const counted = await readCounts(gateway, quiet, cost)
  const own = quietGenerations.map((id) => ({ id, key: quiet.key }))
  const foreign = [...own.map(({ id }) => ({ id, key: loud.key })), { id: loudGeneration, key: quiet.key }]
  const drainedStatus = await drain(gateway)
  const { seen } = await observe(gateway, quiet.key)
  return {
    changes: count,
    seed,
    first: first.seen,
    differing,
    isSameModels,
    cost,
    ...counted,
    ownReads: own.length,
    ownReadsAnswered: await countShown(gateway, own),
    foreignReads: foreign.length,
    foreignReadsAnswered: await countShown(gateway, foreign),
    drainedStatus,
    isSameAfterDrain: isDeepStrictEqual(seen, first.seen),
  }
}

/** All that the quiet workspace can see of itself in an answer. */
async function observe(gateway: Gateway, key: string): Promise<{ seen: Observed; generation: string }> {
  const answer = await chat(gateway, key, { model: 'alpha/flat', user: 'somebody' })
  const { created: _, id: __, ...body } = answer.json ?? {}
  const seen = { status: answer.status, body, cap: answer.headers.get('x-switchyard-max-tokens') }
  return { seen, generation: idOf(answer) }
}

async function modelsOf(gateway: Gateway, key: string): Promise<unknown> {
  return (await gateway.call('GET', '/api/v1/models/user', { key })).body
}

type Counts = Pick<IsolationRecord, 'budgetSpent' | 'keyUsage' | 'logRows' | 'foreignLogRows'>

/** When all that was spent is counted, or after some time. */
async function readCounts(gateway: Gateway, { id, key }: Place, cost: bigint): Promise<Counts> {
  const budget = async () => nano((await manageAt(gateway, 'GET', `workspaces/${id}/budgets/monthly`))['spent_usd'])
  for (let poll = 0; poll < SETTLE_POLLS && (await budget()) !== cost; poll += 1) await sleep(SETTLE_PAUSE_MS)
  const logs = await gateway.call('GET', `/api/v1/logs?workspace_id=${id}&limit=${LOG_ROWS}`)
  const entries = (logs.body as { data: { workspace_id: string }[] }).data
  return {
    budgetSpent: await budget(),
    keyUsage: nano((await readData(gateway, '/api/v1/key', key))['usage']),
    logRows: entries.length,
    foreignLogRows: entries.filter((entry) => entry.workspace_id !== id).length,
  }
}

/** How many of these generations each key is shown that asks. */
async function countShown(gateway: Gateway, asked: readonly { id: string; key: string }[]): Promise<number> {
  let shown = 0
  for (const { id, key } of asked) {
    const { status } = await gateway.call('GET', `/api/v1/generation?id=${id}`, { key })
    if (status === 200) shown += 1
  }
  return shown
}

/** What a third workspace is told when it has used up what nobody reserves. */
async function drain(gateway: Gateway): Promise<number> {
  const thirsty = await makePlace(gateway, 'thirsty', {})
  for (let call = 0; call < DRAIN_CALLS_MAX; call += 1) {
    const { status } = await chat(gateway, thirsty.key, { model: 'alpha/flat' })
    if (status !== 200) return status
  }
  return 200
}

export function judgeIsolation(record: IsolationRecord): Claim {
  const { budgetSpent, changes, cost, differing, first, isSameAfterDrain, isSameModels, keyUsage } = record
  return {
    name: 'isolation',
    guarantee:
      'No change of one workspace changes an answer, a counter or a log of another, and neither sees requests of the other.',
    done: `${changes} random changes of one workspace (settings, budgets, guardrails, provider keys, projects, keys, calls), seed ${record.seed}; the other asked after each, and again when the organization's unreserved money was used up`,
    figures: [
      { name: 'changes', value: changes, atLeast: 1 },
      exactly('status of the undisturbed answer', first.status, 200),
      exactly('answers that differ', differing.length + (isSameModels ? 0 : 1) + (isSameAfterDrain ? 0 : 1), 0),
      { name: "requests in the other's logs", value: record.logRows, atLeast: Math.min(changes + 1, LOG_ROWS) },
      exactly('requests across workspaces seen in logs', record.foreignLogRows, 0),
      exactly('requests of its own that a key is shown', record.ownReadsAnswered, record.ownReads),
      { name: 'requests across workspaces asked for', value: record.foreignReads, atLeast: changes },
      exactly('requests across workspaces shown', record.foreignReadsAnswered, 0),
      exactly('spent by its budget', budgetSpent, cost),
      exactly('spent by its key', keyUsage, cost),
      exactly('status of who has nothing left', record.drainedStatus, 402),
    ],
    faults: differing,
  }
}
