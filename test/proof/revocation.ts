import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Gateway, type GatewayOptions, startGateway } from '../harness/gateway-process.ts'
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts'
import { createMigratedDatabase, type TestDatabase } from '../harness/test-database.ts'
import { type Claim, exactly } from './claim.ts'

/*
 * Processes on one PostgreSQL answer for the same keys; what is taken from a key at one of them is to be felt at all of them.
 */

/** How long a process that is out of contact goes on. */
export const STALE_SECONDS = 10
const PROCESSES = 3

export interface RevocationScene {
  database: TestDatabase
  replicas: readonly Gateway[]
  /** Of each process: the way to the database, and the one that notifications take. */
  ways: readonly { all: TcpProxy; notifications: TcpProxy }[]
  stop(): Promise<void>
}

export async function startRevocationScene(options: GatewayOptions = {}): Promise<RevocationScene> {
  const database = await createMigratedDatabase(String(process.env['DATABASE_URL']))
  const secret = randomBytes(32).toString('hex')
  const ways: { all: TcpProxy; notifications: TcpProxy }[] = []
  const replicas: Gateway[] = []
  const stop = async () => {
    for (const replica of replicas) await replica.stop()
    for (const way of ways) await Promise.all([way.all.close(), way.notifications.close()])
    await database.drop()
  }
  const start = async () => {
    const way = { all: await startTcpProxy(database.url), notifications: await startTcpProxy(database.url) }
    ways.push(way)
    const env = {
      ...options.env,
      DATABASE_URL_DIRECT: way.notifications.url,
      SWITCHYARD_SECRET: secret,
      SWITCHYARD_SIM: 'on',
      SWITCHYARD_STALE_MAX_SECONDS: String(STALE_SECONDS),
      LOG_LEVEL: 'warn',
    }
    const [first] = replicas
    const shared = first && { managementKey: first.managementKey }
    replicas.push(await startGateway({ ...options, ...shared, databaseUrl: way.all.url, env }))
  }
  try {
    while (replicas.length < PROCESSES) await start()
  } catch (error) {
    await stop()
    throw error
  }
  return { database, replicas, ways, stop }
}

export async function newKey(replica: Gateway): Promise<{ key: string; hash: string }> {
  const { status, body } = await replica.call('POST', '/api/v1/keys', { body: { name: 'revoked' } })
  if (status !== 201) throw new Error(`POST /keys answered ${status} ${JSON.stringify(body)}`)
  const { data, key } = body as { key: string; data: { hash: string } }
  return { key, hash: data.hash }
}

export async function ask(replica: Gateway, key: string): Promise<{ status: number; retryAfter: string | null }> {
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'one' }] }
  const { headers, status } = await replica.call('POST', '/api/v1/chat/completions', { key, body })
  return { status, retryAfter: headers.get('retry-after') }
}

/** Asks one process after the other's answer until none accepts the key any more; when each last accepted a request, by the
 *  time it was sent. */
async function lastAccepted(replica: Gateway, key: string, until: () => boolean): Promise<number> {
  let last = Number.NEGATIVE_INFINITY
  for (let refusals = 0; refusals < 3 || !until(); ) {
    const sent = performance.now()
    if ((await ask(replica, key)).status === 200) {
      last = sent
      refusals = 0
    } else refusals += 1
  }
  return last
}

/** What takes a key away from who has it, and at which process. */
const REVOKE: readonly { at: number; method: string; body?: object }[] = [
  { at: 0, method: 'DELETE' },
  { at: 1, method: 'PATCH', body: { disabled: true } },
  { at: 2, method: 'PATCH', body: { allowed_ips: ['203.0.113.0/24'] } },
  { at: 0, method: 'PATCH', body: { allowed_models: ['other/*'] } },
]

export interface Felt {
  /** Milliseconds from the call to the last request that was sent and accepted, over all processes. */
  lastAcceptedMs: number
  /** As long as the call took. */
  answeredMs: number
  /** Processes that accepted a request which was sent after the answer. */
  lateCount: number
}

/** The kinds take turns; at each process somebody uses the key without a pause meanwhile. */
export async function revokeMany(replicas: readonly Gateway[], count: number): Promise<Felt[]> {
  const felt: Felt[] = []
  for (let round = 0; round < count; round += 1) felt.push(await revoke(replicas, round))
  return felt
}

async function revoke(replicas: readonly Gateway[], round: number): Promise<Felt> {
  const { at, body, method } = REVOKE[round % REVOKE.length] ?? { at: 0, method: 'DELETE' }
  const [first] = replicas
  const revoker = replicas[at]
  if (first === undefined || revoker === undefined) throw new Error(`there is no process ${at}`)
  const { hash, key } = await newKey(first)
  for (const replica of replicas) {
    const { status } = await ask(replica, key)
    if (status !== 200) throw new Error(`a new key was answered ${status}`)
  }
  let answered = Number.POSITIVE_INFINITY
  const isAnswered = () => answered < Number.POSITIVE_INFINITY
  const watching = replicas.map((replica) => lastAccepted(replica, key, isAnswered))
  await sleep(20)
  const begin = performance.now()
  const answer = await revoker.call(method, `/api/v1/keys/${hash}`, body === undefined ? {} : { body })
  answered = performance.now()
  if (answer.status !== 200) throw new Error(`${method} of a key answered ${answer.status}`)
  const { effective_at } = answer.body as { effective_at: string }
  if (!(Date.parse(effective_at) <= Date.now())) throw new Error(`a revocation holds from ${effective_at} on only`)
  const lasts = await Promise.all(watching)
  return {
    lastAcceptedMs: Math.max(0, Math.max(...lasts) - begin),
    answeredMs: answered - begin,
    lateCount: lasts.filter((last) => last > answered).length,
  }
}

export interface RevocationRecord {
  felt: readonly Felt[]
  /** While no notification came through. */
  unnotified: readonly Felt[]
}

export async function proveRevocation(sizes: { revocations: number }, options: GatewayOptions): Promise<Claim> {
  const scene = await startRevocationScene(options)
  try {
    const felt = await revokeMany(scene.replicas, sizes.revocations)
    for (const { notifications } of scene.ways) notifications.become('silent')
    const unnotified = await revokeMany(scene.replicas, Math.ceil(sizes.revocations / 5))
    for (const { notifications } of scene.ways) notifications.become('open')
    return judgeRevocation({ felt, unnotified })
  } finally {
    await scene.stop()
  }
}

export function judgeRevocation({ felt, unnotified }: RevocationRecord): Claim {
  const late = [...felt, ...unnotified].reduce((sum, { lateCount }) => sum + lateCount, 0)
  const usual = spreadOf(felt.map(({ lastAcceptedMs }) => lastAcceptedMs))
  const without = spreadOf(unnotified.map(({ lastAcceptedMs }) => lastAcceptedMs))
  const answers = spreadOf(felt.map(({ answeredMs }) => answeredMs))
  return {
    name: 'revocation',
    guarantee:
      'What is taken from a key at one process is felt at all within a second, without notifications within five, and never after the answer.',
    done: `${felt.length} keys deleted, disabled or restricted at one of ${PROCESSES} processes while each was asked without a pause; ${unnotified.length} more while notifications of the database were held back`,
    figures: [
      { name: 'revocations', value: felt.length + unnotified.length, atLeast: 1 },
      exactly('accepted after the answer', late, 0),
      { name: 'last accepted after the call, p99', value: usual.p99, unit: 'ms', atMost: 1_000 },
      { name: 'last accepted after the call, worst', value: usual.worst, unit: 'ms', atMost: 5_000 },
      { name: 'without notifications, worst', value: without.worst, unit: 'ms', atMost: 5_000 },
      { name: 'call answered, p99', value: answers.p99, unit: 'ms' },
    ],
    faults: [],
  }
}

/** Not a number of nothing. */
export function spreadOf(values: readonly number[]): { median: number; p99: number; worst: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const p99 = at(Math.ceil(sorted.length * 0.99) - 1)
  return { median: at(Math.floor(sorted.length / 2)), p99, worst: at(sorted.length - 1) }
}
